// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/row_split.hpp"

namespace twill {

/// A fully connected layer, [M, K] * [K, N], with N split over `ranks` chips: every chip has all of the input and its columns of the
/// weights. The columns stay where they are made or, `gathered`, go to all other chips tile by tile while the next are made. `graph` is
/// one FULLY_CONNECTED, `input` the bytes of its input. Throws InputError when it is not, when `ranks` is not 1 to contract::chips, and
/// what map_graph() throws.
SplitJob split_columns(const Graph& graph, const Machine& machine, unsigned ranks, bool gathered, const std::vector<std::uint8_t>& input);

}  // namespace twill
