// SPDX-License-Identifier: Apache-2.0
// From a graph to a plan: lower, schedule, emit, predict. Of a few schedules the one with the fewest predicted cycles is taken.
#include "twill/mapper.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <tuple>

#include "emission.hpp"
#include "layer.hpp"
#include "predict.hpp"
#include "schedule.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"

namespace twill {
namespace mapper {
namespace {

constexpr std::size_t most_steps = 4096;  // mapping takes time in proportion to their square

void check_steps(std::size_t steps, const std::string& what) {
  if (steps > most_steps) throw InputError("the network has " + std::to_string(steps) + what + "; at most " + std::to_string(most_steps) + " are mapped");
}

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

/// Maps a network for the chips of a group; a chip by itself is a group of one.
class Mapping {
 public:
  /// `options`: of all ranks, or by rank. `parts`: into which layers may be split. `lead`: the rank whose schedule all others follow; where
  /// they have their own (ShardOptions::starts), the only one that is mapped.
  Mapping(const Graph& graph, const Machine& machine, const std::vector<MapOptions>& options, const ShardOptions& shards,
          std::vector<unsigned> parts, unsigned lead = 0)
      : graph_(graph), machine_(machine), all_options_(options), shards_(shards), parts_(std::move(parts)), lead_(lead), low_(lowered(lead)) {
    check_steps(low_.layers.size(), " steps on the chip");  // an operator of many inputs has many
    if (low_.layers.empty()) throw InputError("the network has no operator that runs on the chip");
  }

  /// Rank 0 has most to do; all others follow its schedule, so that everything has the same address on all chips.
  std::vector<Plan> run() {
    // Keeping all that fits is best most of the time. But large residents leave little room for weights and prefetch, the less
    // the smaller the machine: the prediction decides.
    Candidate best = candidate(machine_.scratchpad);
    if (!options(0).every_layer)
      for (const std::uint32_t largest_resident : {machine_.scratchpad / 2, machine_.scratchpad / 4, machine_.scratchpad / 8, 0u})
        if (Candidate other = candidate(largest_resident); other.better_than(best)) best = std::move(other);
    if (!best.fits && options(0).images == 1) throw TooManyCommands();
    const DramLayout dram(low_, *best.schedule, options(0), !alike());
    std::vector<Plan> plans;
    plans.push_back(options(0).images > few_images ? emit(low_, *best.schedule, dram, lead_, options(0)) : std::move(best.plan));
    add_images(plans[0], low_, dram);
    for (unsigned rank = 1; rank < shards_.chips.size() && alike(); ++rank) {
      const Lowered low = lowered(rank);
      plans.push_back(emit(low, *best.schedule, dram, rank, options(rank)));
      add_images(plans.back(), low, dram);
    }
    for (Plan& plan : plans) {
      check_ring(plan);
      if (plan.predicted_cycles == 0) predict(plan);
    }
    return plans;
  }

 private:
  static constexpr unsigned few_images = 3;  ///< of a batch: they tell which schedule is best

  struct Candidate {
    Plan plan;
    std::unique_ptr<Schedule> schedule;
    bool fits = false;  ///< the ring

    bool better_than(const Candidate& other) const {
      return fits && (!other.fits || plan.predicted_cycles < other.plan.predicted_cycles);
    }
  };
  static bool fits_ring(const Plan& plan) { return plan.commands.size() <= largest_ring; }
  void check_ring(const Plan& plan) const {
    if (fits_ring(plan)) return;
    const unsigned images = options(0).images;
    throw InputError(std::to_string(images) + " images one behind the other need " + std::to_string(plan.commands.size()) + " commands; a ring holds at most " +
                     std::to_string(largest_ring) + ", so at most " + std::to_string(largest_ring * images / plan.commands.size()) + " images");
  }

  bool alike() const { return shards_.starts.empty(); }
  Lowered lowered(unsigned rank) const {
    check_steps(graph_.operators.size(), " operators");
    const Member member{rank, parts_, shards_.split_all, shards_.gather_outputs, shards_.starts};
    return lower(graph_, machine_, options(rank), member);
  }
  const MapOptions& options(unsigned rank) const { return all_options_.size() == 1 ? all_options_[0] : all_options_[rank]; }
  std::string sentence(int layer, const std::string& why) const {
    const int op = low_.layers[static_cast<std::size_t>(layer)]->op;
    return "operator " + std::to_string(op) + " (" + graph_.operators[static_cast<std::size_t>(op)].type + "): " + why;
  }
  Plan emit(const Lowered& low, const Schedule& schedule, const DramLayout& dram, unsigned rank, const MapOptions& options) const {
    try {
      return emit_plan(low, machine_, schedule, dram, options, {rank, shards_.chips, shards_.arrival, parts_, shards_.grants, alike()});
    } catch (const BeyondField& e) {
      throw InputError(sentence(e.layer, "its shape is beyond a command's fields: " + e.field));
    }
  }
  Candidate candidate(std::uint64_t largest_resident) const {
    try {
      auto schedule = std::make_unique<Schedule>(low_, machine_, options(0).every_layer, largest_resident);
      MapOptions few = options(0);
      few.images = std::min(few.images, few_images);
      const DramLayout dram(low_, *schedule, few, !alike());
      Candidate c;
      try {
        c.plan = emit(low_, *schedule, dram, lead_, few);
        c.fits = fits_ring(c.plan);
      } catch (const TooManyCommands&) {
        // Another schedule may take fewer.
      }
      c.schedule = std::move(schedule);
      if (c.fits) predict(c.plan);
      return c;
    } catch (const Schedule::DoesNotFit& e) {
      throw MachineTooSmall(
          sentence(e.layer, "one tile of it does not fit into a scratchpad of " + std::to_string(machine_.scratchpad) + " bytes"));
    }
  }

  const Graph& graph_;
  const Machine& machine_;
  const std::vector<MapOptions>& all_options_;
  const ShardOptions& shards_;
  const std::vector<unsigned> parts_;
  const unsigned lead_;
  const Lowered low_;
};

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

bool Machine::operator==(const Machine& o) const {
  return std::tie(word, scratchpad, accumulator_words, queue_depth, dram_latency, dram_bandwidth) ==
         std::tie(o.word, o.scratchpad, o.accumulator_words, o.queue_depth, o.dram_latency, o.dram_bandwidth);
}

std::string Machine::name() const {
  for (const auto& c : contract::configurations)
    if (c.word_bytes == word && c.scratchpad_bytes == scratchpad && c.accumulator_words == accumulator_words) return std::string(c.name);
  return "machine of " + std::to_string(word) + "-byte words";
}

Plan map_graph(const Graph& graph, const Machine& machine, const MapOptions& options) {
  ShardOptions alone;
  alone.chips = {0};
  const std::vector<MapOptions> all{options};
  return std::move(mapper::Mapping(graph, machine, all, alone, {}).run().front());
}

std::vector<Plan> map_shards(const Graph& graph, const Machine& machine, const ShardOptions& shards, const std::vector<MapOptions>& options) {
  if (shards.chips.empty()) throw std::logic_error("a group that splits layers has no chip");
  for (unsigned parts : shards.parts)
    if (parts < 2 || shards.chips.size() % parts != 0) throw std::logic_error("the chips of a group do not divide into such parts");
  if (shards.parts.size() > shards.grants.size()) throw std::logic_error("a semaphore short for so many ways to split");
  if (options.size() != 1 && options.size() != shards.chips.size()) throw std::logic_error("options for some ranks of a group only");
  const auto ranks = static_cast<unsigned>(shards.chips.size());
  const auto map = [&](const std::vector<unsigned>& parts) { return mapper::Mapping(graph, machine, options, shards, parts).run(); };
  if (ranks == 1) return map({});
  if (!shards.parts.empty()) return map(shards.parts);
  // Layers with few channels may be better off in fewer parts, in as many as the prediction says.
  std::vector<Plan> best = map({ranks});
  for (unsigned fewer = 2; fewer < ranks && !shards.split_all; ++fewer)
    if (ranks % fewer == 0)
      if (std::vector<Plan> other = map({fewer, ranks}); other[0].predicted_cycles < best[0].predicted_cycles) best = std::move(other);
  return best;
}

Plan map_share(const Graph& graph, const Machine& machine, const ShardOptions& shards, unsigned rank) {
  const auto ranks = static_cast<unsigned>(shards.chips.size());
  if (ranks < 2 || rank >= ranks || shards.starts.size() != ranks + 1) throw std::logic_error("channels are not dealt to the ranks of a group");
  if (graph.operators.size() != 1 || graph.tensors[static_cast<std::size_t>(graph.outputs.at(0))].shape.back() != shards.starts.back() ||
      !std::is_sorted(shards.starts.begin(), shards.starts.end()))
    throw std::logic_error("a network whose channels are dealt is not one operator with so many");
  const std::vector<MapOptions> options{MapOptions{}};
  return std::move(mapper::Mapping(graph, machine, options, shards, {ranks}, rank).run().front());
}

}  // namespace twill
