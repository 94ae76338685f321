// SPDX-License-Identifier: Apache-2.0
// POOL: windows over an image, in-image taps only.
#include <algorithm>
#include <limits>

#include "executions.hpp"
#include "quantize.hpp"

namespace twill::functional {
namespace {

/// Taps [first, last) of a window along one axis that lie in the image.
struct Taps {
  Taps(std::int64_t start, std::int64_t kernel, std::int64_t size) : first(std::max<std::int64_t>(0, start)), last(std::min(size, start + kernel)) {}
  std::int64_t first, last;
  std::int32_t count() const { return static_cast<std::int32_t>(last - first); }
};

std::int8_t pooled(const contract::Pool& c, std::int32_t sum, std::int32_t largest, std::int32_t taps) {
  switch (static_cast<contract::PoolMode>(c.mode)) {
    case contract::PoolMode::max: return offset_and_clamp(largest, 0, c.min, c.max);
    case contract::PoolMode::average: return offset_and_clamp(arithmetic::divide_half_away_from_zero(sum, taps), 0, c.min, c.max);
    default:
      return offset_and_clamp(
          arithmetic::multiply_by_quantized_multiplier(wrapping_add(sum, c.bias), static_cast<std::int32_t>(c.multiplier), c.shift), c.out_zero,
          c.min, c.max);
  }
}

}  // namespace

void execute_pool(State& state, const contract::Pool& c) {
  const std::uint32_t word = state.machine.word_bytes;
  std::int32_t sum[64], largest[64];
  for (std::int64_t oy = 0; oy < c.out_h; ++oy) {
    const Taps rows(c.y_start + oy * c.stride_y, c.kernel_y, c.in_rows);
    for (std::int64_t ox = 0; ox < c.out_w; ++ox) {
      const Taps columns(c.x_start + ox * c.stride_x, c.kernel_x, c.in_cols);
      for (std::uint32_t from = 0; from < c.channels; from += word) {
        const std::uint32_t lanes = std::min(word, c.channels - from);
        std::fill_n(sum, lanes, 0);
        std::fill_n(largest, lanes, std::numeric_limits<std::int8_t>::min());
        for (std::int64_t row = rows.first; row < rows.last; ++row) {
          for (std::int64_t column = columns.first; column < columns.last; ++column) {
            const auto* tap = reinterpret_cast<const std::int8_t*>(
                scratchpad_at(state, c.in_base + row * c.in_row_pitch + column * c.in_pix_pitch + from, lanes));
            for (std::uint32_t l = 0; l < lanes; ++l) {
              sum[l] += tap[l];
              largest[l] = std::max<std::int32_t>(largest[l], tap[l]);
            }
          }
        }
        std::uint8_t* out = scratchpad_at(state, c.out_base + oy * c.out_row_pitch + ox * c.out_pix_pitch + from, lanes);
        for (std::uint32_t l = 0; l < lanes; ++l) out[l] = static_cast<std::uint8_t>(pooled(c, sum[l], largest[l], rows.count() * columns.count()));
        ++state.work.results;
      }
    }
  }
}

}  // namespace twill::functional
