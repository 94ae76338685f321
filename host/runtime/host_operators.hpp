// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/graph.hpp"

namespace twill {

/// Runs one of the few operators that stay on the host (float QUANTIZE, DEQUANTIZE, SOFTMAX, a RESHAPE between them) on the
/// bytes of `tensors`.
void run_on_host(const Graph& graph, int op, std::vector<std::vector<std::uint8_t>>& tensors);

}  // namespace twill
