// SPDX-License-Identifier: Apache-2.0
// Graphs of one random layer: what gemm, conv and bench run.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "common/job.hpp"
#include "twill/graph.hpp"

namespace twill::cli {

/// [rows, k] * [k, n], as FULLY_CONNECTED.
struct GemmShape {
  int rows = 1, k = 1, n = 1;
};

struct ConvLayerShape {
  int height = 1, width = 1, channels = 1, filters = 1;  ///< filters of a depthwise layer: channels times the depth multiplier
  int kernel_h = 1, kernel_w = 1, stride = 1, dilation = 1, groups = 1;
  bool same = true, depthwise = false, relu = false;
};

/// Weights, biases, zero points and requantization are drawn with the seed, so that outputs spread over int8.
Graph random_gemm(const GemmShape& shape, std::uint64_t seed);

/// Throws InputError for a shape without an output, or groups that do not divide the channels and filters.
Graph random_conv(const ConvLayerShape& shape, std::uint64_t seed);

/// [tokens, hidden] -> [tokens, ffn], GELU, -> [tokens, hidden].
struct MlpShape {
  int tokens = 1, hidden = 1, ffn = 1;
};

/// FULLY_CONNECTED, GELU as a table, FULLY_CONNECTED, drawn as random_gemm() draws.
Graph random_mlp(const MlpShape& shape, std::uint64_t seed);

/// A layer that ran and was compared with the golden model.
struct LayerOutcome {
  TimedJob job;
  std::optional<std::string> fault;  ///< how it differs from the golden model
};
LayerOutcome run_layer(Device& device, const Graph& graph, const Plan& plan, std::uint64_t seed, const std::string& what, bool quiet);

/// MACs / (word * word), rounded up: the cycles of an array that never waits.
std::uint64_t ideal_cycles(const Graph& graph, const Machine& machine);

}  // namespace twill::cli
