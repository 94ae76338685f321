// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

namespace twill::golden {

// Axis k of the output is axis permutation[k] of the input.
void evaluate(const Transpose& transpose, const Call& call) {
  const Tensor &in = call.input(), &out = call.output();
  std::vector<std::size_t> stride(in.shape.size(), 1);
  for (std::size_t axis = in.shape.size(); axis-- > 1;) stride[axis - 1] = stride[axis] * static_cast<std::size_t>(in.shape[axis]);

  for (std::size_t i = 0; i < out.elements(); ++i) {
    std::size_t position = 0, rest = i;
    for (std::size_t axis = out.shape.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(out.shape[axis]);
      position += rest % extent * stride[static_cast<std::size_t>(transpose.permutation[axis])];
      rest /= extent;
    }
    call.write()[i] = call.read()[position];
  }
}

}  // namespace twill::golden
