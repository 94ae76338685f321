// SPDX-License-Identifier: Apache-2.0
// The reference kernels' fixed-point functions once more, put down from gemmlowp's formulation (number formats in the type,
// division that truncates after a nudge, masks) and sharing nothing with twill::arithmetic, for operators that no published
// network here has.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace transcription {

template <typename Int>
Int high_multiply(Int a, Int b) {
  using Wide = std::conditional_t<sizeof(Int) == 4, std::int64_t, std::int32_t>;
  constexpr int bits = 8 * sizeof(Int) - 1;
  if (a == b && a == std::numeric_limits<Int>::min()) return std::numeric_limits<Int>::max();
  const Wide product = static_cast<Wide>(a) * b, half = Wide{1} << (bits - 1);
  return static_cast<Int>((product + (product >= 0 ? half : 1 - half)) / (Wide{1} << bits));
}

inline std::int32_t divide_by_power(std::int32_t x, int exponent) {
  const auto mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
  const std::int32_t remainder = x & mask, threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

inline std::int32_t multiply(std::int32_t x, std::int32_t m, int shift) {
  const int left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
  return divide_by_power(high_multiply<std::int32_t>(x * (1 << left), m), right);
}

inline std::pair<std::int32_t, int> quantize_multiplier(double d) {
  if (d == 0) return {0, 0};
  int shift = 0;
  auto q = static_cast<std::int64_t>(std::round(std::frexp(d, &shift) * (1ll << 31)));
  if (q == 1ll << 31) q /= 2, ++shift;
  if (shift < -31) q = 0, shift = 0;
  return {static_cast<std::int32_t>(q), shift};
}

template <int Integer>
struct Fixed {
  std::int32_t raw;
  static constexpr int fraction = 31 - Integer;
  static Fixed one() { return {Integer == 0 ? std::numeric_limits<std::int32_t>::max() : static_cast<std::int32_t>(1ll << fraction)}; }
};
template <int A>
Fixed<A> operator+(Fixed<A> a, Fixed<A> b) {
  return {a.raw + b.raw};
}
template <int A>
Fixed<A> operator-(Fixed<A> a, Fixed<A> b) {
  return {a.raw - b.raw};
}
template <int A, int B>
Fixed<A + B> operator*(Fixed<A> a, Fixed<B> b) {
  return {high_multiply(a.raw, b.raw)};
}
template <int To, int From>
Fixed<To> rescale(Fixed<From> x) {
  constexpr int exponent = From - To;
  if constexpr (exponent < 0) return {divide_by_power(x.raw, -exponent)};
  const std::int64_t wide = x.raw * (std::int64_t{1} << exponent);
  return {static_cast<std::int32_t>(
      std::clamp<std::int64_t>(wide, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()))};
}

inline Fixed<0> exp_quarter(Fixed<0> a) {
  const Fixed<0> constant{1895147668}, third{715827883};
  const Fixed<0> x = a + Fixed<0>{1 << 28}, x2 = x * x, x3 = x2 * x, x4 = x2 * x2;
  const Fixed<0> x4_over_4{divide_by_power(x4.raw, 2)};
  const Fixed<0> rest{divide_by_power((((x4_over_4 + x3) * third) + x2).raw, 1)};
  return constant + constant * (x + rest);
}

template <int Integer>
Fixed<0> exp_negative(Fixed<Integer> a) {
  const std::int32_t quarter = 1 << (Fixed<Integer>::fraction - 2), mask = quarter - 1;
  const Fixed<Integer> mod{(a.raw & mask) - quarter};
  Fixed<0> result = exp_quarter(rescale<0>(mod));
  const std::int32_t remainder = (mod - a).raw;
  const auto step = [&](int exponent, std::int32_t multiplier) {
    if (Integer > exponent && (remainder & (1 << (Fixed<Integer>::fraction + exponent))) != 0) result = result * Fixed<0>{multiplier};
  };
  step(-2, 1672461947);
  step(-1, 1302514674);
  step(0, 790015084);
  step(1, 290630308);
  step(2, 39332535);
  step(3, 720401);
  step(4, 242);
  return a.raw == 0 ? Fixed<0>::one() : result;
}

inline Fixed<0> inverse_one_plus(Fixed<0> a) {
  const std::int64_t sum = static_cast<std::int64_t>(a.raw) + Fixed<0>::one().raw;
  const Fixed<0> half{static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2)};
  Fixed<2> x = Fixed<2>{1515870810} + half * Fixed<2>{-1010580540};
  for (int i = 0; i < 3; ++i) x = x + rescale<2>(x * (Fixed<2>::one() - half * x));
  return rescale<0>(Fixed<1>{x.raw});
}

inline Fixed<0> logistic(Fixed<4> a) {
  if (a.raw == 0) return {1 << 30};
  const Fixed<4> magnitude{a.raw > 0 ? a.raw : -a.raw};
  const Fixed<0> positive = inverse_one_plus(exp_negative(Fixed<4>{-magnitude.raw}));
  return a.raw > 0 ? positive : Fixed<0>::one() - positive;
}

/// LOGISTIC of one value.
inline int logistic(int q, float scale, int zero) {
  const auto [multiplier, shift] = quantize_multiplier(static_cast<double>(scale) * (1 << 27));
  const int radius = static_cast<int>(std::floor(15.0 * (1ll << 27) / static_cast<double>(1ll << shift)));
  const int x = q - zero;
  if (x <= -radius) return -128;
  if (x >= radius) return 127;
  return std::clamp(divide_by_power(logistic(Fixed<4>{multiply(x, multiplier, shift)}).raw, 23) - 128, -128, 127);
}

/// HARD_SWISH of one value.
inline int hard_swish(int q, float in_scale, int in_zero, float out_scale, int out_zero) {
  const auto narrow = [](std::int32_t m) {
    return m >= std::numeric_limits<std::int32_t>::max() - (1 << 15) ? std::int16_t{32767}
                                                                     : static_cast<std::int16_t>((m + (1 << 15)) >> 16);
  };
  const auto shift_left = [](std::int16_t x, int amount) {
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(x) * (1 << amount), -32768, 32767));
  };
  const float hires = (1.0f / 128.0f) * in_scale;
  const auto [out32, out_exponent] = quantize_multiplier(static_cast<double>(hires / out_scale));
  const auto [relu32, relu_exponent] = quantize_multiplier(static_cast<double>(hires / (3.0f / 32768.0f)));
  const auto input = static_cast<std::int16_t>((q - in_zero) * (1 << 7));
  const std::int16_t on_output = high_multiply<std::int16_t>(input, narrow(out32));
  std::int16_t reluish = input;
  if (relu_exponent > 0) reluish = shift_left(reluish, relu_exponent - 1);
  reluish = high_multiply<std::int16_t>(reluish, narrow(relu32));
  if (relu_exponent > 0) reluish = shift_left(reluish, 1);
  if (relu_exponent < 0) reluish = static_cast<std::int16_t>(divide_by_power(reluish, -relu_exponent));
  reluish = static_cast<std::int16_t>((reluish + (1 << 15)) >> 1);
  const auto product = static_cast<std::int16_t>(static_cast<std::int32_t>(reluish) * on_output / (1 << 15));
  auto result = static_cast<std::int16_t>(divide_by_power(product, -out_exponent));
  result = static_cast<std::int16_t>(result + out_zero);
  return std::clamp<int>(result, -128, 127);
}

/// SUB of two values; its factors are formed in float32.
inline int sub(int q1, float s1, int z1, int q2, float s2, int z2, float so, int zo) {
  const float twice = 2 * std::max(s1, s2);
  const auto [m1, e1] = quantize_multiplier(static_cast<double>(s1 / twice));
  const auto [m2, e2] = quantize_multiplier(static_cast<double>(s2 / twice));
  const auto [mo, eo] = quantize_multiplier(static_cast<double>(twice / ((1 << 20) * so)));
  const std::int32_t raw = multiply((q1 - z1) * (1 << 20), m1, e1) - multiply((q2 - z2) * (1 << 20), m2, e2);
  return std::clamp(multiply(raw, mo, eo) + zo, -128, 127);
}

/// ADD of two values; its factors are formed in double.
inline int add(int q1, float s1, int z1, int q2, float s2, int z2, float so, int zo) {
  const double twice = 2 * static_cast<double>(std::max(s1, s2));
  const auto [m1, e1] = quantize_multiplier(static_cast<double>(s1) / twice);
  const auto [m2, e2] = quantize_multiplier(static_cast<double>(s2) / twice);
  const auto [mo, eo] = quantize_multiplier(twice / ((1 << 20) * static_cast<double>(so)));
  const std::int32_t raw = multiply((q1 - z1) * (1 << 20), m1, e1) + multiply((q2 - z2) * (1 << 20), m2, e2);
  return std::clamp(multiply(raw, mo, eo) + zo, -128, 127);
}

/// MUL of two values.
inline int mul(int q1, float s1, int z1, int q2, float s2, int z2, float so, int zo) {
  const auto [m, e] = quantize_multiplier(static_cast<double>(s1) * static_cast<double>(s2) / static_cast<double>(so));
  return std::clamp(multiply((q1 - z1) * (q2 - z2), m, e) + zo, -128, 127);
}

/// Requantization of one value from one byte type to another.
inline int requantize(int q, float si, int zi, float so, int zo, int low, int high) {
  const auto [m, e] = quantize_multiplier(static_cast<double>(si) / static_cast<double>(so));
  return std::clamp(multiply(q - zi, m, e) + zo, low, high);
}

}  // namespace transcription
