// SPDX-License-Identifier: Apache-2.0
// Random networks for tests. A test that uses them adds ${CMAKE_SOURCE_DIR}/tests/support/random_network.cpp to its SOURCES
// and twill::importer twill::tflite_schema to its LIBRARIES.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill::test {

struct RandomNetworkOptions {
  int operators = 6;       ///< layers drawn; one may add helpers (a SPLIT needs a CONCATENATION's inputs, and so on)
  int most_extent = 11;    ///< height and width of the input
  int most_channels = 18;  ///< of any tensor made by a convolution
  /// The TFLite names that may be drawn (CONV_2D, ADD, ...); empty for all. SOFTMAX, float32 QUANTIZE and DEQUANTIZE are drawn
  /// only at the ends.
  std::vector<std::string> types;
  int least_extent = 3;    ///< height and width of the input
  int input_channels = 8;  ///< at most
};

/// Tensors larger than the scratchpad of the smaller machines (a few hundred KB on the largest), sums and channels of many tiles.
inline RandomNetworkOptions large_networks() { return {6, 80, 64, {}, 32, 48}; }
/// The same in proportion to `tiny`, so that its RTL runs them in seconds.
inline RandomNetworkOptions large_for_tiny() { return {6, 40, 48, {}, 20, 40}; }

/// The bytes of a TFLite model, the same for the same seed and options: odd channel counts,
/// kernels, strides, dilations, paddings, groups, depth multipliers, branches, quantization per tensor and per channel, with a
/// few extremes (dead channels, biases near 2^30, left shifts). Every tensor that nothing reads is an output. No tensor is
/// larger than most_extent^2 * 4 * most_channels bytes or so.
std::vector<std::uint8_t> random_tflite(std::uint64_t seed, const RandomNetworkOptions& options = {});

/// The same, imported: what a test usually wants. Its name carries the seed.
Graph random_network(std::uint64_t seed, const RandomNetworkOptions& options = {});

/// Random bytes (numbers around the quantized range for float32) for every input of a graph.
std::vector<std::vector<std::uint8_t>> random_inputs(const Graph& graph, std::uint64_t seed);

/// The environment's TWILL_SEED, or `otherwise`. A failing random test prints its seed.
std::uint64_t seed_or(std::uint64_t otherwise);

}  // namespace twill::test
