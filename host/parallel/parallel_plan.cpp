// SPDX-License-Identifier: Apache-2.0
// From a network to programs for many chips.
#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "balance.hpp"
#include "deal_images.hpp"
#include "machines.hpp"
#include "pipeline.hpp"
#include "stage_graph.hpp"
#include "twill/error.hpp"
#include "twill/parallel.hpp"
#include "twill/runtime.hpp"

namespace twill {
namespace {

using parallel::Balance;
using parallel::Chain;
using parallel::ends_of;
using parallel::Machines;
using parallel::Pace;
using parallel::Pipeline;
using parallel::steady_cycles;

constexpr std::uint64_t hop_cycles = 150;  ///< last byte sent to first byte loaded: link, memory both ways

std::string count_of(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : what.back() == 'h' ? "es" : "s");
}

/// Data groups whose chips are the same machines, stage by stage: one pipeline serves them all.
struct Line {
  std::vector<unsigned> machines;     ///< by stage
  std::vector<unsigned> groups;
  std::vector<std::size_t> cuts;
  unsigned most_images = 0;           ///< of a group
  unsigned micro_batch = 1;           ///< images that go from stage to stage at once
  std::map<unsigned, std::vector<std::vector<std::uint64_t>>> ends;  ///< by images of a group, then stage: when each image would end alone
};

class Planner {
 public:
  Planner(const Graph& graph, const std::vector<Machine>& machines, const ParallelOptions& options)
      : graph_(graph),
        options_(options),
        shape_(options.shape),
        machines_(graph, check_chips(machines, options.shape)),
        whole_(*machines_.whole(machines_.fastest())),
        chain_(graph, whole_) {
    plan_.machines = machines;
    check();
  }

  ParallelPlan run() {
    plan_.options = options_;
    plan_.host_before = whole_.host_before;
    plan_.host_after = whole_.host_after;
    plan_.layers = whole_.layers;
    plan_.programs.resize(shape_.chips());

    find_lines();
    cut_lines();
    deal_images();
    for (Line& line : lines_) {
      const Pipeline pipeline = pipeline_of(line);
      for (unsigned s = 0; s < shape_.pipeline; ++s) add_stage(line, pipeline.stages()[s], s);
      for (const auto& [images, ends] : line.ends)
        plan_.predicted_cycles = std::max(plan_.predicted_cycles, finish(pipeline, ends, line.micro_batch).back());
    }
    plan_.fastest = machines_.fastest_chip();
    plan_.predicted_one_chip = machines_.alone(machines_.fastest(), options_.images);
    plan_.capacity = machines_.capacity(options_.images);
    return std::move(plan_);
  }

 private:
  static const std::vector<Machine>& check_chips(const std::vector<Machine>& machines, const ParallelShape& shape) {
    if (machines.size() != shape.chips())
      throw InputError(shape.text() + " takes the machines of " + count_of(shape.chips(), "chip") + ", not of " + std::to_string(machines.size()));
    for (unsigned first = 0; first < shape.chips(); first += shape.tensor)
      for (unsigned chip = first + 1; chip < first + shape.tensor; ++chip)
        if (!(machines[chip] == machines[first]))
          throw InputError("ranks " + std::to_string(first) + " to " + std::to_string(first + shape.tensor - 1) +
                           " split layers among them, so they must be of one configuration, but rank " + std::to_string(first) + " is " + machines[first].name() +
                           " and rank " + std::to_string(chip) + " is " + machines[chip].name() + "; data groups and pipeline stages may be of different ones");
    return machines;
  }

  void check() const {
    const std::size_t layers = chain_.operators().size();
    if (layers < shape_.pipeline)
      throw InputError("the network has " + count_of(layers, "operator") + " that " + (layers == 1 ? "runs" : "run") + " on a chip, too few for " +
                       count_of(shape_.pipeline, "pipeline stage"));
    if (options_.images < shape_.data)
      throw InputError("a batch of " + count_of(options_.images, "image") + " is too small for " + count_of(shape_.data, "data group") +
                       ": every group takes whole images");
  }

  void find_lines() {
    for (unsigned group = 0; group < shape_.data; ++group) {
      std::vector<unsigned> machines;
      for (unsigned s = 0; s < shape_.pipeline; ++s) machines.push_back(machines_.of(shape_.chip(group, s, 0)));
      auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& l) { return l.machines == machines; });
      if (line == lines_.end()) line = lines_.insert(line, Line{machines, {}, {}, 0, 1, {}});
      line->groups.push_back(group);
    }
  }

  void cut_lines() {
    const std::size_t n = chain_.operators().size();
    if (shape_.pipeline == 1) {
      for (Line& line : lines_) line.cuts = {0, n};
      return;
    }
    const auto measure = [&](unsigned machine, std::size_t first, std::size_t last) { return stage_cycles(machine, first, last); };
    std::vector<std::vector<std::uint64_t>> estimates(machines_.count());
    for (unsigned machine = 0; machine < machines_.count(); ++machine)
      for (std::size_t i = 0; i < n; ++i)
        estimates[machine].push_back(machines_.whole(machine) ? machines_.whole(machine)->layers[static_cast<std::size_t>(chain_.operators()[i])].predicted_cycles
                                                              : measure(machine, i, i + 1));
    Balance balance(chain_, std::move(estimates), measure);
    for (Line& line : lines_) {
      line.cuts = balance.cuts(line.machines);
      if (line.cuts.empty()) refuse_cuts(line);
    }
  }

  /// Cycles from image to image of operators [first, last) as a stage on a machine; `never` where they do not fit it.
  std::uint64_t stage_cycles(unsigned machine, std::size_t first, std::size_t last) const {
    // Whether one or several stages read what this one makes, hardly matters to it.
    PipeLink link;
    link.chip = shape_.tensor;
    link.arrived = link.credit = parallel::link_semaphores[0];
    for (int t : chain_.stage(last, chain_.operators().size()).arriving)
      if (chain_.maker(t) >= static_cast<int>(first)) link.tensors.push_back({t, 0, chain_.bytes(t)});
    MapOptions options;
    options.images = 3;
    if (!link.tensors.empty()) options.to = {link};
    try {
      return steady_cycles(map_stage(machines_[machine], chain_.stage(first, last).graph, 0, options).front());
    } catch (const MachineTooSmall&) {
      return parallel::never;
    }
  }

  [[noreturn]] void refuse_cuts(const Line& line) const {
    std::string why;
    for (unsigned s = 0; s < shape_.pipeline; ++s)
      if (const std::string& refusal = machines_.refusal(line.machines[s]); !refusal.empty() && why.empty())
        why = "; " + machines_.text(shape_.chip(line.groups.front(), s, 0)) + ": " + refusal;
    throw MachineTooSmall("the network cannot be cut into " + count_of(shape_.pipeline, "stage") + " of which each fits its chips" + why +
                          "; fewer small chips, or another order of them, may do");
  }

  /// Images are dealt by the pace of groups, and handed on in micro-batches of those a group of a line has at most.
  void deal_images() {
    std::vector<Pace> paces(shape_.data, Pace{1, 1});  // alike, so far
    if (lines_.size() > 1)
      for (const Line& line : lines_) {
        const Pace pace = pace_of(line);
        for (unsigned group : line.groups) paces[group] = pace;
      }
    plan_.dealt = parallel::deal_images(options_.images, paces);
    for (Line& line : lines_)
      for (unsigned group : line.groups) line.most_images = std::max(line.most_images, images_of(group));
    const unsigned images = lines_.size() > 1 ? images_of(plan_.busiest()) : options_.images / shape_.data;
    if (options_.micro_batches > images)
      throw InputError(count_of(options_.micro_batches, "micro-batch") + " are more than the " + count_of(images, "image") +
                       (shape_.data > 1 ? " of a data group" : " of the batch"));
    if (options_.micro_batches > 0)
      for (Line& line : lines_) line.micro_batch = std::max(1u, (line.most_images + options_.micro_batches - 1) / options_.micro_batches);
  }

  /// From a few images that go through by themselves.
  Pace pace_of(const Line& line) const {
    constexpr unsigned few = 3;
    const Pipeline pipeline = pipeline_of(line);
    std::vector<std::vector<std::uint64_t>> ends;
    for (unsigned s = 0; s < shape_.pipeline; ++s) ends.push_back(ends_of(map_line_stage(line, pipeline.stages()[s], s, few).front()));
    const std::vector<std::uint64_t> done = finish(pipeline, ends, 1);
    return {done.front(), (done.back() - done.front()) / (few - 1)};
  }

  unsigned images_of(unsigned group) const { return static_cast<unsigned>(plan_.dealt[group].size()); }

  Pipeline pipeline_of(const Line& line) const { return {chain_, line.cuts, shape_.tensor, line.micro_batch, tensor_semaphores()}; }

  void add_stage(Line& line, const Pipeline::Stage& stage, unsigned s) {
    StagePlan report;
    report.stage = s;
    report.groups = line.groups;
    report.machine = machines_[line.machines[s]];
    for (int op : stage.graph.operators)
      if (whole_.layers[static_cast<std::size_t>(op)].where == PlanLayer::Where::chip) report.operators.push_back(op);
    for (const PipeLink& link : stage.to)
      for (const PipeLink::Tensor& t : link.tensors) report.bytes_sent += chain_.bytes(t.tensor);
    std::map<unsigned, std::vector<Plan>> plans;  // by images of a group, then shard
    for (unsigned group : line.groups) {
      const unsigned images = images_of(group);
      auto found = plans.find(images);
      if (found == plans.end()) {
        found = plans.emplace(images, map_line_stage(line, stage, s, std::max(1u, images))).first;
        if (images > 0) line.ends[images].push_back(ends_of(found->second.front()));
      }
      if (group == line.groups.front()) {
        report.first_cycles = ends_of(found->second.front()).front();
        report.image_cycles = steady_cycles(found->second.front());
      }
      if (images > 0)
        for (unsigned t = 0; t < shape_.tensor; ++t) place(stage, found->second[t], group, s, t);
    }
    plan_.stages.push_back(std::move(report));
  }

  /// The plans of the shards of a line's stage, as of group 0.
  std::vector<Plan> map_line_stage(const Line& line, const Pipeline::Stage& stage, unsigned s, unsigned images) const {
    MapOptions options;
    options.images = images;
    options.micro_batch = line.micro_batch;
    options.from = stage.from;
    options.to = stage.to;
    options.dram_base = stage.slot_bytes;
    try {
      return map_stage(machines_[line.machines[s]], stage.graph.graph, s, options);
    } catch (const MachineTooSmall& error) {
      if (!machines_.mixed()) throw;
      throw MachineTooSmall(machines_.text(shape_.chip(line.groups.front(), s, 0)) + ": " + error.what());
    }
  }

  /// The plans of the shards of a stage in group 0. Shard t of a stage sends to shard t of another.
  std::vector<Plan> map_stage(const Machine& machine, const Graph& graph, unsigned s, const MapOptions& options) const {
    ShardOptions shards;
    std::vector<MapOptions> of_shard(shape_.tensor, options);
    for (unsigned t = 0; t < shape_.tensor; ++t) {
      shards.chips.push_back(shape_.chip(0, s, t));
      for (auto* links : {&of_shard[t].from, &of_shard[t].to})
        for (PipeLink& link : *links) link.chip += t;
    }
    return map_shards(graph, machine, shards, of_shard);
  }

  /// Those of every chip that the shards of a stage signal each other with.
  std::uint32_t tensor_semaphores() const {
    const ShardOptions shards;
    if (shape_.tensor == 1) return 0;
    std::uint32_t taken = 1u << shards.arrival;
    for (unsigned s : shards.grants) taken |= 1u << s;
    return taken;
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
        to.push_back({plan_.dealt[group][image], chip, tensor.tensor, tensor.address + image * tensor.stride, tensor.bytes});
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

  /// When each image leaves the pipeline: a stage starts one when it is done with the one before, when it has what it reads of it and when
  /// its readers have a slot. `ends`: by stage, when each image would end alone.
  std::vector<std::uint64_t> finish(const Pipeline& pipeline, const std::vector<std::vector<std::uint64_t>>& ends, unsigned micro) const {
    const std::size_t stages = ends.size();
    const auto images = static_cast<unsigned>(ends.front().size());
    std::vector<std::vector<std::uint64_t>> done(stages, std::vector<std::uint64_t>(images));
    std::vector<std::uint64_t> last(images);
    for (unsigned first = 0; first < images; first += micro)
      for (std::size_t s = 0; s < stages; ++s)
        for (unsigned k = first; k < std::min(images, first + micro); ++k) {
          std::uint64_t start = k > 0 ? done[s][k - 1] : 0;
          for (const PipeLink& link : pipeline.stages()[s].from)
            start = std::max(start, done[link.chip / shape_.tensor][std::min(images, first + micro) - 1] + hop_cycles);
          for (const PipeLink& link : pipeline.stages()[s].to)
            if (first >= link.slots * micro) start = std::max(start, done[link.chip / shape_.tensor][first - link.slots * micro + micro - 1]);
          done[s][k] = start + (k > 0 ? ends[s][k] - ends[s][k - 1] : ends[s][0]);
          last[k] = std::max(last[k], done[s][k]);
        }
    return last;
  }

  const Graph& graph_;
  const ParallelOptions& options_;
  const ParallelShape shape_;
  const Machines machines_;
  const Plan& whole_;  ///< says what runs where, which is the same on all machines
  const Chain chain_;
  std::vector<Line> lines_;
  ParallelPlan plan_;
};

}  // namespace

unsigned ParallelPlan::busiest() const {
  const auto fewer = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  return static_cast<unsigned>(std::max_element(dealt.begin(), dealt.end(), fewer) - dealt.begin());
}

unsigned ParallelPlan::micro_batches() const {
  const auto images = static_cast<unsigned>(dealt[busiest()].size());
  if (options.micro_batches == 0) return images;
  const unsigned each = (images + options.micro_batches - 1) / options.micro_batches;
  return (images + each - 1) / each;
}

double ParallelPlan::bubble() const { return static_cast<double>(options.shape.pipeline - 1) / micro_batches(); }

ParallelPlan plan_parallel(const Graph& graph, const std::vector<Machine>& machines, const ParallelOptions& options) {
  return Planner(graph, machines, options).run();
}

ParallelPlan plan_parallel(const Graph& graph, const Machine& machine, const ParallelOptions& options) {
  return plan_parallel(graph, std::vector<Machine>(options.shape.chips(), machine), options);
}

ParallelPlan plan_one_chip(const Graph& graph, const Machine& machine, unsigned images, unsigned rank) {
  ParallelOptions options;
  options.images = images;
  ParallelPlan plan = plan_parallel(graph, machine, options);
  plan.programs.insert(plan.programs.begin(), rank, Program{});
  for (auto* places : {&plan.inputs, &plan.outputs})
    for (ParallelPlan::Place& place : *places) place.chip = rank;
  return plan;
}

}  // namespace twill
