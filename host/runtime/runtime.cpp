// SPDX-License-Identifier: Apache-2.0
#include "twill/runtime.hpp"

#include <algorithm>
#include <stdexcept>

#include "host_operators.hpp"
#include "twill/disassembler.hpp"
#include "twill/error.hpp"

namespace twill {
namespace {

namespace reg = contract::reg;

/// The backdoor stays closed while this lives, whatever way the job ends.
class ClosedMemory {
 public:
  explicit ClosedMemory(Device& device) : device_(device) { device_.close_memory(true); }
  ~ClosedMemory() { device_.close_memory(false); }
  ClosedMemory(const ClosedMemory&) = delete;
  ClosedMemory& operator=(const ClosedMemory&) = delete;

 private:
  Device& device_;
};

struct Record {
  std::array<std::uint32_t, contract::mark_bytes / 4> words{};
  std::uint32_t operator[](unsigned i) const { return words[i]; }
  std::uint64_t cycle() const { return words[contract::mark_word::cycle] | std::uint64_t{words[contract::mark_word::cycle + 1]} << 32; }
};

/// 32-bit counters wrap; differences do not, as long as a span is shorter than 2^32.
Span difference(const Record& a, const Record& b) {
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

JobResult Runtime::run(const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs) {
  if (inputs.size() != graph.inputs.size())
    throw InputError("the network takes " + std::to_string(graph.inputs.size()) + " inputs, got " + std::to_string(inputs.size()));
  JobResult result;
  result.tensors.resize(graph.tensors.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto t = static_cast<std::size_t>(graph.inputs[i]);
    if (inputs[i].size() != graph.tensors[t].bytes())
      throw InputError("input " + std::to_string(i) + " ('" + graph.tensors[t].name + "') takes " +
                       std::to_string(graph.tensors[t].bytes()) + " bytes, got " + std::to_string(inputs[i].size()));
    result.tensors[t] = inputs[i];
  }
  for (int op : plan.host_before) run_on_host(graph, op, result.tensors);

  device_.reset();
  for (const auto& [address, bytes] : plan.images) device_.write_memory(address, bytes.data(), bytes.size());
  for (const PlanTensor& in : plan.inputs)
    device_.write_memory(in.address, result.tensors[static_cast<std::size_t>(in.tensor)].data(), in.bytes);
  device_.write_memory(plan.ring_address, plan.commands.data(), plan.commands.size() * contract::command_bytes);
  start(plan);
  {
    ClosedMemory closed(device_);
    wait(graph, plan);
  }
  result.report = read_report(plan);
  for (const PlanTensor& out : plan.outputs) {
    auto& bytes = result.tensors[static_cast<std::size_t>(out.tensor)];
    bytes.resize(out.bytes);
    device_.read_memory(out.address, bytes.data(), bytes.size());
  }
  // RESHAPE shares its input's bytes on the chip; the network's output may carry the other name.
  for (const PlanLayer& layer : plan.layers)
    if (layer.where == PlanLayer::Where::view) {
      const Operator& op = graph.operators[static_cast<std::size_t>(layer.op)];
      auto& from = result.tensors[static_cast<std::size_t>(op.inputs[0])];
      auto& to = result.tensors[static_cast<std::size_t>(op.outputs[0])];
      if (std::holds_alternative<Reshape>(op.attributes) && to.empty()) to = from;
    }
  for (int op : plan.host_after) run_on_host(graph, op, result.tensors);
  return result;
}

void Runtime::start(const Plan& plan) {
  const auto write = [&](std::uint32_t at, std::uint64_t value) { device_.write_register(at, static_cast<std::uint32_t>(value)); };
  write(reg::RING_LO, plan.ring_address);
  write(reg::RING_HI, plan.ring_address >> 32);
  write(reg::RING_SIZE, plan.ring_size);
  write(reg::MARK_LO, plan.mark_address);
  write(reg::MARK_HI, plan.mark_address >> 32);
  write(reg::MARK_SIZE, plan.mark_size);
  for (unsigned s = 0; s < contract::semaphores; ++s)
    if (plan.semaphores[s]) write(reg::SEMAPHORE, s << 8 | plan.semaphores[s]);
  // On top of its default the watchdog allows the silence of a slow memory, a full burst either way.
  const std::uint64_t silence =
      plan.machine.dram_latency + std::uint64_t{contract::max_burst_beats} * plan.machine.word / plan.machine.dram_bandwidth;
  if (const std::uint32_t patience = device_.read_register(reg::WATCHDOG))
    write(reg::WATCHDOG, std::min<std::uint64_t>(patience + 2 * silence, UINT32_MAX));
  write(reg::IRQ_ENABLE, 3);
  write(reg::CONTROL, 1);
  write(reg::DOORBELL, plan.commands.size());
}

void Runtime::wait(const Graph& graph, const Plan& plan) {
  constexpr std::uint64_t slice = 1u << 17;
  // Far beyond any honest run; the chip's own watchdog normally speaks long before.
  const std::uint64_t limit = 64 * plan.predicted_cycles + 50'000'000;
  for (std::uint64_t waited = 0;; waited += slice) {
    const bool raised = device_.wait_interrupt(slice);
    if (progress_) progress_(waited + slice);
    if (raised) {
      const std::uint32_t status = device_.read_register(reg::IRQ_STATUS);
      if (status & 2u) fail(graph, plan, device_.last_error());
      if (status & 1u) return;
    }
    if (waited > limit)
      throw ChipError("the job did not end within " + std::to_string(waited + slice) + " cycles, and the chip reported no error");
  }
}

void Runtime::fail(const Graph& graph, const Plan& plan, const std::string& what) {
  const std::uint64_t at = device_.read_register(reg::ERROR_ADDRESS_LO) | std::uint64_t{device_.read_register(reg::ERROR_ADDRESS_HI)} << 32;
  std::string where;
  if (at >= plan.ring_address && at < plan.ring_address + plan.commands.size() * contract::command_bytes) {
    const auto index = static_cast<std::size_t>((at - plan.ring_address) / contract::command_bytes);
    where = "; command " + disassemble(plan.commands[index], static_cast<unsigned>(index));
    if (const int layer = plan.layer_of_command[index]; layer >= 0)
      where += " of layer " + std::to_string(layer) + " (" + graph.operators[static_cast<std::size_t>(layer)].type + ")";
  }
  throw ChipError("the chip reported an error: " + what + where);
}

JobReport Runtime::read_report(const Plan& plan) {
  std::vector<Record> records(plan.marks);
  device_.read_memory(plan.mark_address, records.data(), records.size() * contract::mark_bytes);
  JobReport report;
  for (const PlanLayer& layer : plan.layers) {
    LayerReport row;
    row.op = layer.op;
    report.layers.push_back(row);
  }
  const bool timed = device_.kind() != "functional";
  Record before;
  int last = -1;
  for (const Record& r : records) {
    if (r[contract::mark_word::magic] != 0x4b52414du) throw std::logic_error("a mark record is missing");
    for (unsigned q = 0; timed && q < contract::queues; ++q) {
      const unsigned w = contract::mark_word::engines + 4 * q;
      if (static_cast<std::uint32_t>(r[w] + r[w + 1] + r[w + 2] + r[w + 3]) != static_cast<std::uint32_t>(r.cycle()))
        throw std::logic_error("the counters of the " + std::string(contract::name(static_cast<contract::Queue>(q))) +
                               " engine do not sum to the cycles");
    }
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
  report.total = difference(Record{}, records.back());
  for (LayerReport& row : report.layers) row.bound = bound_of(row.span);
  return report;
}

}  // namespace twill
