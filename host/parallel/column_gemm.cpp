// SPDX-License-Identifier: Apache-2.0
// A product split by columns: every chip multiplies the whole input by its columns of the weights, as the mapper splits any layer.
#include "twill/column_split.hpp"

#include <algorithm>
#include <numeric>

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

}  // namespace

SplitJob split_columns(const Graph& graph, const Machine& machine, unsigned ranks, bool gathered, const std::vector<std::uint8_t>& input) {
  if (ranks < 1 || ranks > contract::chips)
    throw InputError("a product is split over 1 to " + std::to_string(contract::chips) + " chips, not over " + std::to_string(ranks));
  if (graph.operators.size() != 1 || !std::holds_alternative<FullyConnected>(graph.operators[0].attributes))
    throw InputError("only a FULLY_CONNECTED by itself is split by columns");
  ShardOptions shards;
  shards.chips.resize(ranks);
  std::iota(shards.chips.begin(), shards.chips.end(), 0u);
  shards.gather_outputs = gathered;
  shards.split_all = true;
  const std::vector<Plan> plans = map_shards(graph, machine, shards);

  SplitJob job;
  const std::vector<int>& shape = graph.tensors[static_cast<std::size_t>(graph.outputs.at(0))].shape;
  job.columns = shape.back();
  job.rows = std::accumulate(shape.begin(), shape.end() - 1, 1, std::multiplies<>());
  job.everywhere = shards.gather_outputs;
  for (unsigned rank = 0; rank < ranks; ++rank) {
    const Plan& plan = plans[rank];
    Program& program = job.programs.emplace_back(program_of(graph, plan));
    program.images = plan.images;
    program.images.emplace_back(plan.inputs.at(0).address, input);
    const PlanTensor& out = plan.outputs.at(0);
    const auto columns = static_cast<std::size_t>(job.columns);
    const PlanTensor::Slice slice = out.slice.value_or(PlanTensor::Slice{columns, 0, columns});
    job.slices.push_back({rank, static_cast<int>(slice.first), static_cast<int>(slice.bytes), out.address + slice.first, columns});
    job.sent.push_back(bytes_sent(program));
    for (const PlanLayer& layer : plan.layers) job.array_cycles = std::max(job.array_cycles, layer.array_words);
  }
  return job;
}

}  // namespace twill
