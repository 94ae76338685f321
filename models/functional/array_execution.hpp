// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "accumulator_tile.hpp"
#include "twill/functional/execute.hpp"

namespace twill::functional {

/// Sums of some words of one pass, word_bytes columns each.
using Sums = std::vector<std::int32_t>;

/// A command of the array. A unit is one pass over the words of one accumulator bank, so that another queue that touches
/// operands, weights or sums too early or too late meets them half done, as on the chip.
///
/// Passes is the command's own walk:
///   std::uint32_t tiles() const, passes() const (of a tile);
///   bool accumulate() const;
///   void add(State&, std::uint32_t tile, std::uint32_t pass, std::uint32_t first, std::uint32_t last, Sums&) const
/// adds what the pass makes of output words [first, last) to Sums, and counts its work in the state.
template <typename Passes>
class ArrayExecution : public Execution {
 public:
  ArrayExecution(State& state, Passes passes, AccumulatorTile tile) : state_(state), passes_(std::move(passes)), geometry_(tile) {}

  bool enters_tile() const override { return pass_ == 0 && !pending_; }

  Progress step() override {
    Progress progress;
    if (!pending_) {
      const std::uint32_t first = geometry_.first(bank_), last = geometry_.last(bank_);
      sums_.assign(std::size_t{last - first} * state_.machine.word_bytes, 0);
      passes_.add(state_, tile_, pass_, first, last, sums_);
      // The command is complete once the last operand is read; its sums reach the accumulators later. Who waits on the
      // command's signal instead of the tile's finds them missing.
      if (at_end()) {
        pending_ = true;
        progress.complete = true;
        return progress;
      }
    }
    write_sums();
    progress.tile_left = pass_ + 1 == passes_.passes();
    progress.finished = at_end();
    advance();
    return progress;
  }

 private:
  bool at_end() const { return tile_ + 1 == passes_.tiles() && pass_ + 1 == passes_.passes() && bank_ + 1 == geometry_.banks(); }

  void write_sums() {
    std::int32_t* to = state_.accumulators.data() + std::size_t{geometry_.word(tile_, geometry_.first(bank_))} * state_.machine.word_bytes;
    if (pass_ == 0 && !passes_.accumulate()) {
      std::copy(sums_.begin(), sums_.end(), to);
    } else {  // the accumulators wrap
      for (std::size_t i = 0; i < sums_.size(); ++i)
        to[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(to[i]) + static_cast<std::uint32_t>(sums_[i]));
    }
  }

  void advance() {
    if (++bank_ < geometry_.banks()) return;
    bank_ = 0;
    if (++pass_ < passes_.passes()) return;
    pass_ = 0;
    ++tile_;
  }

  State& state_;
  Passes passes_;
  AccumulatorTile geometry_;
  Sums sums_;
  std::uint32_t tile_ = 0, pass_ = 0, bank_ = 0;
  bool pending_ = false;
};

/// sums[column] += sum over rows of operand[row] * weights[row][column], for one operand word.
inline void multiply_add(const std::int8_t* operand, const std::int16_t* weights, std::uint32_t word_bytes, std::int32_t* sums) {
  for (std::uint32_t row = 0; row < word_bytes; ++row) {
    const std::int32_t x = operand[row];
    const std::int16_t* w = weights + std::size_t{row} * word_bytes;
    for (std::uint32_t column = 0; column < word_bytes; ++column) sums[column] += x * w[column];
  }
}

}  // namespace twill::functional
