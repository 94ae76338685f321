// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "twill/device.hpp"
#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/program.hpp"

namespace twill {

/// Where the cycles of one engine went; the four sum to the cycles of the span.
struct EngineCycles {
  std::uint64_t busy = 0, starved = 0, blocked = 0, idle = 0;
};

/// A span of a job: one layer, or all of it. Counters are differences between mark records.
struct Span {
  std::uint64_t cycles = 0;
  std::array<EngineCycles, contract::queues> engines{};
  std::uint64_t loaded = 0, stored = 0;    ///< DRAM bytes
  std::uint64_t operands = 0, weights = 0; ///< words and weight rows the array took
  std::uint64_t results = 0;               ///< words the post unit wrote
};

struct LayerReport {
  int op = -1;
  Span span;
  std::string bound;  ///< "array", "post", "load", "store" or "latency": the engine that was busy most
};

struct JobReport {
  Span total;  ///< from the cycle the doorbell took effect to the last write acknowledged
  std::vector<LayerReport> layers;  ///< one per operator; zero for what did not run on the chip
};

/// The outcome of a job.
struct JobResult {
  /// Bytes by tensor index: network outputs, chip outputs, what the host made; with Plan's every_layer, every operator's
  /// output. Empty for all others.
  std::vector<std::vector<std::uint8_t>> tensors;
  JobReport report;
};

/// Tensors by index as they are before a chip starts: the network's inputs and what the operators `host_before` make of them. Throws
/// InputError when the number of inputs or a size is not the network's.
std::vector<std::vector<std::uint8_t>> tensors_before_chip(const Graph& graph, const std::vector<int>& host_before,
                                                           const std::vector<std::vector<std::uint8_t>>& inputs);

/// Fills in what follows from the tensors read from chips: RESHAPE shares its input's bytes there, so the network's output may carry the
/// other name; and what the operators `host_after` make.
void finish_after_chip(const Graph& graph, const std::vector<PlanLayer>& layers, const std::vector<int>& host_after,
                       std::vector<std::vector<std::uint8_t>>& tensors);

/// The commands of a plan as a program, each labelled with its layer. Its images stay with the plan.
Program program_of(const Graph& graph, const Plan& plan);

/// For LaunchOptions: cycles in which a chip may be silent because the memory is slow.
std::uint64_t memory_silence(const Machine& machine);
/// Of chips that run one job: the longest of theirs. At least one.
std::uint64_t memory_silence(const std::vector<Machine>& machines);

/// What the places of a job's results on many chips hold before it starts.
constexpr std::uint8_t unwritten = 0xa5;

/// Spans of layers from the mark records a plan's program left.
JobReport make_report(const Plan& plan, const std::vector<MarkRecord>& records);

/// Runs plans on a device. Between the doorbell and the last MARK the DRAM backdoor is closed.
class Runtime {
 public:
  /// Called now and then while a job runs, with the cycles waited so far.
  using Progress = std::function<void(std::uint64_t cycles)>;

  explicit Runtime(Device& device, Progress progress = {}) : device_(device), progress_(std::move(progress)) {}

  /// Resets the chip and runs one inference. `inputs` are the network's inputs in their order, as bytes.
  /// Throws InputError when their number or a size is not the network's, ChipError when the chip reports an error (naming
  /// command and layer), std::logic_error when the counters do not add up.
  JobResult run(const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs);

 private:
  Device& device_;
  Progress progress_;
};

}  // namespace twill
