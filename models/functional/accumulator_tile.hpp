// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

#include "twill/functional/state.hpp"

namespace twill::functional {

/// How CONV, DEPTHWISE and REQUANT lay out_h x out_w words of a tile over the accumulator banks: every tile starts at a bank.
class AccumulatorTile {
 public:
  template <typename Command>
  AccumulatorTile(const State& state, const Command& c)
      : bank_words_(state.bank_words()), all_words_(state.machine.accumulator_words), base_(c.acc_base), words_(c.out_w * c.out_h) {}

  std::uint32_t words() const { return words_; }
  std::uint32_t banks() const { return (words_ + bank_words_ - 1) / bank_words_; }

  /// Words [first, last) of the tile lie in its bank b.
  std::uint32_t first(std::uint32_t b) const { return b * bank_words_; }
  std::uint32_t last(std::uint32_t b) const { return std::min(words_, (b + 1) * bank_words_); }

  /// The accumulator word of word i of tile n. Words of one bank of a tile lie side by side.
  std::uint32_t word(std::uint32_t n, std::uint32_t i) const { return (base_ + n * banks() * bank_words_ + i) % all_words_; }

 private:
  std::uint32_t bank_words_, all_words_, base_, words_;
};

}  // namespace twill::functional
