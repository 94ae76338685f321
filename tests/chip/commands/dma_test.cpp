// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

using namespace bench;
using contract::Queue;

TEST_CASE("loads and stores run beside each other, nearly a word a cycle each way") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    b.leaves_work = true;   // what is measured is the middle of it
    // Large blocks in different banks, queued as deep as the ring is.
    const std::uint32_t bytes = b.scratchpad / 4;
    std::vector<Command> commands;
    for (int i = 0; i < 24; i++) {
      commands.push_back(load(0x100000, 0, bytes).encode());
      commands.push_back(store(0x900000, b.scratchpad / 2, bytes).encode());
    }
    commands.push_back(mark(Queue::store, 1, true).encode());
    b.issue(commands);
    b.chip->step(2000);
    const auto counter = [&](unsigned word) { return b.get(contract::reg::COUNTERS + 4 * (word - 4)); };
    const std::uint32_t loaded = counter(24), stored = counter(25), start = b.get(contract::reg::CYCLE_LO);
    b.chip->step(16 * bytes / b.word);
    const double most = double(b.get(contract::reg::CYCLE_LO) - start) * b.word;
    CHECK(counter(24) - loaded > 0.9 * most);
    CHECK(counter(25) - stored > 0.9 * most);
  }
}
