// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"
#include "runs.hpp"

namespace twill::golden {

void evaluate(const Split& split, const Call& call) {
  const Runs in(call.input().shape, split.axis);
  std::size_t offset = 0;
  for (std::size_t k = 0; k < call.op.outputs.size(); ++k) {
    const Runs out(call.output(k).shape, split.axis);
    for (std::size_t run = 0; run < out.count; ++run)
      std::copy_n(call.read() + run * in.length + offset, out.length, call.write(k) + run * out.length);
    offset += out.length;
  }
}

}  // namespace twill::golden
