// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>
#include <numeric>

#include "array_layer.hpp"
#include "ring.hpp"
#include "twill/error.hpp"

namespace twill::parallel {

Dense::Dense(const Graph& graph, std::size_t index, const Machine& machine) {
  const Operator& op = graph.operators[index];
  const auto* layer = std::get_if<FullyConnected>(&op.attributes);
  const auto tensor = [&](int i) -> const Tensor& { return graph.tensors[static_cast<std::size_t>(i)]; };
  if (layer == nullptr || op.inputs.size() < 2 || !tensor(op.inputs[1]).constant())
    throw InputError("operator " + std::to_string(index) + " (" + op.type + ") is not a FULLY_CONNECTED with constant weights, which a split by rows takes");
  const Tensor &in = tensor(op.inputs[0]), &w = tensor(op.inputs[1]), &out = tensor(op.outputs[0]);
  n = w.shape[0];
  k = w.shape[1];
  rows = static_cast<int>(in.elements() / static_cast<std::size_t>(k));
  weights = &w.data;
  const int word = static_cast<int>(machine.word);
  tiles = ceil_div(n, word);
  const bool biased = op.inputs.size() > 2 && op.inputs[2] >= 0;
  const mapper::ConvConstants constants{reinterpret_cast<const std::int8_t*>(w.data.data()),
                                        biased ? reinterpret_cast<const std::int32_t*>(tensor(op.inputs[2]).data.data()) : nullptr,
                                        &layer->requant,
                                        layer->clamp,
                                        in.zero_point[0],
                                        out.zero_point[0]};
  records = mapper::requant_records(constants, {k, static_cast<std::size_t>(k), 1}, 0, n, n, tiles * word);
}

std::optional<std::vector<std::uint32_t>> lay_out(const Machine& machine, const std::vector<std::uint64_t>& regions) {
  const std::uint64_t bank = machine.scratchpad / contract::scratchpad_banks;
  for (std::size_t apart = regions.size() + 1; apart-- > 0;) {
    std::vector<std::uint32_t> starts;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < regions.size(); ++i) {
      starts.push_back(static_cast<std::uint32_t>(at));
      const std::uint64_t unit = i < apart ? bank : machine.word;
      at += (regions[i] + unit - 1) / unit * unit;
    }
    if (at <= machine.scratchpad) return starts;
  }
  return std::nullopt;
}

ResultBuffers::ResultBuffers(const Machine& machine, RowResult result, unsigned ranks, int rows)
    : places(result == RowResult::all_reduce && ranks > 1 ? 4 : 2),
      place(static_cast<std::uint64_t>(rows) * machine.word),
      dump(result == RowResult::all_reduce && ranks > 1 ? place : 0) {}

int passes_together(const Machine& machine, int most_passes) {
  const std::uint64_t pass = std::uint64_t{machine.word} * machine.word;
  return std::clamp(static_cast<int>(machine.scratchpad / 32 / pass), 1, most_passes);
}

int even_rows(int rows, int most) { return ceil_div(rows, ceil_div(rows, most)); }

void require_ranks(unsigned ranks) {
  if (ranks < 1 || ranks > contract::chips)
    throw InputError("a product is split over 1 to " + std::to_string(contract::chips) + " chips, not " + std::to_string(ranks));
}

}  // namespace twill::parallel
