// SPDX-License-Identifier: Apache-2.0
// DEPTHWISE: each column on its own channel; passes over (tile, phase_y, phase_x, block), each a stream of image words.
#include <algorithm>
#include <cstring>
#include <vector>

#include "array_execution.hpp"
#include "executions.hpp"
#include "weight_tile.hpp"

namespace twill::functional {
namespace {

class DepthwisePasses {
 public:
  DepthwisePasses(const contract::Depthwise& depthwise, std::uint32_t word_bytes) : c_(depthwise), word_(word_bytes) {}

  std::uint32_t tiles() const { return c_.tiles; }
  std::uint32_t passes() const { return c_.phases_y * c_.phases_x * c_.blocks; }
  bool accumulate() const { return c_.accumulate; }

  void add(State& state, std::uint32_t n, std::uint32_t pass, std::uint32_t first, std::uint32_t last, Sums& sums) const {
    const WeightTile weights(state, c_.weight_base, std::uint64_t{n} * passes() + pass);
    if (first == 0) state.work.weights += word_;

    // The part of the stream these outputs see; the parts of a tile's banks together are the whole stream.
    const std::uint32_t begin = position(first), end = position(last - 1) + (c_.rows - 1) * c_.stream_w + c_.kernel_w;
    const std::vector<std::int8_t> stream = read_stream(state, n, pass, begin, end);
    const bool whole = last == c_.out_w * c_.out_h;
    state.work.operands += (whole ? end : position(last)) - begin;

    std::int32_t* to = sums.data();
    for (std::uint32_t i = first; i < last; ++i, to += word_) {
      for (std::uint32_t tap_row = 0; tap_row < c_.rows; ++tap_row) {
        for (std::uint32_t tap = 0; tap < c_.kernel_w; ++tap) {
          const std::int8_t* x = stream.data() + std::size_t{position(i) + tap_row * c_.stream_w + tap - begin} * word_;
          const std::int16_t* w = weights.rows() + std::size_t{c_.rows * c_.kernel_w - 1 - (tap_row * c_.kernel_w + tap)} * word_;
          for (std::uint32_t column = 0; column < word_; ++column) to[column] += x[column] * w[column];
        }
      }
    }
  }

 private:
  /// The stream word under the first tap of output i.
  std::uint32_t position(std::uint32_t i) const { return i / c_.out_w * c_.stream_w + i % c_.out_w; }

  /// Words [begin, end) of the stream of a pass, masked.
  std::vector<std::int8_t> read_stream(const State& state, std::uint32_t n, std::uint32_t pass, std::uint32_t begin, std::uint32_t end) const {
    const std::uint32_t block = pass % c_.blocks, phase_x = pass / c_.blocks % c_.phases_x, phase_y = pass / c_.blocks / c_.phases_x;
    const std::int64_t base = std::int64_t{c_.in_base} + std::int64_t{n} * word_ + std::int64_t{phase_y} * c_.phase_y_step +
                              std::int64_t{phase_x} * c_.phase_x_step + std::int64_t{block} * c_.block_step;
    const std::int64_t lanes = std::clamp<std::int64_t>(std::int64_t{c_.channels} - std::int64_t{n} * word_, 0, word_);

    std::vector<std::int8_t> stream(std::size_t{end - begin} * word_, static_cast<std::int8_t>(c_.zero_point));
    for (std::uint32_t i = begin; i < end; ++i) {
      const std::int64_t y = i / c_.stream_w, x = i % c_.stream_w;
      const std::int64_t row = c_.y_start + (y + std::int64_t{block} * c_.rows) * c_.stride_y + phase_y;
      const std::int64_t column = c_.x_start + x * c_.stride_x + phase_x;
      if (lanes == 0 || row < 0 || row >= c_.in_rows || column < 0 || column >= c_.in_cols) continue;
      std::memcpy(stream.data() + std::size_t{i - begin} * word_,
                  scratchpad_at(state, base + y * c_.y_step + x * c_.x_step, static_cast<std::uint32_t>(lanes)), static_cast<std::size_t>(lanes));
    }
    return stream;
  }

  contract::Depthwise c_;
  std::uint32_t word_;
};

}  // namespace

std::unique_ptr<Execution> start_depthwise(State& state, const contract::Depthwise& depthwise) {
  return std::make_unique<ArrayExecution<DepthwisePasses>>(state, DepthwisePasses(depthwise, state.machine.word_bytes),
                                                           AccumulatorTile(state, depthwise));
}

void execute_depthwise(State& state, const contract::Depthwise& depthwise) { run(*start_depthwise(state, depthwise)); }

}  // namespace twill::functional
