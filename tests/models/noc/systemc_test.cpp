// SPDX-License-Identifier: Apache-2.0
// The network inside SystemC is the network outside.
#include <stdexcept>

#include "catch.hpp"
#include "twill/noc/simulation.hpp"
#include "twill/noc_systemc/network_module.hpp"

namespace {

using namespace twill::noc;

TEST_CASE("Each router is a module, a window of time moves the network by a window, and what it throws comes out") {
  Fabric fabric(parse_topology("mesh:2x2"), {});
  const Traffic traffic("uniform", fabric.topology());
  Simulation plain(fabric, traffic, {});
  while (!plain.done()) plain.advance(7);

  Fabric inside(parse_topology("mesh:2x2"), {});
  Simulation simulation(inside, traffic, {});
  bool fail = false;
  NetworkModule module("network", inside, 100, [&] {
    if (fail) throw std::runtime_error("on purpose");
    simulation.advance(100);
  });
  REQUIRE(module.routers().size() == 4);
  CHECK(std::string(module.routers()[3]->name()) == "network.router_3");
  CHECK(&module.routers()[3]->router() == &inside.router(3));
  for (std::uint64_t windows = 1; !simulation.done(); ++windows) {
    module.run();
    CHECK(sc_core::sc_time_stamp() == sc_core::sc_time(static_cast<double>(windows * 100), sc_core::SC_NS));
    if (!simulation.done()) REQUIRE(simulation.now() == windows * 100);
  }
  CHECK(simulation.result().mean_latency == plain.result().mean_latency);
  CHECK(simulation.result().packets == plain.result().packets);
  fail = true;
  CHECK_THROWS_WITH(module.run(), "on purpose");
}

}  // namespace
