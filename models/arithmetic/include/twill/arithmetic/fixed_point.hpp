// SPDX-License-Identifier: Apache-2.0
// The fixed-point primitives of the TensorFlow Lite reference kernels with double rounding. Every model of the chip's
// arithmetic is built from these, so they are written from the rounding rule itself and not after any one kernel.
//
// Sources (for looking up): tensorflow/tflite-micro commit 90b983c2b3f1, where K/ is tensorflow/lite/kernels, and gemmlowp
// commit 719139ce, fixedpoint/fixedpoint.h. Right shifts of negative numbers are arithmetic (so on every supported
// compiler; C++20 demands it).
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

namespace twill::arithmetic {

/// The nearest int32 to x.
constexpr std::int32_t saturate_to_int32(std::int64_t x) {
  constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min(), high = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(x < low ? low : x > high ? high : x);
}

/// x * m / 2^31, ties toward +infinity. Only min * min leaves the range; it saturates.
/// gemmlowp SaturatingRoundingDoublingHighMul.
constexpr std::int32_t rounding_doubling_high_multiply(std::int32_t x, std::int32_t m) {
  const std::int64_t product = static_cast<std::int64_t>(x) * m;
  return saturate_to_int32((product + (std::int64_t{1} << 30)) >> 31);
}

/// x / 2^exponent, ties away from zero; exponent in [0, 31]. gemmlowp RoundingDivideByPOT.
constexpr std::int32_t rounding_shift_right(std::int32_t x, int exponent) {
  if (exponent == 0) return x;
  const std::int64_t half = std::int64_t{1} << (exponent - 1);
  return static_cast<std::int32_t>((x + half - (x < 0 ? 1 : 0)) >> exponent);
}

/// x * multiplier * 2^shift / 2^31, rounded twice: after the multiplication and after the right shift. shift in [-31, 31],
/// positive to the left; what leaves int32 on the left shift saturates (the reference kernels leave that undefined).
/// K/internal/common.cc:81-90 MultiplyByQuantizedMultiplier.
constexpr std::int32_t multiply_by_quantized_multiplier(std::int32_t x, std::int32_t multiplier, int shift) {
  const std::int64_t scale = std::int64_t{1} << (shift > 0 ? shift : 0);
  const std::int32_t high = rounding_doubling_high_multiply(saturate_to_int32(x * scale), multiplier);
  return rounding_shift_right(high, shift < 0 ? -shift : 0);
}

/// sum / count, ties away from zero; count > 0. The average of AVERAGE_POOL_2D, K/internal/reference/integer_ops/pooling.h:70-72.
constexpr std::int32_t divide_half_away_from_zero(std::int32_t sum, std::int32_t count) {
  const std::int64_t wide = sum, half = count / 2;
  return static_cast<std::int32_t>((wide > 0 ? wide + half : wide - half) / count);
}

/// A real factor as multiplier * 2^shift / 2^31 with multiplier 0 or in [2^30, 2^31), shift in [-31, 30].
struct QuantizedMultiplier {
  std::int32_t multiplier;
  int shift;
};

/// Rounds a non-negative real factor to 31 bits, half away from zero. A factor below 2^-32 becomes zero, one of 2^30 or
/// more the largest there is. K/internal/quantization_util.cc:53-104 QuantizeMultiplier.
inline QuantizedMultiplier quantize_multiplier(double factor) {
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);  // factor = fraction * 2^shift, fraction in [0.5, 1)
  std::int64_t multiplier = std::llround(fraction * 2147483648.0);
  if (multiplier == std::int64_t{1} << 31) {  // rounded up to 1
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) return {0, 0};
  if (shift > 30) return {std::numeric_limits<std::int32_t>::max(), 30};
  return {static_cast<std::int32_t>(multiplier), shift};
}

}  // namespace twill::arithmetic
