// SPDX-License-Identifier: Apache-2.0
// A file through the importer. What is imported and small is mapped to the smallest machine, run on the functional chip and compared with golden.
#include <algorithm>
#include <numeric>

#include "target.hpp"
#include "twill/functional_device.hpp"
#include "twill/golden/run.hpp"
#include "twill/runtime.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;

/// Products, and taps of windows: about the time of a run.
double work(const Graph& graph, const Operator& op) {
  const auto elements = [&](const std::vector<int>& tensors) {
    return std::accumulate(tensors.begin(), tensors.end(), 0.0, [&](double sum, int t) {
      return sum + (t < 0 ? 0.0 : static_cast<double>(graph.tensors[static_cast<std::size_t>(t)].bytes()));
    });
  };
  const auto* pool = std::get_if<Pool2d>(&op.attributes);
  return static_cast<double>(op.macs) + elements(op.inputs) + elements(op.outputs) * (pool ? double(pool->filter_h) * pool->filter_w : 1.0);
}

bool is_small(const Graph& graph) {
  double sum = 0;
  for (const Operator& op : graph.operators) sum += work(graph, op);
  for (int input : graph.inputs) sum += static_cast<double>(graph.tensors[static_cast<std::size_t>(input)].bytes());
  return sum < 1 << 18;
}

std::vector<std::vector<std::uint8_t>> some_inputs(const Graph& graph) {
  std::vector<std::vector<std::uint8_t>> inputs;
  for (int index : graph.inputs) {
    inputs.emplace_back(graph.tensors[static_cast<std::size_t>(index)].bytes());
    for (std::size_t i = 0; i < inputs.back().size(); ++i) inputs.back()[i] = static_cast<std::uint8_t>(i * 37 >> 1);
  }
  return inputs;
}

void run(const Graph& graph) {
  const auto device = make_functional_device("tiny");
  Plan plan;
  if (!fuzzing::accepted([&] { plan = map_graph(graph, Machine::of(*device)); })) return;
  const auto inputs = some_inputs(graph);
  const JobResult result = Runtime(*device).run(graph, plan, inputs);
  const golden::Values golden = golden::run(graph, inputs);
  for (int output : graph.outputs) {
    const auto at = static_cast<std::size_t>(output);
    fuzzing::require(result.tensors[at] == golden[at], "output " + std::to_string(output) + " of the chip is that of golden");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Graph graph;
  if (!fuzzing::accepted([&] { graph = import_tflite({data, data + size}, "model.tflite"); })) return 0;
  fuzzing::require(!graph.outputs.empty(), "a graph has outputs");
  if (is_small(graph)) run(graph);
  return 0;
}
