// SPDX-License-Identifier: Apache-2.0
// Random networks on the functional chip: the mapping, both ways, under the schedules that would show a missing dependency.
#include "catch.hpp"
#include "random_network.hpp"
#include "twill/functional_device.hpp"
#include "twill/golden/run.hpp"
#include "twill/runtime.hpp"

using namespace twill;

namespace {

void run_and_compare(const Graph& graph, std::uint64_t seed, const char* configuration, bool every_layer, const FunctionalOptions& options) {
  INFO("seed " << seed << ", " << configuration << (every_layer ? ", every layer" : "") << ", schedule " << static_cast<int>(options.schedule));
  const auto device = make_functional_device(configuration, options);
  MapOptions map;
  map.every_layer = every_layer;
  const Plan plan = map_graph(graph, Machine::of(*device), map);
  const auto inputs = test::random_inputs(graph, seed);
  const JobResult result = Runtime(*device).run(graph, plan, inputs);
  const auto golden = golden::run(graph, inputs);
  for (int t : graph.outputs) REQUIRE_FALSE(result.tensors[static_cast<std::size_t>(t)].empty());
  for (std::size_t op = 0; op < graph.operators.size(); ++op)
    for (int t : graph.operators[op].outputs) {
      const auto& got = result.tensors[static_cast<std::size_t>(t)];
      const auto& expected = golden[static_cast<std::size_t>(t)];
      if (every_layer) REQUIRE_FALSE(got.empty());
      if (got.empty() || got == expected) continue;
      std::size_t at = 0;
      while (at < got.size() && got[at] == expected[at]) ++at;
      FAIL("operator " << op << " (" << graph.operators[op].type << "), tensor " << t << ", element " << at << ": expected " << int(static_cast<std::int8_t>(expected[at]))
                       << ", got " << (at < got.size() ? int(static_cast<std::int8_t>(got[at])) : 999));
    }
}

}  // namespace

TEST_CASE("200 random networks equal golden on the functional chip") {
  const std::uint64_t first = test::seed_or(1000);
  const char* const configurations[] = {"tiny", "base", "small", "large"};
  const Schedule schedules[] = {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random};
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    const Graph graph = test::random_network(seed);
    FunctionalOptions options;
    options.schedule = schedules[seed % 4];
    options.seed = seed;
    run_and_compare(graph, seed, configurations[seed / 4 % 4], false, options);
    run_and_compare(graph, seed, configurations[seed / 4 % 4], true, options);
  }
}
