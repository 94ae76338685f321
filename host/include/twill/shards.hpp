// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/program.hpp"
#include "twill/runtime.hpp"
#include "twill/system.hpp"

namespace twill {

/// What a group of chips left that ran a network with its layers split.
struct ShardResult {
  /// By tensor, as in JobResult. Of an output that every chip has, rank 0's; of one left split, put together from all.
  std::vector<std::vector<std::uint8_t>> tensors;
  /// By rank, then as in Plan::outputs, as they lie in the chips' DRAM.
  std::vector<std::vector<std::vector<std::uint8_t>>> outputs;
  std::vector<Outcome> outcomes;   ///< by chip of the system
  std::vector<JobReport> reports;  ///< by rank

  std::uint64_t cycles() const;  ///< from the start of all to the end of the last; 0 on a system without time
};

/// Resets the system and runs the plans of map_shards(), rank r on chip `chips[r]`; other chips stay idle. `inputs` are the network's in their
/// order. options.memory_silence is the machine's where it is 0. Throws as Runtime::run and launch() do.
ShardResult run_shards(System& system, const Graph& graph, const std::vector<Plan>& plans, const std::vector<unsigned>& chips,
                       const std::vector<std::vector<std::uint8_t>>& inputs, LaunchOptions options = {});

}  // namespace twill
