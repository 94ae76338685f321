// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "twill/error.hpp"
#include "twill/parallel.hpp"
#include "twill/runtime.hpp"

namespace twill {

std::uint64_t ParallelResult::cycles() const {
  std::uint64_t last = 0;
  for (const Outcome& outcome : outcomes)
    for (const MarkRecord& mark : outcome.marks) last = std::max(last, mark.cycle());
  return last;
}

ParallelResult run_parallel(System& system, const Graph& graph, const ParallelPlan& plan,
                            const std::vector<std::vector<std::vector<std::uint8_t>>>& inputs, LaunchOptions options) {
  if (inputs.size() != plan.options.images)
    throw InputError("the plan is for " + std::to_string(plan.options.images) + " images, got " + std::to_string(inputs.size()));
  ParallelResult result;
  for (const auto& image : inputs) result.images.push_back(tensors_before_chip(graph, plan.host_before, image));
  system.reset();
  // What an earlier run left there could be right: it must not stand for what this one does not write.
  for (const ParallelPlan::Place& out : plan.outputs) {
    const std::vector<std::uint8_t> nothing(out.bytes, unwritten);
    system.chip(out.chip).write_memory(out.address, nothing.data(), nothing.size());
  }
  for (const ParallelPlan::Place& in : plan.inputs)
    system.chip(in.chip).write_memory(in.address, result.images[in.image][static_cast<std::size_t>(in.tensor)].data(), in.bytes);
  if (options.memory_silence == 0) options.memory_silence = memory_silence(plan.machines);
  result.outcomes = launch(system, plan.programs, options);
  for (const ParallelPlan::Place& out : plan.outputs) {
    std::vector<std::uint8_t> got(out.bytes);
    system.chip(out.chip).read_memory(out.address, got.data(), got.size());
    auto& bytes = result.images[out.image][static_cast<std::size_t>(out.tensor)];
    const bool first = out.chip % plan.options.shape.tensor == 0;
    if (first) bytes = std::move(got);
    else if (got != bytes && !result.unlike) result.unlike = out;
  }
  for (auto& tensors : result.images) finish_after_chip(graph, plan.layers, plan.host_after, tensors);
  return result;
}

}  // namespace twill
