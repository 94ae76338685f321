// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "twill/functional/state.hpp"

namespace twill::functional {

/// Weight tile `index` of those that follow each other from weight_base: word_bytes rows of word_bytes bytes, widened.
class WeightTile {
 public:
  WeightTile(const State& state, std::uint32_t weight_base, std::uint64_t index) {
    const std::uint32_t bytes = state.machine.word_bytes * state.machine.word_bytes;
    const auto* from = reinterpret_cast<const std::int8_t*>(scratchpad_at(state, static_cast<std::int64_t>(weight_base + index * bytes), bytes));
    for (std::uint32_t i = 0; i < bytes; ++i) weights_[i] = from[i];
  }

  /// [row][column], word_bytes columns a row.
  const std::int16_t* rows() const { return weights_; }

 private:
  std::int16_t weights_[64 * 64];  // the largest machine there is
};

}  // namespace twill::functional
