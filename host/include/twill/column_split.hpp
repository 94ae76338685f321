// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/row_split.hpp"

namespace twill {

/// A fully connected layer, [M, K] * [K, N], with N split over chips, rank r of which is machines[r]: every chip has all of the input and its columns of the
/// weights. The columns stay where they are made or, `gathered`, go to all other chips tile by tile while the next are made. Equal machines have equally many
/// columns. Machines that differ have as many as make the slowest chip's predicted cycles fewest, none where a chip would only slow the
/// others down. `graph` is one FULLY_CONNECTED, `input` the bytes of its input. Throws InputError when it is not, when there are not 1 to contract::chips
/// machines, and what map_graph() throws.
SplitJob split_columns(const Graph& graph, const std::vector<Machine>& machines, bool gathered, const std::vector<std::uint8_t>& input);

}  // namespace twill
