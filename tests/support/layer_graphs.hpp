// SPDX-License-Identifier: Apache-2.0
// One-layer networks with seeded random weights, for tests of single layers.
#pragma once
#include <cstdint>

#include "twill/graph.hpp"

namespace twill::test {

struct LayerShape {
  int height, width, channels, filters;
  int kernel = 1, stride = 1, padding = 0;
  bool depthwise = false;
};

Graph layer_graph(const LayerShape& shape, std::uint64_t seed);

}  // namespace twill::test
