// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "operators.hpp"

namespace twill::golden {
namespace {

// K/internal/reference/resize_nearest_neighbor.h:28-47, in float32 throughout.
int source_of(int target, int input_size, int output_size, const ResizeNearest& resize) {
  const float scale = resize.align_corners && output_size > 1 ? static_cast<float>(input_size - 1) / static_cast<float>(output_size - 1)
                                                              : static_cast<float>(input_size) / static_cast<float>(output_size);
  const float position = (static_cast<float>(target) + (resize.half_pixel_centers ? 0.5f : 0.0f)) * scale;
  const float nearest = resize.align_corners ? std::round(position) : std::floor(position);
  return std::min(static_cast<int>(nearest), input_size - 1);
}

}  // namespace

void evaluate(const ResizeNearest& resize, const Call& call) {
  const Nhwc in(call.input()), out(call.output());
  for (int n = 0; n < out.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x)
        std::copy_n(call.read() + in.at(n, source_of(y, in.h, out.h, resize), source_of(x, in.w, out.w, resize), 0), out.c,
                    call.write() + out.at(n, y, x, 0));
}

}  // namespace twill::golden
