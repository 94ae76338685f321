// SPDX-License-Identifier: Apache-2.0
// Fixed-point exp, reciprocal and logistic as the reference kernels compute them: gemmlowp commit 719139ce,
// fixedpoint/fixedpoint.h. A number with n integer bits is an int32 that counts in steps of 2^(n - 31); Qn.m names it.
#pragma once
#include <cstdint>
#include <limits>

#include "twill/arithmetic/fixed_point.hpp"

namespace twill::arithmetic {

namespace detail {

constexpr std::int32_t one_q0 = std::numeric_limits<std::int32_t>::max();  // the nearest to 1 that Q0.31 has

/// x * 2^exponent, saturating.
constexpr std::int32_t shift_left(std::int32_t x, int exponent) { return saturate_to_int32(x * (std::int64_t{1} << exponent)); }

/// exp(a) for a in [-1/4, 0), both Q0.31: the Taylor polynomial of degree 4 around -1/8.
constexpr std::int32_t exp_between_minus_quarter_and_zero(std::int32_t a) {
  constexpr std::int32_t exp_minus_eighth = 1895147668, third = 715827883;
  const std::int32_t x = a + (1 << 28);
  const std::int32_t x2 = rounding_doubling_high_multiply(x, x);
  const std::int32_t x3 = rounding_doubling_high_multiply(x2, x);
  const std::int32_t x4 = rounding_doubling_high_multiply(x2, x2);
  // x^2/2 + x^3/6 + x^4/24
  const std::int32_t tail = rounding_shift_right(rounding_doubling_high_multiply(rounding_shift_right(x4, 2) + x3, third) + x2, 1);
  return exp_minus_eighth + rounding_doubling_high_multiply(exp_minus_eighth, x + tail);
}

}  // namespace detail

/// exp(x) in Q0.31 for x <= 0 with integer_bits (2 to 5) integer bits.
constexpr std::int32_t exp_of_non_positive(std::int32_t x, int integer_bits) {
  if (x == 0) return detail::one_q0;
  const int fraction_bits = 31 - integer_bits;
  const std::int32_t quarter = std::int32_t{1} << (fraction_bits - 2);
  const std::int32_t inside = (x & (quarter - 1)) - quarter;  // in [-1/4, 0), a multiple of 1/4 above x
  std::int32_t result = detail::exp_between_minus_quarter_and_zero(detail::shift_left(inside, integer_bits));

  const std::int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};  // exp(-2^e), e = -2, -1, ...
  const std::int32_t rest = inside - x;
  int exponent = -2;
  for (std::int32_t factor : factors) {
    if (exponent < integer_bits && (rest >> (fraction_bits + exponent) & 1)) result = rounding_doubling_high_multiply(result, factor);
    ++exponent;
  }
  return result;
}

/// 1 / (1 + x) for x in [0, 1), both Q0.31: three Newton-Raphson steps on Q2.29.
constexpr std::int32_t one_over_one_plus(std::int32_t x) {
  constexpr std::int32_t forty_eight_17ths = 1515870810, minus_thirty_two_17ths = -1010580540, one_q2 = 1 << 29;
  const std::int64_t sum = std::int64_t{x} + detail::one_q0;
  const auto half_denominator = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  std::int32_t y = forty_eight_17ths + rounding_doubling_high_multiply(half_denominator, minus_thirty_two_17ths);
  for (int step = 0; step < 3; ++step) {
    const std::int32_t error = one_q2 - rounding_doubling_high_multiply(half_denominator, y);
    y += detail::shift_left(rounding_doubling_high_multiply(y, error), 2);
  }
  return detail::shift_left(y, 1);  // y is 2 / (1 + x)
}

/// 1 / (1 + exp(-x)) in Q0.31 for x with integer_bits (2 to 5) integer bits; x is not the smallest int32.
constexpr std::int32_t logistic(std::int32_t x, int integer_bits) {
  if (x == 0) return std::int32_t{1} << 30;
  const std::int32_t of_magnitude = one_over_one_plus(exp_of_non_positive(x > 0 ? -x : x, integer_bits));
  return x > 0 ? of_magnitude : detail::one_q0 - of_magnitude;
}

struct Reciprocal {
  std::int32_t scale;  ///< Q0.31
  int bits_over_unit;  ///< 1 / x = scale / 2^bits_over_unit
};

/// 1 / x for x > 0 with integer_bits integer bits. K/internal/common.cc GetReciprocal.
constexpr Reciprocal reciprocal(std::int32_t x, int integer_bits) {
  int headroom = 0;
  auto shifted = static_cast<std::uint32_t>(x);
  while (!(shifted >> 31)) {
    shifted <<= 1;
    ++headroom;
  }
  return {one_over_one_plus(static_cast<std::int32_t>(shifted - (std::uint32_t{1} << 31))), integer_bits - headroom};
}

}  // namespace twill::arithmetic
