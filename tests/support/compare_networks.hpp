// SPDX-License-Identifier: Apache-2.0
// Runs a graph on a device and compares every tensor it gives with golden.
#pragma once
#include <string>

#include "at_rest.hpp"
#include "catch.hpp"
#include "twill/golden/run.hpp"
#include "twill/runtime.hpp"

namespace twill::test {

using Bytes = std::vector<std::uint8_t>;

/// Fails, with operator, coordinates, expected and got, unless every tensor of `result` that is there equals `golden`. With
/// `all`, every operator's output must be there.
inline void require_equal(const Graph& graph, const JobResult& result, const golden::Values& golden, bool all) {
  for (int t : graph.outputs) REQUIRE_FALSE(result.tensors[static_cast<std::size_t>(t)].empty());
  for (std::size_t op = 0; op < graph.operators.size(); ++op)
    for (int t : graph.operators[op].outputs) {
      const Bytes& got = result.tensors[static_cast<std::size_t>(t)];
      const Bytes& expected = golden[static_cast<std::size_t>(t)];
      if (all) REQUIRE_FALSE(got.empty());
      if (got.empty() || got == expected) continue;
      REQUIRE(got.size() == expected.size());
      std::size_t at = 0;
      while (got[at] == expected[at]) ++at;
      std::string where;
      const auto& shape = graph.tensors[static_cast<std::size_t>(t)].shape;
      std::size_t rest = at / size_of(graph.tensors[static_cast<std::size_t>(t)].type);
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        where = std::to_string(rest % static_cast<std::size_t>(shape[axis])) + (where.empty() ? "" : ", ") + where;
        rest /= static_cast<std::size_t>(shape[axis]);
      }
      FAIL("operator " << op << " (" << graph.operators[op].type << "), tensor " << t << " at (" << where << "): expected " << int(static_cast<std::int8_t>(expected[at])) << ", got "
                       << int(static_cast<std::int8_t>(got[at])));
    }
}

/// Maps, runs, compares; gives the plan and the result for what a test wants to know besides.
struct Run {
  Plan plan;
  JobResult result;
};
inline Run run_and_compare(Device& device, const Graph& graph, const std::vector<Bytes>& inputs, bool every_layer) {
  MapOptions options;
  options.every_layer = every_layer;
  Run run{map_graph(graph, Machine::of(device), options), {}};
  run.result = Runtime(device).run(graph, run.plan, inputs);
  require_equal(graph, run.result, golden::run(graph, inputs), every_layer);
  expect_device_at_rest(device);
  return run;
}

}  // namespace twill::test
