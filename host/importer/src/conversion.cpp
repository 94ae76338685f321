// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "quantization.hpp"
#include "translate.hpp"

namespace twill::importer {

// M/softmax_common.cc:108-130, K/internal/quantization_util.cc PreprocessSoftmaxScaling and CalculateInputRadius.
void translate_softmax(const OperatorSource& source, Operator& op) {
  constexpr int integer_bits = 5, most_depth = 4095;  // more exponentials of 1 overflow their Q12.19 sum
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0), &out = source.result();
  if (in.shape.empty() || in.shape != out.shape)
    source.refuse("turns shape " + words(in.shape) + " into " + words(out.shape), "equal shapes are accepted");
  if (in.shape.back() > most_depth) source.refuse("has rows of " + std::to_string(in.shape.back()), "at most 4095 is accepted");
  if (out.scale[0] != 1.0f / 256 || out.zero_point[0] != -128)
    source.refuse("has an output that is not scaled by 1/256 from -128", "that is accepted");

  const double beta = source.options<tflite::SoftmaxOptions>().beta();
  const double factor = std::min(beta * static_cast<double>(in.scale[0]) * (1 << (31 - integer_bits)), 2147483647.0);
  if (!(factor > 1)) source.refuse("has the factor beta * scale = " + std::to_string(beta * in.scale[0]), "more than 2^-26 is accepted");
  Softmax softmax;
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);  // shift may be 31 here, which a requantization cannot have
  std::int64_t multiplier = std::llround(fraction * 2147483648.0);
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  softmax.input_multiplier = static_cast<std::int32_t>(multiplier);
  softmax.input_left_shift = shift;
  softmax.diff_min = -static_cast<int>(std::floor(std::ldexp((1 << integer_bits) - 1, 31 - integer_bits - shift)));
  op.attributes = softmax;
}

void translate_quantize(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 1);
  if (source.input().type != DataType::float32) return translate_requantize(source, op);
  source.activation(0, -1, DataType::float32);
  const Tensor& out = source.result();
  if (source.input().shape != out.shape)
    source.refuse("turns shape " + words(source.input().shape) + " into " + words(out.shape), "equal shapes are accepted");
  op.attributes = Quantize{};
}

void translate_dequantize(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0), &out = source.result(0, -1, DataType::float32);
  if (in.shape != out.shape) source.refuse("turns shape " + words(in.shape) + " into " + words(out.shape), "equal shapes are accepted");
  op.attributes = Dequantize{};
}

}  // namespace twill::importer
