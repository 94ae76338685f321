// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "twill/graph.hpp"

namespace twill::cli {

/// Random numbers that a seed fixes on every platform, unlike the standard library's distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  int between(int low, int high) { return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1)); }
  double real(double low, double high) { return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53; }
  std::vector<std::uint8_t> bytes(std::size_t count);

 private:
  std::mt19937_64 engine_;
};

/// A value for each network input: any byte for int8 and uint8; for float32 what the QUANTIZE that reads it spreads over int8.
std::vector<std::vector<std::uint8_t>> random_inputs(const Graph& graph, std::uint64_t seed);

}  // namespace twill::cli
