// SPDX-License-Identifier: Apache-2.0
// Counters of the network port and of corrected errors.
#include <utility>

#include <Vcommon_ecc.h>
#include <Vcommon_network_counters.h>

#include "bench.hpp"

TEST_CASE("the network's counters agree with counting by hand") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vcommon_network_counters> bench;
  auto& dut = bench.dut;
  std::uint32_t words[7] = {};
  bool running = false;
  for (int cycle = 0; cycle < 50000; cycle++) {
    CAPTURE(cycle);
    dut.start_i = cycle == 300 || cycle == 9000;  // a second doorbell changes nothing
    dut.tx_valid_i = chance(random, 60), dut.tx_ready_i = chance(random, 60), dut.tx_strobe_i = chance(random, 20) ? 0xffff : random() & 0xffff;
    dut.rx_valid_i = chance(random, 60), dut.rx_ready_i = chance(random, 60), dut.rx_strobe_i = chance(random, 20) ? 0 : random() & 0xffff;
    dut.exposed_i = random();
    dut.show_i = chance(random, 50);
    bench.settle();
    words[6] = dut.exposed_i;
    for (unsigned w = 0; w < 7; w++) REQUIRE(dut.words_o[w] == (dut.show_i ? words[w] : 0));
    if (running && dut.tx_valid_i) {
      if (dut.tx_ready_i) {
        words[0] += std::uint32_t(__builtin_popcount(dut.tx_strobe_i)), words[1]++;
      } else {
        words[4]++;
      }
    }
    if (running && dut.rx_valid_i) {
      if (dut.rx_ready_i) {
        words[2] += std::uint32_t(__builtin_popcount(dut.rx_strobe_i)), words[3]++;
      } else {
        words[5]++;
      }
    }
    running |= dut.start_i;
    bench.tick();
  }
}

TEST_CASE("corrected words are counted by memory, and of lost ones the first memory's is the error") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vcommon_ecc> bench;
  auto& dut = bench.dut;
  std::uint32_t counts[3] = {};
  unsigned told[3] = {}, untold = 0;
  bool was_up = true;
  for (int cycle = 0; cycle < 50000; cycle++) {
    CAPTURE(cycle);
    dut.core_rst_ni = !chance(random, 2);   // a soft reset: what is counted stays
    dut.scratchpad_corrected_i = chance(random, 30) ? random() & 255 : 0;
    dut.accumulators_corrected_i = chance(random, 30) ? random() & 255 : 0;
    dut.queues_corrected_i = chance(random, 30) ? random() & 63 : 0;
    dut.scratchpad_double_i = chance(random, 10) ? 1u << random() % 6 : 0;
    dut.accumulators_double_i = chance(random, 10) ? 1u << random() % 6 : 0;
    dut.queues_double_i = chance(random, 10) ? 1u << random() % 5 : 0;
    dut.scratchpad_address_i = random() & 0xffffff, dut.accumulators_address_i = random() & 0xffffff, dut.queues_address_i = random() & 0xffffff;
    dut.queues_nameless_i = chance(random, 50);
    counts[0] += dut.scratchpad_corrected_i, counts[1] += dut.accumulators_corrected_i, counts[2] += dut.queues_corrected_i;
    bench.tick();
    for (unsigned m = 0; m < 3; m++) REQUIRE(dut.corrected_o[m] == counts[m]);
    const bool up = std::exchange(was_up, dut.core_rst_ni) && dut.core_rst_ni;
    if (!up) {   // what was read before or in the reset
      REQUIRE(dut.error_o == 0);
      untold += dut.scratchpad_double_i != 0;
      continue;
    }
    const bool queue = !dut.scratchpad_double_i && !dut.accumulators_double_i && dut.queues_double_i;
    REQUIRE(dut.error_o == (dut.scratchpad_double_i ? dut.scratchpad_double_i : dut.accumulators_double_i ? dut.accumulators_double_i : dut.queues_double_i));
    REQUIRE(bool(dut.nameless_o) == (queue && dut.queues_nameless_i));
    if (!dut.error_o) continue;
    const unsigned memory = dut.scratchpad_double_i ? 0 : dut.accumulators_double_i ? 1 : 3;
    REQUIRE(dut.info_o == (memory << 24 | (memory == 0 ? dut.scratchpad_address_i : memory == 1 ? dut.accumulators_address_i : dut.queues_address_i)));
    REQUIRE(bool(dut.head_o) == queue);
    told[memory == 3 ? 2 : memory]++;
  }
  for (const unsigned n : told) CHECK(n > 1000);
  CHECK(untold > 100);
  bench.reset();
  for (unsigned m = 0; m < 3; m++) CHECK(dut.corrected_o[m] == 0);
}
