// SPDX-License-Identifier: Apache-2.0
// The divider for every divisor, and the average pool built on it for every number of taps.
#include "reference.hpp"

#include "Vreciprocal.h"
#include "catch.hpp"

#include <cstdlib>
#include <tuple>

namespace {

struct Divider {
  Vreciprocal model;
  void clock() {
    model.clk_i = 1;
    model.eval();
    model.clk_i = 0;
    model.eval();
  }
  Divider() {
    model.rst_ni = 0;
    model.clk_i = 0;
    clock();
    model.rst_ni = 1;
  }
  /// Cycles from the one with start_i to the one with done_o, in which another divisor asks in vain and what is shown holds; 0: not so.
  int divide(std::uint32_t divisor) {
    const auto shown = [&] { return std::tuple(model.divisor_o, model.quotient_o, model.bits_o); };
    const auto last = shown();
    model.divisor_i = static_cast<std::uint16_t>(divisor);
    model.start_i = 1;
    clock();
    model.divisor_i = static_cast<std::uint16_t>(~divisor);
    int cycles = 1;
    for (; !model.done_o && cycles < 100; ++cycles) {
      if (!model.busy_o || shown() != last) return 0;
      clock();
    }
    model.start_i = 0;
    if (model.busy_o) return 0;
    clock();
    return model.busy_o || model.done_o ? 0 : cycles;
  }
};

int bit_length(std::uint32_t x) {
  int n = 0;
  for (; x != 0; x >>= 1) ++n;
  return n;
}

/// sum / taps, half away from zero.
std::int32_t average(std::int32_t sum, std::int32_t taps) {
  const std::int32_t magnitude = (2 * std::abs(sum) + taps) / (2 * taps);
  return sum < 0 ? -magnitude : magnitude;
}

/// What the lanes do with a reciprocal.
std::int32_t lanes(std::int32_t sum, std::uint32_t quotient, int bits) {
  const std::int32_t h = twill::post_test::requantize(sum * (1 << (20 - bits)), static_cast<std::int32_t>(quotient), 0);
  return (h + (1 << 17) - (h < 0 ? 1 : 0)) >> 18;
}

}  // namespace

TEST_CASE("the reciprocal of every 16-bit divisor is the floor of the quotient, in 32 cycles") {
  Divider divider;
  CHECK(divider.model.divisor_o == 0);
  std::uint32_t wrong = 0;
  for (std::uint32_t divisor = 1; divisor < 65536; ++divisor) {
    const int cycles = divider.divide(divisor);
    const int bits = bit_length(divisor);
    const std::uint64_t expected = (std::uint64_t{1} << (29 + bits)) / divisor;
    if (cycles != 32 || divider.model.quotient_o != expected || divider.model.bits_o != bits || divider.model.divisor_o != divisor) {
      if (wrong++ < 5) UNSCOPED_INFO("divisor " << divisor << ": " << cycles << " cycles, expected " << expected << ", got " << divider.model.quotient_o);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("an average is exact for every number of taps at every tie and beside it") {
  std::uint64_t wrong = 0, tried = 0;
  for (std::int32_t taps = 1; taps <= 255 * 255; ++taps) {
    const int bits = bit_length(static_cast<std::uint32_t>(taps));
    const std::uint32_t quotient = static_cast<std::uint32_t>((std::uint64_t{1} << (29 + bits)) / static_cast<std::uint32_t>(taps));
    const auto check = [&](std::int64_t sum) {
      if (sum < -128LL * taps || sum > 127LL * taps) return;
      const std::int32_t x = static_cast<std::int32_t>(sum);
      ++tried;
      if (lanes(x, quotient, bits) != average(x, taps) && wrong++ < 5) UNSCOPED_INFO(x << " / " << taps << ": expected " << average(x, taps) << ", got " << lanes(x, quotient, bits));
    };
    // Between two ties rounding is constant and the lanes are monotone, so the two sums next to each tie decide.
    for (std::int64_t whole = -128; whole <= 127; ++whole) {
      const std::int64_t below = (2 * whole + 1) * taps >= 0 ? (2 * whole + 1) * taps / 2 : -((-(2 * whole + 1) * taps + 1) / 2);
      for (std::int64_t sum = below - 1; sum <= below + 1; ++sum) check(sum);
    }
    check(-128LL * taps);
    check(127LL * taps);
  }
  CHECK(wrong == 0);
  CHECK(tried > 40000000);
}
