// SPDX-License-Identifier: Apache-2.0
#include <Vfront_counters.h>

#include <array>
#include <cstring>

#include <twill/contract.hpp>

#include "bench.hpp"

TEST_CASE("counters and records agree with counting by hand, the states of an engine sum to the cycles") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_counters> bench;
  auto& dut = bench.dut;
  std::array<std::uint32_t, 32> words{};  // of a mark record
  words[31] = 0x4b52414d;
  constexpr unsigned field[] = {3, 0, 1, 2};  // record order busy, starved, blocked, idle of State
  bool running = false;
  std::uint64_t cycles = 0;
  std::array<std::uint32_t, 5> states{};
  std::uint32_t exposed = 0, exposed_run = 0;  // up to the last change of a state, and since
  unsigned last_bits = 0;

  for (int cycle = 0; cycle < 50000; cycle++) {
    CAPTURE(cycle);
    dut.start_i = cycle == 100 || cycle == 4000;  // a second doorbell changes nothing
    unsigned state_bits = 0;
    for (unsigned e = 0; e < 5; e++) {
      if (chance(random, 20)) states[e] = cycle % 3000 < 500 ? 0 : random() % 4;
      state_bits |= states[e] << (2 * e);
    }
    dut.state_i = state_bits;
    dut.elapsed_i = chance(random, 95) ? 1 : 2 + random() % 4095;   // an edge may stand for many cycles
    dut.loaded_i = chance(random, 50) ? random() % 65 : 0;
    dut.stored_i = chance(random, 50) ? random() % 65 : 0;
    dut.operand_i = random() & 1;
    dut.weight_i = random() & 1;
    dut.result_i = random() & 1;
    dut.complete_i = chance(random, 10) ? random() & 31 : 0;
    dut.snapshot_i = chance(random, 2);
    dut.tag_i = random();
    dut.queue_i = random() % 5;
    dut.sequence_i = random();
    dut.read_i = chance(random, 30);
    dut.read_word_i = 4 + random() % 28;
    words[0] = dut.tag_i, words[1] = dut.queue_i, words[30] = dut.sequence_i;
    words[2] = static_cast<std::uint32_t>(cycles), words[3] = static_cast<std::uint32_t>(cycles >> 32);
    const auto before = words;
    bench.tick();
    if (dut.snapshot_i)
      for (unsigned w = 0; w < 32; w++) {
        CAPTURE(w);
        REQUIRE(dut.record_o[w] == before[w]);
      }
    if (dut.read_i) {
      CAPTURE(unsigned(dut.read_word_i));
      REQUIRE(dut.value_o == before[dut.read_word_i]);
    }
    if (running) {
      cycles += dut.elapsed_i;
      if (state_bits != last_bits) exposed += exposed_run, exposed_run = 0, last_bits = state_bits;
      if (states[4] != 0 && states[1] != 1 && states[2] != 1) exposed_run += dut.elapsed_i;
      for (unsigned e = 0; e < 5; e++) words[4 + 4 * e + field[states[e]]] += dut.elapsed_i;
      words[24] += dut.loaded_i, words[25] += dut.stored_i;
      words[26] += dut.operand_i, words[27] += dut.weight_i, words[28] += dut.result_i;
      words[29] += static_cast<std::uint32_t>(__builtin_popcount(dut.complete_i));
    }
    running |= dut.start_i;
    REQUIRE(dut.cycle_o == cycles);
    REQUIRE(dut.exposed_o == exposed);
  }
}

TEST_CASE("counters wrap at 32 bits, and still sum to the cycles, which have 64") {
  Bench<Vfront_counters> bench;
  auto& dut = bench.dut;
  dut.start_i = 1;
  dut.elapsed_i = 1;
  bench.tick();
  dut.start_i = 0;
  dut.state_i = 0b00'10'01'11'01;   // load busy, array blocked, post busy, store starved, network idle
  std::uint64_t cycles = 0;
  dut.elapsed_i = 4096;
  constexpr unsigned held[] = {0, 2, 0, 1, 3};   // of busy, starved, blocked, idle
  while (cycles < (1ull << 32) + 100'000) {
    dut.snapshot_i = (cycles >> 12) % 10007 == 10006;
    bench.tick();
    for (unsigned w = 4; dut.snapshot_i && w < 24; w++) {
      CAPTURE(cycles, w);
      REQUIRE(dut.record_o[w] == (w % 4 == held[w / 4 - 1] ? static_cast<std::uint32_t>(cycles) : 0));
    }
    cycles += 4096;
  }
  dut.snapshot_i = 0;
  dut.elapsed_i = 1;
  CHECK(dut.cycle_o == cycles);
  const auto counter = [&](unsigned word) {
    dut.read_i = 1, dut.read_word_i = word;
    bench.tick();
    cycles++;
    return dut.value_o;
  };
  for (unsigned e = 0; e < 5; e++) {
    CAPTURE(e);
    for (unsigned f = 0; f < 4; f++) {
      const auto now = static_cast<std::uint32_t>(cycles);
      CHECK(counter(4 + 4 * e + f) == (f == held[e] ? now : 0));
    }
  }
}
