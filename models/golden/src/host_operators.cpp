// SPDX-License-Identifier: Apache-2.0
#include "twill/golden/host_operators.hpp"

#include <cmath>

#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/quantize.h:43-50.
void quantize(const float* input, std::int8_t* output, std::size_t count, float scale, int zero_point) {
  for (std::size_t i = 0; i < count; ++i) {
    const float steps = std::round(input[i] / scale);
    // Clamping before the conversion keeps infinities and large numbers defined; 256 steps leave int8 from any zero point.
    const float near = std::isnan(steps) ? 0.0f : std::clamp(steps, -256.0f, 256.0f);
    output[i] = finish(static_cast<std::int32_t>(near), zero_point, Clamp{});
  }
}

// K/internal/reference/dequantize.h:36-43.
void dequantize(const std::int8_t* input, float* output, std::size_t count, float scale, int zero_point) {
  for (std::size_t i = 0; i < count; ++i) output[i] = static_cast<float>(static_cast<double>(scale) * (input[i] - zero_point));
}

void evaluate(const Quantize&, const Call& call) {
  const Tensor& out = call.output();
  quantize(call.read<float>(), call.write(), out.elements(), out.scale[0], out.zero_point[0]);
}

void evaluate(const Dequantize&, const Call& call) {
  const Tensor& in = call.input();
  dequantize(call.read(), call.write<float>(), in.elements(), in.scale[0], in.zero_point[0]);
}

}  // namespace twill::golden
