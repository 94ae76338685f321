// SPDX-License-Identifier: Apache-2.0
// What a flow costs: bytes by chip and link, cycles at best, cycles as estimated.
#pragma once
#include "algorithms.hpp"

namespace twill::collective {

struct Costs {
  std::vector<std::uint64_t> sent;  ///< payload bytes by rank
  double busiest_link = 0;          ///< payload bytes
  std::uint64_t estimate = 0;       ///< cycles
};

Costs costs_of(const Flow& flow, const Shape& shape, const CommunicatorOptions& options);

/// Fills in the bounds and their formula.
void add_bounds(CallInfo& info, const Task& task, const Shape& shape, const CommunicatorOptions& options, const Costs& costs);

}  // namespace twill::collective
