// SPDX-License-Identifier: Apache-2.0
// The command queues with SEC-DED: single flips change nothing but a counter, double ones stop the queue and are named.
#include <Vfront_queues_ecc.h>

#include <set>
#include <tuple>

#include "ecc_memories.hpp"
#include "queue_bench.hpp"

using namespace queues;
using Dut = Vfront_queues_ecc;

namespace {

void flip(const Bench<Dut>& bench, unsigned queue, unsigned entry, unsigned lane, unsigned bit) {
  Fault fault;
  fault.memory = contract::Space::queue_memory;
  fault.queue = static_cast<contract::Queue>(queue);
  fault.address = entry * 128 + lane * 8;
  fault.bit = bit;
  tb::EccMemories(*bench.context, "", "", "dut.twill_queues", 16).flip(fault);
}

void push(Bench<Dut>& bench, unsigned queue, const Command& command, unsigned index) {
  set(bench.dut.cmd_i.data(), command);
  bench.dut.index_i = index;
  bench.dut.push_i = 1u << queue;
  bench.tick();
  bench.dut.push_i = 0;
}

}  // namespace

TEST_CASE("five queues with ECC go on as ever while bits flip") {
  std::mt19937 random(twill_seed());
  std::set<std::tuple<unsigned, unsigned, unsigned>> flipped;   // queue, entry, code word
  unsigned pushed[5] = {}, flips = 0, corrected = 0;
  five_queues<Dut>([&](Bench<Dut>& bench, int target) {
    REQUIRE(bench.dut.double_o == 0);
    corrected += bench.dut.corrected_o;
    for (int i = 0; i < 2; ++i) {
      const std::tuple at{random() % 5, random() % contract::queue_depth, random() % 9};
      const auto [queue, entry, lane] = at;
      if (!flipped.insert(at).second) continue;
      flip(bench, queue, entry, lane, random() % (lane < 8 ? 72 : 39));
      ++flips;
    }
    if (target >= 0) {   // written anew
      const unsigned entry = pushed[target]++ % contract::queue_depth;
      for (unsigned lane = 0; lane < 9; ++lane) flipped.erase({target, entry, lane});
    }
    if (!bench.dut.rst_ni) std::fill(std::begin(pushed), std::end(pushed), 0u);
  });
  CHECK(corrected > 10000);
  CHECK(corrected <= flips);
}

TEST_CASE("each code word of a command that is put right is counted once") {
  std::mt19937 random(twill_seed());
  for (unsigned q = 0; q < 5; ++q) {
    for (unsigned round = 0; round < 30; ++round) {
      const unsigned lanes = round < 9 ? 1u << round : random() & 0x1ff;
      CAPTURE(q, lanes);
      Bench<Dut> bench;
      auto& dut = bench.dut;
      dut.run_i = 1;
      contract::Nop waits;
      waits.slots.wait0 = contract::Slot::on(3);
      push(bench, q, waits.encode(), 70);   // it waits; the next one lies in the memory
      bench.tick();
      bench.tick();
      push(bench, q, contract::Load{}.encode(), 71);
      bench.tick();
      const unsigned other = (q + 1) % 5;   // its commands, whole, are read after that
      unsigned expected = 0, corrected = 0;
      for (unsigned lane = 0; lane < 9; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        flip(bench, q, 1, lane, random() % (lane < 8 ? 72 : 39));
        ++expected;
      }
      dut.take_ok_i = 31;
      for (int i = 0; i < 30; ++i) {
        bench.settle();
        REQUIRE(dut.double_o == 0);
        corrected += dut.corrected_o;
        dut.push_i = i > 10 && i % 4 == 0 ? 1u << other : 0;
        bench.tick();
      }
      CHECK(dut.cmd_valid_o == (1u << q | 1u << other));
      CHECK(corrected == expected);
    }
  }
}

TEST_CASE("a command of which a code word is lost goes nowhere, and is named") {
  std::mt19937 random(twill_seed());
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    Bench<Dut> bench;
    auto& dut = bench.dut;
    dut.run_i = 1;
    const unsigned q = random() % 5, lane = random() % 9, bits = lane < 8 ? 72 : 39;
    contract::Nop waits;
    waits.slots.wait0 = contract::Slot::on(3);
    push(bench, q, waits.encode(), 70);   // it waits; the next one lies in the memory
    bench.tick();
    bench.tick();
    const unsigned kind = random() % 3;
    push(bench, q, kind == 0 ? contract::Load{}.encode() : kind == 1 ? contract::Nop{}.encode() : contract::Mark{}.encode(), 71);
    bench.tick();
    const unsigned first = random() % bits, second = (first + 1 + random() % (bits - 1)) % bits;
    flip(bench, q, 1, lane, first);
    flip(bench, q, 1, lane, second);
    dut.take_ok_i = 31;
    dut.cmd_ready_i = dut.mark_ready_i = 31;
    unsigned reports = 0, completed = 0;
    for (int i = 0; i < 30; ++i) {
      bench.settle();
      REQUIRE(dut.cmd_valid_o == 0);
      REQUIRE(dut.mark_valid_o == 0);
      completed += dut.complete_o != 0;   // the first only
      CHECK(dut.corrected_o == 0);
      if (dut.double_o) {
        ++reports;
        CHECK(unsigned{dut.double_o} == 1u << q);
        CHECK(dut.address_o == 128 + lane * 8);
        CHECK(bool{dut.nameless_o != 0} == (lane == 8));
      }
      bench.tick();
    }
    CHECK(reports == 1);
    CHECK(completed == 1);
    dut.blame_i = dut.blame_head_i = 1;
    bench.tick();
    if (lane < 8) CHECK(dut.blamed_index_o[q] == 71);
  }
}

TEST_CASE("a word that is lost is blamed on the command that was the oldest not done three cycles ago") {
  for (int later = 1; later < 8; ++later) {
    CAPTURE(later);
    Bench<Dut> bench;
    auto& dut = bench.dut;
    dut.run_i = 1;
    dut.cmd_ready_i = 31;
    push(bench, 2, contract::Load{}.encode(), 40);
    push(bench, 2, contract::Load{}.encode(), 41);
    for (int i = 0; i < 12; ++i) bench.tick();
    dut.done_i = 1 << 2;
    bench.tick();
    dut.done_i = 0;
    for (int i = 1; i < later; ++i) bench.tick();
    dut.blame_i = dut.blame_late_i = 1;
    bench.tick();
    CHECK(dut.blamed_index_o[2] == (later <= 3 ? 40 : 41));
  }
}
