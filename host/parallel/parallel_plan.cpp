// SPDX-License-Identifier: Apache-2.0
// From a network to programs for many chips.
#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "balance.hpp"
#include "pipeline.hpp"
#include "stage_graph.hpp"
#include "twill/error.hpp"
#include "twill/parallel.hpp"
#include "twill/runtime.hpp"

namespace twill {
namespace {

using parallel::Balance;
using parallel::Chain;
using parallel::Pipeline;
using parallel::StageGraph;

constexpr std::uint64_t hop_cycles = 150;  ///< last byte sent to first byte loaded: link, memory both ways

std::string count_of(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : what.back() == 'h' ? "es" : "s");
}

/// Cycles from image to image when they follow each other, from the prediction of a few.
std::uint64_t steady_cycles(const Plan& plan) {
  const auto& ends = plan.predicted_images;
  if (ends.size() < 2) return plan.predicted_cycles;
  return (ends.back() - ends.front()) / (ends.size() - 1);
}

class Planner {
 public:
  Planner(const Graph& graph, const Machine& machine, const ParallelOptions& options)
      : graph_(graph), machine_(machine), options_(options), shape_(options.shape), whole_(map_graph(graph, machine)), chain_(graph, whole_) {
    check();
  }

  ParallelPlan run() {
    plan_.machine = machine_;
    plan_.options = options_;
    plan_.host_before = whole_.host_before;
    plan_.host_after = whole_.host_after;
    plan_.layers = whole_.layers;
    plan_.programs.resize(shape_.chips());

    const Pipeline pipeline(chain_, cuts(), shape_.tensor, micro_batch(), tensor_semaphores());
    for (unsigned s = 0; s < shape_.pipeline; ++s) add_stage(pipeline.stages()[s], s);
    for (const auto& [images, ends] : ends_) plan_.predicted_cycles = std::max(plan_.predicted_cycles, finish(pipeline, images));
    plan_.predicted_one_chip = one_chip_cycles();
    return std::move(plan_);
  }

 private:
  void check() const {
    const std::size_t layers = chain_.operators().size();
    if (layers < shape_.pipeline)
      throw InputError("the network has " + count_of(layers, "operator") + " that " + (layers == 1 ? "runs" : "run") + " on a chip, too few for " +
                       count_of(shape_.pipeline, "pipeline stage"));
    if (options_.images < shape_.data)
      throw InputError("a batch of " + count_of(options_.images, "image") + " is too small for " + count_of(shape_.data, "data group") +
                       ": every group takes whole images");
    const unsigned images = options_.images / shape_.data;
    if (options_.micro_batches > images)
      throw InputError(count_of(options_.micro_batches, "micro-batch") + " are more than the " + count_of(images, "image") +
                       (shape_.data > 1 ? " of a data group" : " of the batch"));
  }

  /// Images that go from stage to stage at once.
  unsigned micro_batch() const {
    const unsigned images = images_of(0);
    return options_.micro_batches == 0 ? 1 : (images + options_.micro_batches - 1) / options_.micro_batches;
  }
  /// Images are dealt out in turn.
  unsigned images_of(unsigned group) const { return options_.images / shape_.data + (group < options_.images % shape_.data ? 1 : 0); }

  std::vector<std::size_t> cuts() const {
    if (shape_.pipeline == 1) return {0, chain_.operators().size()};
    const auto measure = [&](std::size_t first, std::size_t last) {
      // Whether one or several stages read what this one makes, hardly matters to it.
      PipeLink link;
      link.chip = shape_.tensor;
      link.arrived = link.credit = parallel::link_semaphores[0];
      for (int t : chain_.stage(last, chain_.operators().size()).arriving)
        if (chain_.maker(t) >= static_cast<int>(first)) link.tensors.push_back({t, 0, chain_.bytes(t)});
      MapOptions options;
      options.images = 3;
      if (!link.tensors.empty()) options.to = {link};
      return steady_cycles(map_stage(chain_.stage(first, last).graph, 0, options).front());
    };
    return Balance(chain_, measure).cuts(shape_.pipeline);
  }

  void add_stage(const Pipeline::Stage& stage, unsigned s) {
    StagePlan report;
    for (int op : stage.graph.operators)
      if (whole_.layers[static_cast<std::size_t>(op)].where == PlanLayer::Where::chip) report.operators.push_back(op);
    for (const PipeLink& link : stage.to)
      for (const PipeLink::Tensor& t : link.tensors) report.bytes_sent += chain_.bytes(t.tensor);
    std::map<unsigned, std::vector<Plan>> plans;  // by images, of which groups differ by one at most, then shard
    for (unsigned group = 0; group < shape_.data; ++group) {
      const unsigned images = images_of(group);
      auto found = plans.find(images);
      if (found == plans.end()) {
        MapOptions options;
        options.images = images;
        options.micro_batch = micro_batch();
        options.from = stage.from;
        options.to = stage.to;
        options.dram_base = stage.slot_bytes;
        found = plans.emplace(images, map_stage(stage.graph.graph, s, options)).first;
        ends_[images].push_back(ends_of(found->second.front()));
      }
      if (group == 0) {
        report.first_cycles = ends_of(found->second.front()).front();
        report.image_cycles = steady_cycles(found->second.front());
      }
      for (unsigned t = 0; t < shape_.tensor; ++t) place(stage, found->second[t], group, s, t);
    }
    plan_.stages.push_back(std::move(report));
  }

  /// The plans of the shards of a stage in group 0. Shard t of a stage sends to shard t of another.
  std::vector<Plan> map_stage(const Graph& graph, unsigned s, const MapOptions& options) const {
    ShardOptions shards;
    std::vector<MapOptions> of_shard(shape_.tensor, options);
    for (unsigned t = 0; t < shape_.tensor; ++t) {
      shards.chips.push_back(shape_.chip(0, s, t));
      for (auto* links : {&of_shard[t].from, &of_shard[t].to})
        for (PipeLink& link : *links) link.chip += t;
    }
    return map_shards(graph, machine_, shards, of_shard);
  }

  /// Those of every chip that the shards of a stage signal each other with.
  std::uint32_t tensor_semaphores() const {
    const ShardOptions shards;
    if (shape_.tensor == 1) return 0;
    std::uint32_t taken = 1u << shards.arrival;
    for (unsigned s : shards.grants) taken |= 1u << s;
    return taken;
  }

  static std::vector<std::uint64_t> ends_of(const Plan& plan) {
    return plan.predicted_images.empty() ? std::vector<std::uint64_t>{plan.predicted_cycles} : plan.predicted_images;
  }

  /// A shard's plan of a stage on its chip in a group.
  void place(const Pipeline::Stage& stage, const Plan& plan, unsigned group, unsigned s, unsigned t) {
    const unsigned chip = shape_.chip(group, s, t);
    Program program = program_of(stage.graph.graph, plan);
    program.images = plan.images;
    for (std::size_t i = 0; i < stage.graph.operators.size(); ++i) program.names[i + 1] = layer_name(stage.graph.operators[i]);
    for (contract::Command& c : program.commands) move_to_group(c, shape_.chip(group, 0, 0));
    plan_.programs[chip] = std::move(program);
    for (unsigned image = 0; image < images_of(group); ++image) {
      const auto add = [&](std::vector<ParallelPlan::Place>& to, const PlanTensor& tensor) {
        to.push_back({image * shape_.data + group, chip, tensor.tensor, tensor.address + image * tensor.stride, tensor.bytes});
      };
      for (const PlanTensor& in : plan.inputs) add(plan_.inputs, in);
      for (const PlanTensor& out : plan.outputs) add(plan_.outputs, out);
    }
  }

  std::string layer_name(int op) const {
    return "layer " + std::to_string(op) + " (" + graph_.operators[static_cast<std::size_t>(op)].type + ")";
  }

  /// Links name the chips of group 0.
  static void move_to_group(contract::Command& command, unsigned first_chip) {
    const auto opcode = static_cast<contract::Opcode>(command.bits(0, 8));
    if (opcode == contract::Opcode::send) {
      contract::Send c = contract::Send::decode(command);
      c.chip += first_chip;
      command = c.encode();
    } else if (opcode == contract::Opcode::signal_remote) {
      contract::SignalRemote c = contract::SignalRemote::decode(command);
      c.chip += first_chip;
      command = c.encode();
    }
  }

  /// When the last image leaves the pipeline: a stage starts one when it is done with the one before, when it has what it reads of it and when
  /// its readers have a slot.
  std::uint64_t finish(const Pipeline& pipeline, unsigned images) const {
    const auto& ends = ends_.at(images);
    const std::size_t stages = ends.size();
    std::vector<std::vector<std::uint64_t>> done(stages, std::vector<std::uint64_t>(images));
    const unsigned micro = micro_batch();
    std::uint64_t last = 0;
    for (unsigned first = 0; first < images; first += micro)
      for (std::size_t s = 0; s < stages; ++s)
        for (unsigned k = first; k < std::min(images, first + micro); ++k) {
          std::uint64_t start = k > 0 ? done[s][k - 1] : 0;
          for (const PipeLink& link : pipeline.stages()[s].from)
            start = std::max(start, done[link.chip / shape_.tensor][std::min(images, first + micro) - 1] + hop_cycles);
          for (const PipeLink& link : pipeline.stages()[s].to)
            if (first >= link.slots * micro) start = std::max(start, done[link.chip / shape_.tensor][first - link.slots * micro + micro - 1]);
          done[s][k] = start + (k > 0 ? ends[s][k] - ends[s][k - 1] : ends[s][0]);
          last = std::max(last, done[s][k]);
        }
    return last;
  }

  std::uint64_t one_chip_cycles() const {
    if (options_.images == 1) return whole_.predicted_cycles;
    MapOptions options;
    options.images = 3;
    const Plan plan = map_graph(graph_, machine_, options);
    return ends_of(plan).front() + (options_.images - 1) * steady_cycles(plan);
  }

  const Graph& graph_;
  const Machine& machine_;
  const ParallelOptions& options_;
  const ParallelShape shape_;
  const Plan whole_;
  const Chain chain_;
  std::map<unsigned, std::vector<std::vector<std::uint64_t>>> ends_;  ///< by images of a group, then stage: when each image would end alone
  ParallelPlan plan_;
};

}  // namespace

unsigned ParallelPlan::micro_batches() const {
  const unsigned images = (options.images + options.shape.data - 1) / options.shape.data;
  if (options.micro_batches == 0) return images;
  const unsigned each = (images + options.micro_batches - 1) / options.micro_batches;
  return (images + each - 1) / each;
}

double ParallelPlan::bubble() const { return static_cast<double>(options.shape.pipeline - 1) / micro_batches(); }

ParallelPlan plan_parallel(const Graph& graph, const Machine& machine, const ParallelOptions& options) {
  return Planner(graph, machine, options).run();
}

}  // namespace twill
