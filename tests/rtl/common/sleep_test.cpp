// SPDX-License-Identifier: Apache-2.0
// When a chip may sleep, and how a machine with ECC clears its memories.
#include <Vcommon_clear.h>
#include <Vcommon_sleep.h>

#include "bench.hpp"

TEST_CASE("a chip sleeps after 128 quiet cycles without an input, and wakes at once") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vcommon_sleep> bench;
  auto& dut = bench.dut;
  unsigned quiet = 0, slept = 0, woken = 0;
  for (int cycle = 0; cycle < 200000; cycle++) {
    CAPTURE(cycle);
    const unsigned chances = cycle / 1000 % 4;   // in spells: never quiet, always, nearly always
    dut.quiet_i = chances == 0 ? chance(random, 50) : chances == 1 ? 1 : random() % 200 != 0;
    dut.input_i = chances == 3 && random() % 200 == 0;
    const bool was = dut.asleep_o;
    bench.tick();
    quiet = dut.quiet_i && !dut.input_i ? quiet + 1 : 0;
    REQUIRE(bool(dut.asleep_o) == (quiet >= 128));
    slept += dut.asleep_o, woken += was && !dut.asleep_o;
  }
  CHECK(slept > 10000);
  CHECK(woken > 100);
  dut.quiet_i = 1, dut.input_i = 0;
  for (int i = 0; i < 200; i++) bench.tick();
  CHECK(dut.asleep_o == 1);
  dut.rst_ni = 0;
  bench.tick();
  CHECK(dut.asleep_o == 0);
}

TEST_CASE("every row is cleared once after a reset, and none after that") {
  Bench<Vcommon_clear> bench;
  auto& dut = bench.dut;
  for (int round = 0; round < 3; round++) {
    for (unsigned cycle = 0; cycle < 64; cycle++) {
      bench.settle();
      REQUIRE(dut.busy_o == 1);
      REQUIRE(dut.row_o == cycle);
      bench.tick();
    }
    for (int cycle = 0; cycle < 300; cycle++) {
      REQUIRE(dut.busy_o == 0);
      bench.tick();
    }
    bench.reset();
  }
}
