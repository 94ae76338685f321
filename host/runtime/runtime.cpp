// SPDX-License-Identifier: Apache-2.0
#include "twill/runtime.hpp"

#include <algorithm>

#include "host_operators.hpp"
#include "one_device.hpp"
#include "twill/error.hpp"

namespace twill {
namespace {

/// 32-bit counters wrap; differences do not, as long as a span is shorter than 2^32.
Span difference(const MarkRecord& a, const MarkRecord& b) {
  Span s;
  const auto d = [&](unsigned word) { return std::uint64_t{b[word] - a[word]}; };
  s.cycles = b.cycle() - a.cycle();
  for (unsigned q = 0; q < contract::queues; ++q) {
    const unsigned w = contract::mark_word::engines + 4 * q;
    s.engines[q] = {d(w), d(w + 1), d(w + 2), d(w + 3)};
  }
  s.loaded = d(contract::mark_word::loaded);
  s.stored = d(contract::mark_word::stored);
  s.operands = d(contract::mark_word::operands);
  s.weights = d(contract::mark_word::weights);
  s.results = d(contract::mark_word::results);
  return s;
}

std::string bound_of(const Span& s) {
  if (s.cycles == 0) return "";
  unsigned most = 0;
  for (unsigned q = 1; q < contract::queues; ++q)
    if (s.engines[q].busy > s.engines[most].busy) most = q;
  if (s.engines[most].busy * 2 < s.cycles) return "latency";
  return std::string(contract::name(static_cast<contract::Queue>(most)));
}

}  // namespace

std::vector<std::vector<std::uint8_t>> tensors_before_chip(const Graph& graph, const std::vector<int>& host_before,
                                                           const std::vector<std::vector<std::uint8_t>>& inputs) {
  if (inputs.size() != graph.inputs.size())
    throw InputError("the network takes " + std::to_string(graph.inputs.size()) + " inputs, got " + std::to_string(inputs.size()));
  std::vector<std::vector<std::uint8_t>> tensors(graph.tensors.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto t = static_cast<std::size_t>(graph.inputs[i]);
    if (inputs[i].size() != graph.tensors[t].bytes())
      throw InputError("input " + std::to_string(i) + " ('" + shown(graph.tensors[t].name) + "') takes " +
                       std::to_string(graph.tensors[t].bytes()) + " bytes, got " + std::to_string(inputs[i].size()));
    tensors[t] = inputs[i];
  }
  for (int op : host_before) run_on_host(graph, op, tensors);
  return tensors;
}

void finish_after_chip(const Graph& graph, const std::vector<PlanLayer>& layers, const std::vector<int>& host_after,
                       std::vector<std::vector<std::uint8_t>>& tensors) {
  for (const PlanLayer& layer : layers)
    if (layer.where == PlanLayer::Where::view) {
      const Operator& op = graph.operators[static_cast<std::size_t>(layer.op)];
      auto& from = tensors[static_cast<std::size_t>(op.inputs[0])];
      auto& to = tensors[static_cast<std::size_t>(op.outputs[0])];
      if (std::holds_alternative<Reshape>(op.attributes) && to.empty()) to = from;
    }
  for (int op : host_after) run_on_host(graph, op, tensors);
}

JobResult Runtime::run(const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs) {
  JobResult result;
  result.tensors = tensors_before_chip(graph, plan.host_before, inputs);

  device_.reset();
  for (const auto& [address, bytes] : plan.images) device_.write_memory(address, bytes.data(), bytes.size());
  for (const PlanTensor& in : plan.inputs)
    device_.write_memory(in.address, result.tensors[static_cast<std::size_t>(in.tensor)].data(), in.bytes);
  LaunchOptions options;
  options.progress = progress_;
  options.memory_silence = memory_silence(plan.machine);
  // Far beyond any honest run; the chip's own watchdog normally speaks long before.
  options.limit = 64 * plan.predicted_cycles + 50'000'000;
  OneDevice system(device_);
  result.report = make_report(plan, launch(system, {program_of(graph, plan)}, options).front().marks);
  for (const PlanTensor& out : plan.outputs) {
    auto& bytes = result.tensors[static_cast<std::size_t>(out.tensor)];
    bytes.resize(out.bytes);
    device_.read_memory(out.address, bytes.data(), bytes.size());
  }
  finish_after_chip(graph, plan.layers, plan.host_after, result.tensors);
  return result;
}

std::uint64_t memory_silence(const Machine& machine) {
  // A full burst either way.
  return 2 * (machine.dram_latency + std::uint64_t{contract::max_burst_beats} * machine.word / machine.dram_bandwidth);
}

std::uint64_t memory_silence(const std::vector<Machine>& machines) {
  std::uint64_t longest = 0;
  for (const Machine& machine : machines) longest = std::max(longest, memory_silence(machine));
  return longest;
}

Program program_of(const Graph& graph, const Plan& plan) {
  Program program;
  program.commands = plan.commands;
  program.names.emplace_back();  // of what belongs to no layer
  for (std::size_t i = 0; i < graph.operators.size(); ++i) program.names.push_back("layer " + std::to_string(i) + " (" + graph.operators[i].type + ")");
  for (const int layer : plan.layer_of_command) program.labels.push_back(static_cast<std::uint32_t>(layer + 1));
  program.semaphores = plan.semaphores;
  program.remote_semaphores = plan.remote_semaphores;
  program.awaited = plan.awaited;
  program.ring_address = plan.ring_address;
  program.mark_address = plan.mark_address;
  program.marks = plan.marks;
  return program;
}

JobReport make_report(const Plan& plan, const std::vector<MarkRecord>& records) {
  JobReport report;
  for (const PlanLayer& layer : plan.layers) {
    LayerReport row;
    row.op = layer.op;
    report.layers.push_back(row);
  }
  if (records.empty()) return report;
  MarkRecord before;
  int last = -1;
  for (const MarkRecord& r : records) {
    const std::uint32_t tag = r[contract::mark_word::tag];
    if (tag < report.layers.size()) {
      report.layers[tag].span = difference(before, r);
      last = static_cast<int>(tag);
      before = r;
    } else if (last >= 0) {  // the end of the job belongs to the last layer
      const Span tail = difference(before, r);
      Span& s = report.layers[static_cast<std::size_t>(last)].span;
      s.cycles += tail.cycles;
      for (unsigned q = 0; q < contract::queues; ++q) {
        s.engines[q].busy += tail.engines[q].busy;
        s.engines[q].starved += tail.engines[q].starved;
        s.engines[q].blocked += tail.engines[q].blocked;
        s.engines[q].idle += tail.engines[q].idle;
      }
      s.loaded += tail.loaded;
      s.stored += tail.stored;
      s.operands += tail.operands;
      s.weights += tail.weights;
      s.results += tail.results;
    }
  }
  report.total = difference(MarkRecord{}, records.back());
  for (LayerReport& row : report.layers) row.bound = bound_of(row.span);
  return report;
}

}  // namespace twill
