// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/reduce.h:446-468. The output's elements stand in the same order whether or not it keeps the axes.
void evaluate(const Mean& mean, const Call& call) {
  const Tensor &in = call.input(), &out = call.output();
  std::vector<std::size_t> step(in.shape.size(), 0);  // of the output position along each input axis
  std::size_t stride = 1;
  for (std::size_t axis = in.shape.size(); axis-- > 0;)
    if (!std::count(mean.axes.begin(), mean.axes.end(), static_cast<int>(axis))) {
      step[axis] = stride;
      stride *= static_cast<std::size_t>(in.shape[axis]);
    }

  std::vector<std::int32_t> sums(out.elements(), 0);
  for (std::size_t i = 0; i < in.elements(); ++i) {
    std::size_t position = 0, rest = i;
    for (std::size_t axis = in.shape.size(); axis-- > 0;) {
      position += rest % static_cast<std::size_t>(in.shape[axis]) * step[axis];
      rest /= static_cast<std::size_t>(in.shape[axis]);
    }
    sums[position] += call.read()[i];
  }
  const auto taps = static_cast<std::int32_t>(in.elements() / out.elements());
  for (std::size_t i = 0; i < sums.size(); ++i)
    call.write()[i] = finish(requantize(sums[i] - in.zero_point[0] * taps, mean.requant), out.zero_point[0], Clamp{});
}

}  // namespace twill::golden
