// SPDX-License-Identifier: Apache-2.0
// How long a simulated cycle takes. The bounds only catch a slow build; machines under load vary.
#include <ctime>

#include "bench.hpp"

using namespace bench;
using contract::Queue;

namespace {

double nanoseconds_a_cycle(tb::Chip& chip, std::uint64_t cycles) {
  const std::clock_t start = std::clock();  // of the process: others may use the machine, too
  chip.step(cycles);
  return 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / static_cast<double>(cycles);
}

}  // namespace

TEST_CASE("simulation rate: idle, and DMA both ways") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    b.chip->step(1000);
    const double idle = nanoseconds_a_cycle(*b.chip, 300000);
    // Loads and stores of large blocks in different banks, queued as deep as the ring is.
    const std::uint32_t bytes = b.scratchpad / 4;
    std::vector<Command> commands;
    for (int i = 0; i < 24; i++) {
      commands.push_back(load(0x100000, 0, bytes).encode());
      commands.push_back(store(0x900000, b.scratchpad / 2, bytes).encode());
    }
    commands.push_back(mark(Queue::store, 1, true).encode());
    b.issue(commands);
    b.chip->step(2000);
    const std::uint64_t cycles = 16 * bytes / b.word;
    const std::uint32_t before = b.get(contract::reg::COUNTERS + 4 * (24 - 4)), at = b.get(contract::reg::CYCLE_LO);
    const double dma = nanoseconds_a_cycle(*b.chip, cycles);
    const std::uint32_t moved = b.get(contract::reg::COUNTERS + 4 * (24 - 4)) - before, took = b.get(contract::reg::CYCLE_LO) - at;
    WARN(name << ": " << idle << " ns an idle cycle; " << dma << " ns a cycle loading and storing, " << double(moved) / took << " bytes loaded a cycle");
    CHECK(idle < 2000);
    CHECK(moved > took * b.word / 2);
  }
}
