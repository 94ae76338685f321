// SPDX-License-Identifier: Apache-2.0
// A product split by columns: every chip multiplies the whole input by its columns of the weights, as the mapper splits any layer;
// chips that differ each have as many columns as they can make in the time of the others.
#include "twill/column_split.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "deal_columns.hpp"
#include "twill/error.hpp"
#include "twill/runtime.hpp"

namespace twill {
namespace {

std::uint64_t bytes_sent(const Program& program) {
  std::uint64_t bytes = 0;
  for (const contract::Command& command : program.commands)
    if (static_cast<contract::Opcode>(command.bits(0, 8)) == contract::Opcode::send) {
      const auto c = contract::Send::decode(command);
      bytes += std::uint64_t{c.remote_run} * c.remote_count0 * c.remote_count1 * c.remote_count2;
    }
  return bytes;
}

/// How many columns each rank is dealt, by what the mapper predicts for them. Ranks with equal machines take equally long; what a machine cannot make
/// takes it for ever.
std::vector<int> deal(const Graph& graph, int columns, const std::vector<Machine>& machines, const ShardOptions& shards) {
  std::map<std::pair<unsigned, int>, std::uint64_t> known;  // by the first rank with such a machine
  const auto cost = [&](unsigned rank, int some) -> std::uint64_t {
    if (some == 0 && !shards.gather_outputs) return 0;
    const auto like = static_cast<unsigned>(std::find(machines.begin(), machines.end(), machines[rank]) - machines.begin());
    const auto [at, is_new] = known.try_emplace({like, some});
    if (is_new) {
      // That rank has these columns, and one other has all the rest.
      ShardOptions two = shards;
      two.starts.assign(machines.size() + 1, columns);
      std::fill_n(two.starts.begin(), like + 1, like == 0 ? 0 : columns - some);
      two.starts.front() = 0;
      if (like == 0) two.starts[1] = some;
      try {
        at->second = map_share(graph, machines[like], two, like).predicted_cycles;
      } catch (const InputError&) {
        at->second = UINT64_MAX;
      }
    }
    return at->second;
  };
  return parallel::deal_columns(columns, machines, cost);
}

/// A plan for each rank; none for one that has nothing to do.
std::vector<std::optional<Plan>> map_columns(const Graph& graph, int columns, const std::vector<Machine>& machines, ShardOptions shards) {
  std::vector<std::optional<Plan>> plans;
  if (std::all_of(machines.begin(), machines.end(), [&](const Machine& m) { return m == machines.front(); })) {
    for (Plan& plan : map_shards(graph, machines.front(), shards)) plans.emplace_back(std::move(plan));
    return plans;
  }
  shards.starts = {0};
  for (const int some : deal(graph, columns, machines, shards)) shards.starts.push_back(shards.starts.back() + some);
  for (unsigned rank = 0; rank < machines.size(); ++rank) {
    const bool idle = shards.starts[rank] == shards.starts[rank + 1] && !shards.gather_outputs;
    plans.push_back(idle ? std::nullopt : std::optional(map_share(graph, machines[rank], shards, rank)));
  }
  return plans;
}

}  // namespace

SplitJob split_columns(const Graph& graph, const std::vector<Machine>& machines, bool gathered, const std::vector<std::uint8_t>& input) {
  const auto ranks = static_cast<unsigned>(machines.size());
  if (ranks < 1 || ranks > contract::chips)
    throw InputError("a product is split over 1 to " + std::to_string(contract::chips) + " chips, not over " + std::to_string(ranks));
  if (graph.operators.size() != 1 || !std::holds_alternative<FullyConnected>(graph.operators[0].attributes))
    throw InputError("only a FULLY_CONNECTED by itself is split by columns");
  ShardOptions shards;
  shards.chips.resize(ranks);
  std::iota(shards.chips.begin(), shards.chips.end(), 0u);
  shards.gather_outputs = gathered;
  shards.split_all = true;

  SplitJob job;
  const std::vector<int>& shape = graph.tensors[static_cast<std::size_t>(graph.outputs.at(0))].shape;
  job.columns = shape.back();
  job.rows = std::accumulate(shape.begin(), shape.end() - 1, 1, std::multiplies<>());
  job.everywhere = gathered;
  const std::vector<std::optional<Plan>> plans = map_columns(graph, job.columns, machines, shards);
  for (unsigned rank = 0; rank < ranks; ++rank) {
    Program& program = job.programs.emplace_back();
    job.sent.push_back(0);
    job.dealt.push_back(0);
    job.predicted_cycles.push_back(0);
    if (!plans[rank]) continue;
    const Plan& plan = *plans[rank];
    program = program_of(graph, plan);
    program.images = plan.images;
    program.images.emplace_back(plan.inputs.at(0).address, input);
    const PlanTensor& out = plan.outputs.at(0);
    const auto columns = static_cast<std::size_t>(job.columns);
    const PlanTensor::Slice slice = out.slice.value_or(PlanTensor::Slice{columns, 0, columns});
    job.slices.push_back({rank, static_cast<int>(slice.first), static_cast<int>(slice.bytes), out.address + slice.first, columns});
    job.sent.back() = bytes_sent(program);
    const PlanLayer& layer = plan.layers.at(0);
    job.dealt.back() = layer.channels ? layer.channels->count : job.columns;
    job.predicted_cycles.back() = plan.predicted_cycles;
    job.array_cycles = std::max(job.array_cycles, layer.array_words);
  }
  return job;
}

}  // namespace twill
