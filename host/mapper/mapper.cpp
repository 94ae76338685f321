// SPDX-License-Identifier: Apache-2.0
// From a graph to a plan: lower, schedule, emit, predict. Of a few schedules the one with the fewest predicted cycles is taken.
#include "twill/mapper.hpp"

#include <algorithm>
#include <optional>

#include "emission.hpp"
#include "layer.hpp"
#include "predict.hpp"
#include "schedule.hpp"
#include "twill/error.hpp"

namespace twill {
namespace mapper {
namespace {

constexpr std::size_t largest_ring = 65536;

struct Candidate {
  Plan plan;
  DramLayout dram;

  bool fits_ring() const { return plan.commands.size() <= largest_ring; }
  bool better_than(const Candidate& other) const {
    return fits_ring() && (!other.fits_ring() || plan.predicted_cycles < other.plan.predicted_cycles);
  }
};

/// What of the job lies in DRAM before it starts, inputs aside.
void add_images(Plan& plan, const Lowered& low, const DramLayout& dram) {
  for (std::size_t i = 0; i < low.layers.size(); ++i) {
    const Layer& l = *low.layers[i];
    if (!l.parameters.empty()) plan.images.emplace_back(dram.parameters[i], l.parameters);
    if (!l.weights().empty()) plan.images.emplace_back(dram.weights[i], l.weights());
  }
  for (std::size_t s = 0; s < low.storages.size(); ++s)
    if (low.storages[s].is_constant) plan.images.emplace_back(dram.storages[s], low.storages[s].data);
}

Plan map(const Graph& graph, const Machine& machine, const MapOptions& options) {
  const Lowered low = lower(graph, machine, options);
  if (low.layers.empty()) throw InputError("the network has no operator that runs on the chip");
  const auto sentence = [&](int layer, const std::string& why) {
    const int op = low.layers[static_cast<std::size_t>(layer)]->op;
    return "operator " + std::to_string(op) + " (" + graph.operators[static_cast<std::size_t>(op)].type + "): " + why;
  };
  const auto candidate = [&](std::uint64_t largest_resident) {
    try {
      const Schedule schedule(low, machine, options.every_layer, largest_resident);
      const DramLayout dram(low, schedule, options);
      Candidate c{emit_plan(low, machine, schedule, dram, options), dram};
      if (c.fits_ring()) predict(c.plan);
      return c;
    } catch (const Schedule::DoesNotFit& e) {
      throw MachineTooSmall(
          sentence(e.layer, "one tile of it does not fit into a scratchpad of " + std::to_string(machine.scratchpad) + " bytes"));
    } catch (const BeyondField& e) {
      throw InputError(sentence(e.layer, "its shape is beyond a command's fields: " + e.field));
    }
  };
  // Keeping all that fits is best most of the time. But large residents leave little room for weights and prefetch, the less
  // the smaller the machine: the prediction decides.
  Candidate best = candidate(machine.scratchpad);
  if (!options.every_layer)
    for (const std::uint32_t largest_resident : {machine.scratchpad / 2, machine.scratchpad / 4, machine.scratchpad / 8, 0u})
      if (Candidate other = candidate(largest_resident); other.better_than(best)) best = std::move(other);
  if (!best.fits_ring())
    throw InputError("the network needs " + std::to_string(best.plan.commands.size()) + " commands; a ring holds at most " +
                     std::to_string(largest_ring));
  add_images(best.plan, low, best.dram);
  return std::move(best.plan);
}

}  // namespace
}  // namespace mapper

Machine Machine::of(const contract::Configuration& c) {
  Machine m;
  m.word = c.word_bytes;
  m.scratchpad = c.scratchpad_bytes;
  m.accumulator_words = c.accumulator_words;
  m.dram_bandwidth = c.word_bytes;
  return m;
}

Plan map_graph(const Graph& graph, const Machine& machine, const MapOptions& options) { return mapper::map(graph, machine, options); }

}  // namespace twill
