// SPDX-License-Identifier: Apache-2.0
#include "common/job.hpp"

#include <chrono>

#include "common/progress.hpp"

namespace twill::cli {

TimedJob run_job(Device& device, const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs,
                 const std::string& what, bool quiet) {
  const bool timed = device.kind() != "functional";
  Progress progress(what, timed ? plan.predicted_cycles : 0, timed ? "cycles" : "steps", quiet);
  Runtime runtime(device, [&](std::uint64_t cycles) { progress.update(cycles); });
  const auto start = std::chrono::steady_clock::now();
  TimedJob job;
  job.result = runtime.run(graph, plan, inputs);
  job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return job;
}

}  // namespace twill::cli
