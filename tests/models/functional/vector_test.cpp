// SPDX-License-Identifier: Apache-2.0
// ADD, MUL, POOL, LOOKUP and MOVE against their definitions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support.hpp"

using namespace test;

namespace {

/// Rounding of the numerics page in floating point: every value here is exact in a long double of 64 bits.
std::int64_t scaled(std::int64_t x, std::uint32_t multiplier, int shift) {
  const long double product = static_cast<long double>(std::clamp<std::int64_t>(x * (std::int64_t{1} << std::max(shift, 0)), INT32_MIN, INT32_MAX)) * multiplier;
  const long double high = std::floor(product / 2147483648.0L + 0.5L);
  return static_cast<std::int64_t>(std::round(std::ldexp(high, std::min(shift, 0))));  // half away from zero
}

std::uint32_t random_multiplier(Random& random) { return random.in(0, 9) == 0 ? 0 : (1u << 30) | (random.word() >> 2); }

functional::State noise(std::string_view on, Random& random) {
  functional::State state(machine(on));
  for (auto& byte : state.scratchpad) byte = static_cast<std::uint8_t>(random.byte());
  return state;
}

template <typename C>
void random_runs(C& c, Random& random) {
  c.run = static_cast<std::uint32_t>(random.in(1, 70));
  c.count = static_cast<std::uint32_t>(random.in(1, 9));
  c.a_pitch = c.run + static_cast<std::uint32_t>(random.in(0, 9));
  c.b_pitch = static_cast<std::uint32_t>(random.in(0, 1)) * (c.run + 4);  // 0: the same operand for every run
  c.out_pitch = c.run + static_cast<std::uint32_t>(random.in(0, 9));
  c.a_base = 3;
  c.b_base = 1001;
  c.out_base = random.flip() ? 2003u : c.a_base;
  if (c.out_base == c.a_base) c.out_pitch = c.a_pitch;
  c.a_zero = random.byte();
  c.b_zero = random.byte();
  c.out_zero = random.byte();
  c.min = random.in(-128, 0);
  c.max = random.in(0, 127);
}

/// Compares the runs of ADD and MUL with f(a, b) before clamping, and everything else with what it was.
template <typename C, typename Function>
void check_runs(const C& c, const functional::State& before, const functional::State& after, Function f) {
  auto wanted = before.scratchpad;
  for (std::uint32_t i = 0; i < c.count; ++i)
    for (std::uint32_t e = 0; e < c.run; ++e) {
      const int a = get(before, c.a_base + i * c.a_pitch + e), b = get(before, c.b_base + i * c.b_pitch + e);
      wanted[c.out_base + i * c.out_pitch + e] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(f(a - c.a_zero, b - c.b_zero) + c.out_zero, c.min, c.max));
    }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == after.scratchpad[i]) continue;
    INFO("seed " << seed() << ", byte " << i);
    REQUIRE(int{after.scratchpad[i]} == int{wanted[i]});
  }
}

}  // namespace

TEST_CASE("add and subtract", "[vector]") {
  Random random(1);
  for (int i = 0; i < 80; ++i) {
    functional::State state = noise(i % 2 ? "base" : "tiny", random);
    contract::Add c;
    random_runs(c, random);
    c.subtract = random.flip();
    c.left_shift = 20;
    c.a_multiplier = random_multiplier(random);
    c.b_multiplier = random_multiplier(random);
    c.out_multiplier = random_multiplier(random);
    c.a_shift = static_cast<std::uint32_t>(random.in(0, 6));
    c.b_shift = static_cast<std::uint32_t>(random.in(0, 6));
    c.out_shift = static_cast<std::uint32_t>(random.in(15, 31));
    require_legal(c, state.machine);
    const functional::State before = state;
    functional::execute_add(state, c);
    check_runs(c, before, state, [&c](std::int64_t a, std::int64_t b) {
      const std::int64_t left = scaled(a * (1 << 20), c.a_multiplier, -static_cast<int>(c.a_shift)), right = scaled(b * (1 << 20), c.b_multiplier, -static_cast<int>(c.b_shift));
      return scaled(c.subtract ? left - right : left + right, c.out_multiplier, -static_cast<int>(c.out_shift));
    });
  }
}

TEST_CASE("mul", "[vector]") {
  Random random(2);
  for (int i = 0; i < 80; ++i) {
    functional::State state = noise(i % 2 ? "base" : "tiny", random);
    contract::Mul c;
    random_runs(c, random);
    c.out_multiplier = random_multiplier(random);
    c.out_shift = random.in(-12, 2);
    require_legal(c, state.machine);
    const functional::State before = state;
    functional::execute_mul(state, c);
    check_runs(c, before, state, [&c](std::int64_t a, std::int64_t b) { return scaled(a * b, c.out_multiplier, c.out_shift); });
  }
}

TEST_CASE("pool: max, average and mean over in-image taps", "[vector]") {
  Random random(3);
  int tried = 0;
  for (int i = 0; i < 200; ++i) {
    functional::State state = noise(i % 2 ? "base" : "tiny", random);
    contract::Pool c;
    c.mode = static_cast<std::uint32_t>(random.in(0, 2));
    c.in_rows = static_cast<std::uint32_t>(random.in(1, 9));
    c.in_cols = static_cast<std::uint32_t>(random.in(1, 9));
    c.channels = static_cast<std::uint32_t>(random.in(1, 40));
    c.in_pix_pitch = c.channels + static_cast<std::uint32_t>(random.in(0, 4));
    c.in_row_pitch = c.in_cols * c.in_pix_pitch + static_cast<std::uint32_t>(random.in(0, 4));
    c.kernel_y = static_cast<std::uint32_t>(random.in(1, 4));
    c.kernel_x = static_cast<std::uint32_t>(random.in(1, 4));
    c.stride_y = static_cast<std::uint32_t>(random.in(1, 3));
    c.stride_x = static_cast<std::uint32_t>(random.in(1, 3));
    c.y_start = random.in(-2, 1);
    c.x_start = random.in(-2, 1);
    c.out_h = static_cast<std::uint32_t>(random.in(1, 5));
    c.out_w = static_cast<std::uint32_t>(random.in(1, 5));
    c.out_pix_pitch = c.channels;
    c.out_row_pitch = c.out_w * c.channels + 3;
    c.in_base = 5;
    c.out_base = 10001;
    c.out_zero = random.byte();
    c.min = random.in(-128, -20);
    c.max = random.in(20, 127);
    c.multiplier = random_multiplier(random);
    c.shift = random.in(-8, 0);
    c.bias = random.in(-2000, 2000);
    const bool every_window_has_a_tap = [&c] {
      for (int oy = 0; oy < static_cast<int>(c.out_h); ++oy)
        for (int ox = 0; ox < static_cast<int>(c.out_w); ++ox) {
          bool tap = false;
          for (int ky = 0; ky < static_cast<int>(c.kernel_y); ++ky)
            for (int kx = 0; kx < static_cast<int>(c.kernel_x); ++kx) {
              const int y = c.y_start + oy * static_cast<int>(c.stride_y) + ky, x = c.x_start + ox * static_cast<int>(c.stride_x) + kx;
              tap = tap || (y >= 0 && y < static_cast<int>(c.in_rows) && x >= 0 && x < static_cast<int>(c.in_cols));
            }
          if (!tap) return false;
        }
      return true;
    }();
    INFO("seed " << seed() << ", case " << i);
    REQUIRE(functional::check_command(c.encode(), state.machine).legal() == every_window_has_a_tap);
    if (!every_window_has_a_tap) continue;
    ++tried;
    const functional::State before = state;
    functional::execute_pool(state, c);
    for (int oy = 0; oy < static_cast<int>(c.out_h); ++oy)
      for (int ox = 0; ox < static_cast<int>(c.out_w); ++ox)
        for (int channel = 0; channel < static_cast<int>(c.channels); ++channel) {
          int sum = 0, largest = -1000, taps = 0;
          for (int ky = 0; ky < static_cast<int>(c.kernel_y); ++ky)
            for (int kx = 0; kx < static_cast<int>(c.kernel_x); ++kx) {
              const int y = c.y_start + oy * static_cast<int>(c.stride_y) + ky, x = c.x_start + ox * static_cast<int>(c.stride_x) + kx;
              if (y < 0 || y >= static_cast<int>(c.in_rows) || x < 0 || x >= static_cast<int>(c.in_cols)) continue;
              const int tap = get(before, c.in_base + static_cast<std::uint32_t>(y) * c.in_row_pitch + static_cast<std::uint32_t>(x) * c.in_pix_pitch + static_cast<std::uint32_t>(channel));
              sum += tap;
              largest = std::max(largest, tap);
              ++taps;
            }
          std::int64_t wanted = largest;
          if (c.mode == 1) wanted = std::lround(static_cast<double>(sum) / taps);
          if (c.mode == 2) wanted = scaled(sum + c.bias, c.multiplier, c.shift) + c.out_zero;
          INFO("mode " << c.mode << ", output (" << oy << ", " << ox << ", " << channel << ")");
          REQUIRE(get(state, c.out_base + static_cast<std::uint32_t>(oy) * c.out_row_pitch + static_cast<std::uint32_t>(ox) * c.out_pix_pitch + static_cast<std::uint32_t>(channel)) ==
                  std::clamp<std::int64_t>(wanted, c.min, c.max));
        }
  }
  CHECK(tried > 30);
}

TEST_CASE("lookup: entry 0 belongs to -128, a kept table is the one loaded last", "[vector]") {
  Random random(4);
  functional::State state = noise("base", random);
  const auto table = random.bytes(256), input = random.bytes(200);
  put(state, 4096, table);
  put(state, 100, input);
  contract::Lookup c;
  c.in_base = 100;
  c.out_base = 1000;
  c.table_base = 4096;
  c.run = 33;
  c.count = 5;
  c.in_pitch = 40;
  c.out_pitch = 37;
  functional::execute_lookup(state, c);
  for (std::uint32_t i = 0; i < c.count; ++i)
    for (std::uint32_t e = 0; e < c.run; ++e) REQUIRE(get(state, c.out_base + i * c.out_pitch + e) == table[static_cast<std::size_t>(input[i * c.in_pitch + e] + 128)]);
  put(state, 4096, random.bytes(256));
  c.keep_table = 1;
  c.out_base = 2000;
  functional::execute_lookup(state, c);
  CHECK(get(state, 2000) == get(state, 1000));
  CHECK(get(state, 2001) == get(state, 1001));
}

TEST_CASE("move: a transposition in four dimensions, and a fill", "[vector]") {
  Random random(5);
  functional::State state = noise("base", random);
  // [2][3][5][7] of 3-byte elements to [7][5][3][2]
  const int d3 = 2, d2 = 3, d1 = 5, d0 = 7, element = 3;
  contract::Move c;
  c.in_base = 11;
  c.out_base = 5001;
  c.run = element;
  c.count0 = d0, c.count1 = d1, c.count2 = d2, c.count3 = d3;
  c.in_stride0 = element, c.in_stride1 = d0 * element, c.in_stride2 = d1 * d0 * element, c.in_stride3 = d2 * d1 * d0 * element;
  c.out_stride3 = element, c.out_stride2 = d3 * element, c.out_stride1 = d2 * d3 * element, c.out_stride0 = d1 * d2 * d3 * element;
  functional::execute_move(state, c);
  for (int i3 = 0; i3 < d3; ++i3)
    for (int i2 = 0; i2 < d2; ++i2)
      for (int i1 = 0; i1 < d1; ++i1)
        for (int i0 = 0; i0 < d0; ++i0)
          for (int e = 0; e < element; ++e)
            REQUIRE(get(state, static_cast<std::size_t>(5001 + (((i0 * d1 + i1) * d2 + i2) * d3 + i3) * element + e)) ==
                    get(state, static_cast<std::size_t>(11 + (((i3 * d2 + i2) * d1 + i1) * d0 + i0) * element + e)));

  const auto before = state.scratchpad;
  contract::Move fill;
  fill.fill = 1;
  fill.value = 0x80;
  fill.in_base = 0xffffff;  // not looked at
  fill.out_base = 9000;
  fill.run = 4;
  fill.count0 = 3;
  fill.out_stride0 = -10;
  functional::execute_move(state, fill);
  for (std::size_t i = 8970; i < 9010; ++i) {
    const bool inside = (i >= 9000 && i < 9004) || (i >= 8990 && i < 8994) || (i >= 8980 && i < 8984);
    REQUIRE(int{state.scratchpad[i]} == (inside ? 0x80 : int{before[i]}));
  }
}

TEST_CASE("vector commands outside the scratchpad are errors", "[vector]") {
  functional::State state(machine("tiny"));
  const std::uint32_t end = state.machine.scratchpad_bytes;
  contract::Add add;
  add.run = 4;
  add.out_base = end - 3;
  CHECK_THROWS_AS(functional::execute_add(state, add), functional::Fault);
  contract::Lookup lookup;
  lookup.table_base = end - 252;
  CHECK_THROWS_AS(functional::execute_lookup(state, lookup), functional::Fault);
  contract::Move move;
  move.count0 = 2;
  move.in_stride0 = -1;
  CHECK_THROWS_AS(functional::execute_move(state, move), functional::Fault);
}
