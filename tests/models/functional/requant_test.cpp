// SPDX-License-Identifier: Apache-2.0
// REQUANT against the rule of the numerics page, written again in exact integer arithmetic.
#include <algorithm>
#include <cstring>

#include "support.hpp"

using namespace test;

namespace {

/// floor(a / b) for b > 0
__int128 floor_div(__int128 a, __int128 b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// x * m / 2^31 rounded half up, then / 2^right rounded half away from zero, from the definition of rounding.
std::int64_t exact(std::int64_t x, std::int64_t m, int shift) {
  __int128 left = static_cast<__int128>(x) * (__int128{1} << std::max(shift, 0));
  left = std::clamp<__int128>(left, INT32_MIN, INT32_MAX);
  const __int128 high = floor_div(left * m * 2 + (__int128{1} << 31), __int128{1} << 32);
  const __int128 divisor = __int128{1} << std::max(-shift, 0);
  const __int128 magnitude = ((high < 0 ? -high : high) * 2 + divisor) / (divisor * 2);
  return static_cast<std::int64_t>(high < 0 ? -magnitude : magnitude);
}

struct Record {
  std::int32_t bias, multiplier;
  std::int8_t shift, zero_point, min, max;
};

Record random_record(Random& random) {
  Record r{};
  r.bias = random.in(-(1 << 29), 1 << 29) >> random.in(0, 28);
  r.multiplier = random.in(0, 15) == 0 ? 0 : static_cast<std::int32_t>((1u << 30) | (random.word() >> 2));
  r.shift = static_cast<std::int8_t>(random.in(-31, 8));
  r.zero_point = random.byte();
  r.min = random.byte();
  r.max = random.byte();
  if (r.max < r.min) std::swap(r.min, r.max);
  return r;
}

void put_records(functional::State& state, std::uint32_t at, const std::vector<Record>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::vector<std::int8_t> bytes(16);
    std::memcpy(bytes.data(), &records[i], 12);
    put(state, at + i * 16, bytes);
  }
}

std::int8_t expected(std::int32_t sum, const Record& r) {
  const auto x = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(r.bias));
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(exact(x, r.multiplier, r.shift) + r.zero_point, r.min, r.max));
}

}  // namespace

TEST_CASE("requant: random sums, records, tiles and strides", "[requant]") {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const auto& m = machine(i % 2 ? "base" : "tiny");
    const std::uint32_t word = m.word_bytes;
    functional::State state(m);
    for (auto& byte : state.scratchpad) byte = static_cast<std::uint8_t>(random.byte());
    for (auto& sum : state.accumulators) sum = static_cast<std::int32_t>(random.word()) >> random.in(0, 24);

    contract::Requant c;
    c.tiles = static_cast<std::uint32_t>(random.in(1, 3));
    c.last_lanes = static_cast<std::uint32_t>(random.in(1, static_cast<int>(word)));
    c.out_w = static_cast<std::uint32_t>(random.in(1, 20));
    c.out_h = static_cast<std::uint32_t>(random.in(1, 20));
    const std::uint32_t channels = (c.tiles - 1) * word + c.last_lanes;
    c.pix_step = channels + static_cast<std::uint32_t>(random.in(0, 3));
    c.n_step = word;
    c.row_bytes = random.flip() ? c.out_w * c.pix_step : static_cast<std::uint32_t>(random.in(1, static_cast<int>(c.out_w * c.pix_step)));
    c.row_step = c.out_w * c.pix_step + static_cast<std::uint32_t>(random.in(0, 5));
    c.acc_base = static_cast<std::uint32_t>(random.in(0, 3)) * state.bank_words();
    c.param_base = 0;
    c.out_base = round_up(c.tiles * word * 16, word) + 7;
    if (c.out_base + c.out_h * c.row_step > m.scratchpad_bytes) continue;
    std::vector<Record> records;
    for (std::uint32_t r = 0; r < c.tiles * word; ++r) records.push_back(random_record(random));
    put_records(state, c.param_base, records);
    require_legal(c, m);
    const auto before = state.scratchpad;
    auto wanted = before;
    const std::uint32_t tile_words = round_up(c.out_w * c.out_h, state.bank_words());
    for (std::uint32_t n = 0; n < c.tiles; ++n)
      for (std::uint32_t y = 0; y < c.out_h; ++y)
        for (std::uint32_t x = 0; x < c.out_w; ++x)
          for (std::uint32_t l = 0; l < (n + 1 == c.tiles ? c.last_lanes : word); ++l) {
            const std::uint32_t offset = x * c.pix_step + n * c.n_step + l;
            if (offset >= c.row_bytes) continue;
            const std::uint32_t at = (c.acc_base + n * tile_words + y * c.out_w + x) % m.accumulator_words;
            wanted[c.out_base + y * c.row_step + offset] = static_cast<std::uint8_t>(expected(state.accumulators[std::size_t{at} * word + l], records[n * word + l]));
          }
    functional::execute_requant(state, c);
    for (std::size_t a = 0; a < wanted.size(); ++a) {
      if (state.scratchpad[a] == wanted[a]) continue;
      INFO("seed " << seed() << ", case " << i << ", byte " << a << " (output begins at " << c.out_base << ")");
      REQUIRE(int{state.scratchpad[a]} == int{wanted[a]});
    }
  }
}

TEST_CASE("requant: keep_parameters uses the records used last", "[requant]") {
  const auto& m = machine("tiny");
  functional::State state(m);
  for (std::size_t i = 0; i < state.accumulators.size(); ++i) state.accumulators[i] = 100;
  const Record half{0, 1 << 30, 0, 0, -128, 127}, quarter{0, 1 << 30, -1, 0, -128, 127};
  put_records(state, 0, {half, half, half, half, quarter, quarter, quarter, quarter});
  contract::Requant c;
  c.out_base = 1000;
  c.last_lanes = 4;
  c.tiles = 2;
  c.n_step = 4;
  c.row_bytes = 8;
  functional::execute_requant(state, c);
  CHECK(get(state, 1000) == 50);
  CHECK(get(state, 1004) == 25);
  c.keep_parameters = 1;
  put_records(state, 0, {half, half, half, half, half, half, half, half});
  functional::execute_requant(state, c);
  CHECK(get(state, 1000) == 25);  // tile 0 with the records used last
  CHECK(get(state, 1004) == 50);  // tile 1 with its own
}

TEST_CASE("requant: a byte outside the scratchpad is an error", "[requant]") {
  const auto& m = machine("tiny");
  functional::State state(m);
  contract::Requant c;
  c.out_base = m.scratchpad_bytes - 3;
  c.last_lanes = 4;
  c.row_bytes = 4;
  CHECK_THROWS_AS(functional::execute_requant(state, c), functional::Fault);
  c.row_bytes = 3;
  CHECK_NOTHROW(functional::execute_requant(state, c));
  c.param_base = m.scratchpad_bytes - 60;
  CHECK_THROWS_AS(functional::execute_requant(state, c), functional::Fault);
}
