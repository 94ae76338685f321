// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/device.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {

/// A job and how long it took on the wall clock.
struct TimedJob {
  JobResult result;
  double seconds = 0;

  /// Chip cycles simulated in a second, the host's work around the job included; 0 on a device without time.
  double cycles_per_second() const { return seconds > 0 ? static_cast<double>(result.report.total.cycles) / seconds : 0; }
};

/// Runs one inference and shows its progress as `what`.
TimedJob run_job(Device& device, const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs,
                 const std::string& what, bool quiet);

}  // namespace twill::cli
