// SPDX-License-Identifier: Apache-2.0
// One eval a cycle or two: the same program takes the same cycles, with the same counters, bytes and sleep.
#include "bench.hpp"
#include "first_chip.hpp"
#include "verilated_chip.hpp"

using namespace bench;

namespace {

struct Trace {
  std::vector<std::uint32_t> counters;  ///< cycles, registers and mark records
  std::vector<std::uint8_t> stored;
};

template <bool OneEval>
Trace trace() {
  Bench b(std::make_unique<tb::VerilatedChip<FirstChip, first_word, OneEval>>(tb::ChipOptions{}));
  std::mt19937 random(3);
  b.poke(0x1000, random_bytes(random, 4096));
  Trace t;
  const auto note = [&](std::uint64_t value) { t.counters.push_back(static_cast<std::uint32_t>(value)); };
  for (std::uint32_t round = 0; round < 6; ++round) {
    // An odd address and length: every byte lane moves. The array multiplies what is there, so that its sums go to DRAM, too.
    const std::uint32_t at = 64 * round + round, bytes = 2100 + 77 * round, words = 64;
    auto in = load(0x1000 + round, at, bytes);
    in.slots.signal0 = Slot::on(1), in.slots.signal1 = Slot::on(3);
    contract::Conv conv;
    conv.x_step = conv.run_bytes = b.word;
    conv.out_w = words, conv.row_bytes = words * b.word, conv.in_rows = 1;
    conv.slots.wait0 = Slot::on(1), conv.slots.tile_signal = Slot::on(8);
    auto out = store(0x9000, at, bytes);
    out.slots.wait0 = Slot::on(3);
    auto sums = store(0xa000, 0, words * b.word * 4);
    sums.space = static_cast<std::uint32_t>(contract::Space::accumulators);
    sums.slots.wait0 = Slot::on(8);
    b.run({in.encode(), conv.encode(), out.encode(), sums.encode(), mark(contract::Queue::store, round, true).encode()});
    for (const std::uint32_t word : b.mark().words) note(word);
    note(b.chip->cycles());
    b.chip->step(1000 * round);  // it falls asleep, and wakes to be asked
    note(b.get(contract::reg::CYCLE_LO));
    note(b.chip->slept());
    for (const auto& [from, count] : {std::pair<std::uint64_t, std::size_t>{0x9000, bytes}, {0xa000, words * b.word * 4}})
      for (const std::uint8_t byte : b.peek(from, count)) t.stored.push_back(byte);
  }
  CHECK(b.chip->slept() > 5000);
  return t;
}

}  // namespace

TEST_CASE("one eval a cycle and two are the same chip") {
  if (!tb::Fall<FirstChip, true>::one_eval) WARN("this Verilator shows no note of the clock: there are two evals either way");
  CHECK_FALSE(tb::Fall<FirstChip, false>::one_eval);
  const Trace one = trace<true>(), two = trace<false>();
  CHECK(one.counters == two.counters);
  CHECK(one.stored == two.stored);
}
