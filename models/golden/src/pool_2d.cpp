// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/integer_ops/pooling.h. The window is clipped to the image; an average counts only what is inside.
void evaluate(const Pool2d& pool, const Call& call) {
  const Nhwc in(call.input()), out(call.output());
  for (int n = 0; n < out.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x)
        for (int c = 0; c < out.c; ++c) {
          std::int32_t sum = 0, taps = 0, largest = -128;
          for (int ky = 0; ky < pool.filter_h; ++ky)
            for (int kx = 0; kx < pool.filter_w; ++kx) {
              const int in_y = y * pool.stride_h - pool.padding.top + ky, in_x = x * pool.stride_w - pool.padding.left + kx;
              if (!in.inside(in_y, in_x)) continue;
              const std::int32_t value = call.read()[in.at(n, in_y, in_x, c)];
              sum += value;
              ++taps;
              largest = std::max(largest, value);
            }
          const std::int32_t result = pool.average ? arithmetic::divide_half_away_from_zero(sum, taps) : largest;
          call.write()[out.at(n, y, x, c)] = finish(result, 0, pool.clamp);
        }
}

}  // namespace twill::golden
