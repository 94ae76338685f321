// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"
#include "runs.hpp"

namespace twill::golden {

void evaluate(const Concatenation& concatenation, const Call& call) {
  const Runs out(call.output().shape, concatenation.axis);
  std::size_t offset = 0;
  for (std::size_t k = 0; k < call.op.inputs.size(); ++k) {
    const Runs in(call.input(k).shape, concatenation.axis);
    for (std::size_t run = 0; run < in.count; ++run)
      std::copy_n(call.read(k) + run * in.length, in.length, call.write() + run * out.length + offset);
    offset += in.length;
  }
}

}  // namespace twill::golden
