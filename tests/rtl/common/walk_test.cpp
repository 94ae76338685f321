// SPDX-License-Identifier: Apache-2.0
#include <Vcommon_walk.h>

#include "bench.hpp"

namespace {

struct Walk {
  std::uint32_t base, run, counts[3];
  std::int32_t strides[3];
};

/// Walks it with random limits; every byte address must be that of the three loops.
void walk(Bench<Vcommon_walk>& bench, std::mt19937& random, const Walk& w, std::uint64_t most_bytes = ~0ull) {
  auto& dut = bench.dut;
  CAPTURE(w.base, w.run, w.counts[0], w.counts[1], w.counts[2], w.strides[0], w.strides[1], w.strides[2]);
  dut.base_i = w.base, dut.run_i = w.run;
  dut.counts_i = w.counts[0] | std::uint64_t{w.counts[1]} << 16 | std::uint64_t{w.counts[2]} << 32;
  std::uint64_t low = 0;
  for (unsigned i = 0; i < 3; i++) low |= i < 2 ? std::uint64_t(std::uint32_t(w.strides[i]) & 0xffffff) << (24 * i) : 0;
  const std::uint32_t high = std::uint32_t(w.strides[2]) & 0xffffff;
  dut.strides_i[0] = std::uint32_t(low), dut.strides_i[1] = std::uint32_t(low >> 32) | high << 16, dut.strides_i[2] = high >> 16;
  REQUIRE(dut.active_o == 0);
  dut.start_i = 1;
  bench.tick();
  dut.start_i = 0;
  std::uint64_t moved = 0;
  for (std::uint32_t k = 0; k < w.counts[2]; k++)
    for (std::uint32_t j = 0; j < w.counts[1]; j++)
      for (std::uint32_t i = 0; i < w.counts[0]; i++)
        for (std::uint32_t b = 0; b < w.run;) {
          const std::uint32_t limit = chance(random, 10) ? 0 : 1 + random() % (chance(random, 50) ? 16 : 255);
          dut.limit_i = limit;
          dut.take_i = limit != 0 && chance(random, 80);
          bench.settle();
          const std::uint32_t left = w.run - b, bytes = std::min(left, limit);
          const std::int64_t address = w.base + std::int64_t{i} * w.strides[0] + std::int64_t{j} * w.strides[1] + std::int64_t{k} * w.strides[2] + b;
          REQUIRE(dut.active_o == 1);
          REQUIRE(dut.addr_o == (std::uint32_t(address) & 0xffffff));
          REQUIRE(dut.left_o == left);
          REQUIRE(dut.bytes_o == bytes);
          const bool last = i + 1 == w.counts[0] && j + 1 == w.counts[1] && k + 1 == w.counts[2] && bytes == left;
          REQUIRE(bool(dut.final_o) == (last && limit != 0));
          const bool took = dut.take_i;
          bench.tick();
          dut.take_i = 0;
          if (took) b += bytes, moved += bytes;
          if (moved > most_bytes) {
            bench.reset();
            return;
          }
        }
  bench.settle();
  REQUIRE(dut.active_o == 0);
}

}  // namespace

TEST_CASE("walks with random, zero and negative strides visit the bytes of three loops") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vcommon_walk> bench;
  for (int round = 0; round < 2000; round++) {
    Walk w{};
    w.base = random() & 0xffffff;
    w.run = chance(random, 30) ? 1 : 1 + random() % 300;
    for (auto& count : w.counts) count = chance(random, 40) ? 1 : 1 + random() % 6;
    for (auto& stride : w.strides) {
      switch (random() % 4) {
        case 0: stride = 0; break;
        case 1: stride = -std::int32_t(random() % 5000); break;
        case 2: stride = std::int32_t(random() & 0xffffff) - 0x800000; break;  // all there are; addresses wrap
        default: stride = std::int32_t(random() % 5000); break;
      }
    }
    walk(bench, random, w);
  }
}

TEST_CASE("walks at the ends of their fields") {
  std::mt19937 random(twill_seed());
  Bench<Vcommon_walk> bench;
  walk(bench, random, {0xffffff, 1, {65535, 1, 1}, {-1, 0, 0}});
  walk(bench, random, {0, 1, {1, 65535, 1}, {0, 1, 0}});
  walk(bench, random, {5, 1, {1, 1, 65535}, {0, 0, -0x800000}});
  walk(bench, random, {0, 1, {2, 2, 2}, {0x7fffff, -0x800000, 1}});
  walk(bench, random, {0x800000, 0xffffff, {1, 1, 1}, {0, 0, 0}}, 100000);
}
