// SPDX-License-Identifier: Apache-2.0
// Runs a graph split among chips and compares what every chip has with golden.
#pragma once
#include <numeric>

#include "compare_networks.hpp"
#include "twill/shards.hpp"

namespace twill::test {

/// The first `ranks` chips of a system.
inline std::vector<unsigned> first_chips(unsigned ranks) {
  std::vector<unsigned> chips(ranks);
  std::iota(chips.begin(), chips.end(), 0u);
  return chips;
}

/// What a chip has of every output - its own channels, where they stay split - equals golden.
inline void require_equal_everywhere(const Graph& graph, const std::vector<Plan>& plans, const ShardResult& result, const golden::Values& golden) {
  for (std::size_t rank = 0; rank < plans.size(); ++rank)
    for (std::size_t k = 0; k < plans[rank].outputs.size(); ++k) {
      const PlanTensor& out = plans[rank].outputs[k];
      const Bytes& got = result.outputs[rank][k];
      const Bytes& expected = golden[static_cast<std::size_t>(out.tensor)];
      if (expected.empty()) continue;  // a name RESHAPE gave away
      REQUIRE(got.size() == expected.size());
      const PlanTensor::Slice slice = out.slice.value_or(PlanTensor::Slice{got.size(), 0, got.size()});
      for (std::size_t pixel = 0; pixel < got.size(); pixel += slice.pixel)
        for (std::size_t at = pixel + slice.first; at < pixel + slice.first + slice.bytes; ++at)
          if (got[at] != expected[at])
            FAIL("rank " << rank << ", tensor " << out.tensor << ", byte " << at << ": expected " << int(expected[at]) << ", got " << int(got[at]));
    }
  require_equal(graph, {result.tensors, {}}, golden, false);
}

struct ShardRun {
  std::vector<Plan> plans;
  ShardResult result;
};
inline ShardRun run_shards_and_compare(System& system, const Graph& graph, const std::vector<Bytes>& inputs, const golden::Values& golden,
                                       ShardOptions shards, bool every_layer = false) {
  MapOptions options;
  options.every_layer = every_layer;
  ShardRun run{map_shards(graph, Machine::of(system.chip(0)), shards, {options}), {}};
  run.result = run_shards(system, graph, run.plans, shards.chips, inputs);
  require_equal_everywhere(graph, run.plans, run.result, golden);
  return run;
}

}  // namespace twill::test
