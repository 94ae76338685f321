// SPDX-License-Identifier: Apache-2.0
#include <Vfront_waits.h>

#include <twill/contract.hpp>

#include "bench.hpp"

using twill::contract::Queue;
using twill::contract::Wait;

TEST_CASE("what each queue waits for, against the order of the contract") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_waits> bench;
  auto& dut = bench.dut;
  unsigned seen[5][10] = {};
  const auto bit = [&](unsigned percent) { return chance(random, percent); };
  const auto bits = [&](unsigned percent) {
    unsigned all = 0;
    for (unsigned q = 0; q < 5; q++) all |= unsigned(bit(percent)) << q;
    return all;
  };
  for (int round = 0; round < 20000; round++) {
    CAPTURE(round);
    dut.ask_i = 1;
    bench.tick();
    dut.ask_i = 0;
    dut.slot_i = 0;
    for (unsigned q = 0; q < 5; q++) dut.slot_i |= (unsigned(bit(40)) << 5 | random() % 32) << (6 * q);
    dut.positive_i = random();
    dut.awake_i = bit(20) ? 0 : bits(80);
    dut.state_i = random() & 0x3ff;
    dut.mark_owed_i = bit(40), dut.scratchpad_i = bits(10), dut.accumulators_i = bits(10);
    dut.receive_scratchpad_i = bit(20), dut.receive_accumulators_i = bit(20), dut.receive_i = bit(50), dut.credit_i = bit(40), dut.fetch_i = bit(50);
    dut.read_address_i = bit(30), dut.read_owed_i = bit(30), dut.write_address_i = bit(30), dut.write_data_i = bit(30), dut.write_owed_i = bit(30);
    bench.tick();
    const Wait reads = dut.read_owed_i ? Wait::read_data : dut.read_address_i ? Wait::read_address : Wait::nothing;
    const Wait writes = dut.write_address_i ? Wait::write_address : dut.write_data_i ? Wait::write_data : dut.write_owed_i ? Wait::write_response : Wait::nothing;
    unsigned semaphores = 0;
    for (unsigned q = 0; q < 5; q++) {
      CAPTURE(q);
      const auto queue = static_cast<Queue>(q);
      const unsigned slot = dut.slot_i >> (6 * q) & 63u;
      Wait expected = Wait::nothing;
      if (!(dut.awake_i >> q & 1u) || !(dut.state_i >> (2 * q + 1) & 1u)) {
      } else if (dut.scratchpad_i >> q & 1u) {
        expected = Wait::scratchpad;
      } else if (dut.accumulators_i >> q & 1u) {
        expected = Wait::accumulators;
      } else if (slot & 32u && !(dut.positive_i >> (slot & 31u) & 1u)) {
        expected = Wait::semaphore;
      } else if (queue == Queue::network && dut.credit_i) {
        expected = Wait::credit;
      } else if (queue == Queue::load && reads != Wait::nothing) {
        expected = reads;
      } else if (queue == Queue::store || dut.mark_owed_i) {
        expected = writes;
      }
      semaphores |= unsigned(expected == Wait::semaphore) << q;
      REQUIRE((dut.waits_o >> (4 * q) & 15u) == unsigned(expected));
      seen[q][unsigned(expected)]++;
    }
    REQUIRE(dut.semaphore_o == semaphores);
    const bool empty = dut.awake_i == 0;
    REQUIRE((dut.waits_o >> 20 & 15u) == unsigned(empty && dut.fetch_i ? reads : Wait::nothing));
    REQUIRE((dut.waits_o >> 24 & 15u) == unsigned(empty && dut.mark_owed_i ? writes : Wait::nothing));
    const Wait message = dut.receive_scratchpad_i ? Wait::scratchpad : dut.receive_accumulators_i ? Wait::accumulators : writes;
    REQUIRE((dut.waits_o >> 28 & 15u) == unsigned(dut.receive_i ? message : Wait::nothing));
    const auto said = dut.waits_o;
    dut.slot_i = random() & 0x3fffffff, dut.positive_i = random(), dut.scratchpad_i = bits(50), dut.read_owed_i = bit(50), dut.receive_i = bit(50);
    bench.tick();
    REQUIRE(dut.waits_o == said);  // until it is asked again
    REQUIRE(dut.semaphore_o == semaphores);
  }
  for (unsigned q = 0; q < 5; q++)
    for (const Wait wait : {Wait::nothing, Wait::semaphore, Wait::write_address, Wait::write_data, Wait::write_response, Wait::scratchpad, Wait::accumulators})
      CHECK(seen[q][unsigned(wait)] > 50);
  CHECK(seen[unsigned(Queue::load)][unsigned(Wait::read_data)] > 50);
  CHECK(seen[unsigned(Queue::load)][unsigned(Wait::read_address)] > 50);
  CHECK(seen[unsigned(Queue::network)][unsigned(Wait::credit)] > 50);
}
