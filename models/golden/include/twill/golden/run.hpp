// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/graph.hpp"

namespace twill::golden {

/// The bytes of every tensor of a graph by tensor index, little-endian, C order; empty for a tensor no operator makes.
using Values = std::vector<std::vector<std::uint8_t>>;

/// Runs a graph on the host, operator by operator, with the arithmetic of the TensorFlow Lite reference kernels (double
/// rounding), bit for bit. `inputs` are the graph's inputs in their order. Throws InputError when their number or a size
/// is not the graph's.
Values run(const Graph& graph, const std::vector<std::vector<std::uint8_t>>& inputs);

}  // namespace twill::golden
