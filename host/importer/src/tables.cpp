// SPDX-License-Identifier: Apache-2.0
// Unary functions of one byte, as tables of all their values.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "quantization.hpp"
#include "translate.hpp"
#include "twill/arithmetic/exponential.hpp"

namespace twill::importer {
namespace {

/// The table of function(q), q and the result in the range of its type and stored as bytes.
Table tabulate(DataType in, DataType out, const std::function<std::int32_t(int)>& function) {
  const std::int32_t low = out == DataType::int8 ? -128 : 0, high = low + 255;
  Table result;
  for (int byte = -128; byte < 128; ++byte) {
    const int q = in == DataType::int8 ? byte : static_cast<std::uint8_t>(byte);
    result.table[static_cast<std::size_t>(byte + 128)] = static_cast<std::int8_t>(std::clamp(function(q), low, high));
  }
  return result;
}

/// y with a zero point added, saturated: tables clamp to a byte next.
std::int32_t offset(std::int32_t y, int zero_point) { return arithmetic::saturate_to_int32(std::int64_t{y} + zero_point); }

void require_equal_shapes(const OperatorSource& source) {
  if (source.input().shape != source.output().shape)
    source.refuse("turns shape " + words(source.input().shape) + " into " + words(source.output().shape), "equal shapes are accepted");
}

/// The multiplications of the reference's HARD_SWISH, on int16.
std::int16_t saturate_to_int16(std::int64_t x) { return static_cast<std::int16_t>(std::clamp<std::int64_t>(x, -32768, 32767)); }
std::int16_t rounding_high_multiply_16(std::int16_t a, std::int16_t b) {
  return saturate_to_int16((std::int64_t{a} * b + (1 << 14)) >> 15);
}
std::int16_t truncating_high_multiply_16(std::int16_t a, std::int16_t b) { return saturate_to_int16(std::int64_t{a} * b / (1 << 15)); }

/// A 31-bit multiplier rounded to 15 bits. K/internal/common.h DownScaleInt32ToInt16Multiplier.
std::int16_t narrow_multiplier(std::int32_t multiplier) { return saturate_to_int16((std::int64_t{multiplier} + (1 << 15)) >> 16); }

}  // namespace

// K/internal/reference/requantize.h:33-64. Its shortcut for a zero point that moves by 128 is what this gives anyway.
void translate_requantize(const OperatorSource& source, Operator& op) {
  const DataType in_type = source.input().type, out_type = source.output().type;
  const bool bytes = (in_type == DataType::int8 && (out_type == DataType::int8 || out_type == DataType::uint8)) ||
                     (in_type == DataType::uint8 && out_type == DataType::int8);
  if (!bytes)
    source.refuse("converts " + words(in_type) + " to " + words(out_type),
                  "float32 to int8, int8 to int8, int8 to uint8 and uint8 to int8 are accepted");
  const Tensor &in = source.activation(0, -1, in_type), &out = source.result(0, -1, out_type);
  require_equal_shapes(source);
  const Multiplier m = requantizer(source, static_cast<double>(in.scale[0]) / static_cast<double>(out.scale[0]));
  op.attributes = tabulate(in_type, out_type, [&](int q) {
    return offset(arithmetic::multiply_by_quantized_multiplier(q - in.zero_point[0], m.multiplier, m.shift), out.zero_point[0]);
  });
}

// M/activations_common.cc, K/internal/reference/integer_ops relu: requantize, then clamp.
void translate_relu(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0), &out = source.result();
  require_equal_shapes(source);
  const Multiplier m = requantizer(source, static_cast<double>(in.scale[0]) / static_cast<double>(out.scale[0]));
  op.attributes = tabulate(DataType::int8, DataType::int8, [&](int q) {
    const std::int32_t y =
        offset(arithmetic::multiply_by_quantized_multiplier(q - in.zero_point[0], m.multiplier, m.shift), out.zero_point[0]);
    return std::max<std::int32_t>(y, out.zero_point[0]);
  });
}

// M/activations_common.cc Relu6Prepare: no rescaling.
void translate_relu6(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 1);
  const Tensor& in = source.activation(0);
  source.require_equal_quantization(in, source.result());
  require_equal_shapes(source);
  const Clamp range = clamp(source, tflite::Activation::RELU6, in);
  op.attributes = tabulate(DataType::int8, DataType::int8, [&](int q) { return std::clamp(q, range.min, range.max); });
}

// K/internal/reference/integer_ops/logistic.h:37-59, M/logistic_common.cc: Q4.27 in, 1/256 from -128 out.
void translate_logistic(const OperatorSource& source, Operator& op) {
  constexpr int integer_bits = 4;
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0), &out = source.result();
  require_equal_shapes(source);
  if (out.scale[0] != 1.0f / 256 || out.zero_point[0] != -128)
    source.refuse("has an output that is not scaled by 1/256 from -128", "that is accepted");
  const double factor = static_cast<double>(in.scale[0]) * (1 << (31 - integer_bits));
  if (factor < 1 || factor >= 1 << 30) source.refuse("has the input scale " + std::to_string(in.scale[0]), "2^-27 to 8 is accepted");
  const Multiplier m = requantizer(source, factor);
  const int radius = static_cast<int>(std::floor(std::ldexp((1 << integer_bits) - 1, 31 - integer_bits - m.shift)));
  op.attributes = tabulate(DataType::int8, DataType::int8, [&](int q) {
    const int x = q - in.zero_point[0];
    if (x <= -radius) return -128;
    if (x >= radius) return 127;
    const std::int32_t y = arithmetic::logistic(arithmetic::multiply_by_quantized_multiplier(x, m.multiplier, m.shift), integer_bits);
    return arithmetic::rounding_shift_right(y, 31 - 8) - 128;
  });
}

// K/internal/reference/hard_swish.h:66-162, M/hard_swish_common.cc: x * relu6(x + 3) / 6, on int16. The second factor is
// "reluish": x rescaled so that 3 is 2^15, saturated, and moved from [-1, 1] to [0, 1].
void translate_hard_swish(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0), &out = source.result();
  require_equal_shapes(source);
  const float fine_scale = 1.0f / 128.0f * in.scale[0];
  const Multiplier to_output = requantizer(source, static_cast<double>(fine_scale / out.scale[0]));
  const Multiplier to_reluish = requantizer(source, static_cast<double>(fine_scale / (3.0f / 32768.0f)));
  if (to_output.shift > 0 || to_output.shift < -15)
    source.refuse("rescales from " + std::to_string(in.scale[0]) + " to " + std::to_string(out.scale[0]),
                  "factors from 2^-9 to below 128 are accepted");
  if (to_reluish.shift < -15) source.refuse("has the input scale " + std::to_string(in.scale[0]), "2^-23 and more is accepted");
  const std::int16_t output_factor = narrow_multiplier(to_output.multiplier), reluish_factor = narrow_multiplier(to_reluish.multiplier);

  op.attributes = tabulate(DataType::int8, DataType::int8, [&](int q) {
    const auto fine = static_cast<std::int16_t>((q - in.zero_point[0]) * 128);
    const std::int16_t on_output_scale = rounding_high_multiply_16(fine, output_factor);
    std::int16_t reluish = fine;
    // The last bit of a left shift comes after the multiplication: only there may saturation show.
    if (to_reluish.shift > 0) reluish = saturate_to_int16(reluish * (std::int64_t{1} << (to_reluish.shift - 1)));
    reluish = rounding_high_multiply_16(reluish, reluish_factor);
    if (to_reluish.shift > 0) reluish = saturate_to_int16(std::int64_t{reluish} * 2);
    if (to_reluish.shift < 0) reluish = static_cast<std::int16_t>(arithmetic::rounding_shift_right(reluish, -to_reluish.shift));
    reluish = static_cast<std::int16_t>((reluish + (1 << 15)) >> 1);
    const std::int16_t product = truncating_high_multiply_16(reluish, on_output_scale);
    const auto y =
        static_cast<std::int16_t>(arithmetic::rounding_shift_right(product, -to_output.shift) + out.zero_point[0]);  // wraps, as int16
    return std::int32_t{y};
  });
}

}  // namespace twill::importer
