// SPDX-License-Identifier: Apache-2.0
// Chips without SystemC: any link, any access.
#include "system_programs.hpp"
#include "twill/tb/bare_system.hpp"

using namespace test;
namespace reg = contract::reg;

namespace {

tb::BareSystem make(unsigned chips, unsigned link_latency) {
  noc::NetworkOptions network;
  network.link_latency = link_latency;
  return {tb::built_configurations().front(), chips, network};
}

}  // namespace

TEST_CASE("an access takes as many windows as the chip needs, however short the links are") {
  for (const unsigned latency : {1u, 2u, 7u, 8u, 16u}) {
    CAPTURE(latency);
    tb::BareSystem system = make(3, latency);
    for (unsigned rank = 0; rank < 3; ++rank) {
      CHECK(system.chip(rank).read_register(reg::NODE) == (rank | 3u << 8));
      system.chip(rank).write_register(reg::RING_LO, 64 * (rank + 1));
      CHECK(system.chip(rank).read_register(reg::RING_LO) == 64 * (rank + 1));
      for (unsigned other = 0; other < 3; ++other) CHECK(system.bare(other).cycles() == system.cycles());
    }
    const RandomMessages job(3, 20, 7);
    job.clear(system);
    launch(system, job.programs());
    const bool right = job.results(system) == job.expected();
    CHECK(right);
  }
}

TEST_CASE("a register that there is not is named, and the chips stay in step") {
  for (const unsigned latency : {1u, 16u}) {
    tb::BareSystem system = make(2, latency);
    CHECK_THROWS_WITH(system.chip(1).read_register(0xffc), "there is no register at offset 4092");
    CHECK_THROWS_WITH(system.chip(1).write_register(0xffc, 1), "there is no register at offset 4092");
    CHECK(system.bare(0).cycles() == system.bare(1).cycles());
    CHECK(system.chip(1).read_register(reg::NODE) == (1u | 2u << 8));
  }
}
