// SPDX-License-Identifier: Apache-2.0
// What the mapper decides for the published networks, by its own prediction.
#include "networks.hpp"
#include "twill/configurations.hpp"
#include "twill/mapper.hpp"
#include "twill/tflite.hpp"

using namespace twill;

TEST_CASE("keeping tensors on the chip is never predicted slower than bringing each to DRAM") {
  for (const char* name : test::networks) {
    const auto folder = test::network(name);
    if (!folder) continue;
    const Graph graph = import_tflite((*folder / "model.tflite").string());
    for (const contract::Configuration& configuration : contract::configurations) {
      MapOptions every_layer;
      every_layer.every_layer = true;
      INFO(name << " on " << configuration.name);
      REQUIRE(map_graph(graph, Machine::of(configuration)).predicted_cycles <=
              map_graph(graph, Machine::of(configuration), every_layer).predicted_cycles);
    }
  }
}
