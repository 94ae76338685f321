// SPDX-License-Identifier: Apache-2.0
// Random networks on the functional chip: the mapping, both ways, under the schedules that would show a missing dependency.
#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

TEST_CASE("200 random networks equal golden on the functional chip") {
  const std::uint64_t first = test::seed_or(1000);
  const char* const configurations[] = {"tiny", "base", "small", "large"};
  const Schedule schedules[] = {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random};
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    const Graph graph = test::random_network(seed);
    FunctionalOptions options;
    options.schedule = schedules[seed % 4];
    options.seed = seed;
    const char* configuration = configurations[seed / 4 % 4];
    const auto device = make_functional_device(configuration, options);
    for (bool every_layer : {false, true}) {
      INFO("seed " << seed << ", " << configuration << (every_layer ? ", every layer" : "") << ", schedule " << static_cast<int>(options.schedule));
      test::run_and_compare(*device, graph, test::random_inputs(graph, seed), every_layer);
    }
  }
}
