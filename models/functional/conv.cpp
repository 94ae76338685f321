// SPDX-License-Identifier: Apache-2.0
// CONV: an address walk over (tile, ky, kx, piece) passes of (oy, ox) operand words.
#include <algorithm>
#include <cstring>

#include "array_execution.hpp"
#include "executions.hpp"
#include "weight_tile.hpp"

namespace twill::functional {
namespace {

class ConvPasses {
 public:
  ConvPasses(const contract::Conv& conv, std::uint32_t word_bytes) : c_(conv), word_(word_bytes), pieces_((conv.run_bytes + word_bytes - 1) / word_bytes) {}

  std::uint32_t tiles() const { return c_.tiles; }
  std::uint32_t passes() const { return c_.kernel_y * c_.kernel_x * pieces_; }
  bool accumulate() const { return c_.accumulate; }

  void add(State& state, std::uint32_t n, std::uint32_t pass, std::uint32_t first, std::uint32_t last, Sums& sums) const {
    const std::uint32_t piece = pass % pieces_, kx = pass / pieces_ % c_.kernel_x, ky = pass / pieces_ / c_.kernel_x;
    const WeightTile weights(state, c_.weight_base, std::uint64_t{n} * passes() + pass);
    if (first == 0) state.work.weights += word_;

    const std::int64_t base = std::int64_t{c_.in_base} + std::int64_t{n} * c_.n_step + std::int64_t{ky} * c_.ky_step + std::int64_t{kx} * c_.kx_step +
                              std::int64_t{piece} * word_;
    const std::int64_t base_position = c_.x_start + std::int64_t{kx} * c_.kx_step + std::int64_t{piece} * word_;
    const std::int64_t run_left = std::int64_t{c_.run_bytes} - std::int64_t{piece} * word_;

    std::int8_t operand[64];
    std::int32_t* to = sums.data();
    for (std::uint32_t i = first; i < last; ++i, to += word_) {
      const std::int64_t oy = i / c_.out_w, ox = i % c_.out_w;
      const std::int64_t row = c_.y_start + oy * c_.stride_y + std::int64_t{ky} * c_.dilation_y;
      const std::int64_t position = base_position + ox * c_.x_step;
      // The bytes that are valid lie side by side: low <= l < high.
      const std::int64_t low = std::max<std::int64_t>(0, -position);
      const std::int64_t high = std::min({std::int64_t{word_}, run_left, std::int64_t{c_.row_bytes} - position});
      const bool any = row >= 0 && row < c_.in_rows && low < high;
      if (!any || high - low < word_) std::memset(operand, c_.zero_point, word_);
      if (any)
        std::memcpy(operand + low, scratchpad_at(state, base + oy * c_.y_step + ox * c_.x_step + low, static_cast<std::uint32_t>(high - low)),
                    static_cast<std::size_t>(high - low));
      multiply_add(operand, weights.rows(), word_, to);
    }
    state.work.operands += last - first;
  }

 private:
  contract::Conv c_;
  std::uint32_t word_, pieces_;
};

}  // namespace

std::unique_ptr<Execution> start_conv(State& state, const contract::Conv& conv) {
  return std::make_unique<ArrayExecution<ConvPasses>>(state, ConvPasses(conv, state.machine.word_bytes), AccumulatorTile(state, conv));
}

void execute_conv(State& state, const contract::Conv& conv) { run(*start_conv(state, conv)); }

}  // namespace twill::functional
