// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/graph.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {

/// "operator 3 (CONV_2D), tensor 7 at [0, 3, 17, 2]: expected 12, got -4 (31 of 9,216 elements differ)". The two must differ.
std::string describe_mismatch(const Graph& graph, int tensor, const std::vector<std::uint8_t>& expected,
                              const std::vector<std::uint8_t>& got);

/// Runs the golden model and describes the first operator output that the chip's result has and that differs; nothing when
/// all are equal.
std::optional<std::string> first_mismatch(const Graph& graph, const std::vector<std::vector<std::uint8_t>>& inputs,
                                          const JobResult& result);

}  // namespace twill::cli
