// SPDX-License-Identifier: Apache-2.0
// Random networks on the functional chip: the mapping, both ways, under the schedules that would show a missing dependency.
#include <algorithm>

#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

TEST_CASE("40 large random networks equal golden on the functional chip, and keeping tensors is never predicted slower than not") {
  const std::uint64_t first = test::seed_or(2000);
  const char* const configurations[] = {"tiny", "base", "small", "large"};
  int refused = 0, larger_than_scratchpad = 0;
  for (std::uint64_t seed = first; seed < first + 40; ++seed) {
    const Graph graph = test::random_network(seed, test::large_networks());
    const char* configuration = configurations[seed % 4];
    const auto device = make_functional_device(configuration);
    INFO("seed " << seed << ", " << configuration);
    const auto bytes = [&](const Tensor& t) { return !t.constant() && t.bytes() > Machine::of(*device).scratchpad; };
    larger_than_scratchpad += std::any_of(graph.tensors.begin(), graph.tensors.end(), bytes);
    try {
      const test::Run run = test::run_and_compare(*device, graph, test::random_inputs(graph, seed), false);
      const test::Run every = test::run_and_compare(*device, graph, test::random_inputs(graph, seed), true);
      CHECK(run.plan.predicted_cycles <= every.plan.predicted_cycles);
    } catch (const MachineTooSmall& e) {  // a permutation of an image larger than the scratchpad, for instance
      INFO(e.what());
      CHECK(seed % 4 != 3);
      ++refused;
    }
  }
  WARN(refused << " too large for their machine, " << larger_than_scratchpad << " with a tensor larger than the scratchpad");
  CHECK(refused <= 10);
  CHECK(larger_than_scratchpad >= 10);
}

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
      INFO("seed " << seed << ", " << configuration << (every_layer ? ", every layer" : "") << ", schedule "
                   << static_cast<int>(options.schedule));
      test::run_and_compare(*device, graph, test::random_inputs(graph, seed), every_layer);
    }
  }
}
