// SPDX-License-Identifier: Apache-2.0
// What networks and streams use a few of: a token goes through all semaphores, from queue to queue.
#include <iostream>
#include <vector>

#include "chip/commands/bench.hpp"
#include "twin.hpp"
#include "workloads.hpp"

using netlist::comparison;

void netlist::run_semaphores() {
  using namespace bench;
  Bench b("tiny");
  constexpr unsigned commands = 2 * contract::semaphores;
  std::vector<Command> ring;
  for (unsigned i = 0; i < commands; i++) {
    contract::Mark one = mark(static_cast<contract::Queue>(i % 5), i, i + 1 == commands);
    if (i > 0) one.slots.wait0 = Slot::on((i - 1) % contract::semaphores);
    if (i + 1 < commands) one.slots.signal0 = Slot::on(i % contract::semaphores);
    ring.push_back(one.encode());
  }
  b.run(ring);
  INFO(comparison.first);
  REQUIRE(comparison.different == 0);
}

TEST_CASE("a token through all semaphores") {
  comparison = {};
  netlist::run_semaphores();
  CHECK(comparison.rtl.value == comparison.netlist.value);
  CHECK(comparison.cycles >= 500);
  std::cout << comparison.cycles << " cycles of a token's way are equal, hash " << std::hex << comparison.rtl.value << " and " << comparison.netlist.value
            << std::dec << '\n';
}
