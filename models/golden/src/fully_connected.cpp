// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/integer_ops/fully_connected.h.
void evaluate(const FullyConnected& layer, const Call& call) {
  const auto outputs = static_cast<std::size_t>(call.input(1).shape[0]), depth = static_cast<std::size_t>(call.input(1).shape[1]);
  const std::size_t rows = call.input(0).elements() / depth;
  const std::int32_t* bias = call.has(2) ? call.read<std::int32_t>(2) : nullptr;
  const int zero_in = call.input(0).zero_point[0], zero_out = call.output().zero_point[0];

  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t o = 0; o < outputs; ++o) {
      const std::int8_t* x = call.read(0) + row * depth;
      const std::int8_t* w = call.read(1) + o * depth;
      Accumulator sum(bias ? bias[o] : 0);
      for (std::size_t k = 0; k < depth; ++k) sum.add(w[k] * (x[k] - zero_in));
      call.write()[row * outputs + o] = finish(requantize(sum.value(), layer.requant[o]), zero_out, layer.clamp);
    }
}

}  // namespace twill::golden
