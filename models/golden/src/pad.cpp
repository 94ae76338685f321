// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

namespace twill::golden {

// Every input element goes to its place in an output full of the pad value.
void evaluate(const Pad& pad, const Call& call) {
  const Tensor &in = call.input(), &out = call.output();
  std::fill_n(call.write(), out.elements(), pad.value);
  for (std::size_t i = 0; i < in.elements(); ++i) {
    std::size_t position = 0, stride = 1, rest = i;
    for (std::size_t axis = in.shape.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(in.shape[axis]);
      position += (rest % extent + static_cast<std::size_t>(pad.before_after[axis][0])) * stride;
      stride *= static_cast<std::size_t>(out.shape[axis]);
      rest /= extent;
    }
    call.write()[position] = call.read()[i];
  }
}

}  // namespace twill::golden
