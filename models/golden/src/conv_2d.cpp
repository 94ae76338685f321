// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/integer_ops/conv.h. Output channel o belongs to group o / (outputs per group) and sees only that
// group's input channels.
void evaluate(const Conv2d& conv, const Call& call) {
  const Nhwc in(call.input(0)), weights(call.input(1)), out(call.output());  // weights: n = output channel, c = channel in the group
  const std::int8_t* x = call.read(0);
  const std::int8_t* w = call.read(1);
  const std::int32_t* bias = call.has(2) ? call.read<std::int32_t>(2) : nullptr;
  const int zero_in = call.input(0).zero_point[0], zero_out = call.output().zero_point[0];
  const int outputs_per_group = out.c / conv.groups;

  for (int n = 0; n < out.n; ++n)
    for (int y = 0; y < out.h; ++y)
      for (int column = 0; column < out.w; ++column)
        for (int o = 0; o < out.c; ++o) {
          const int first_channel = o / outputs_per_group * weights.c;
          Accumulator sum(bias ? bias[o] : 0);
          for (int ky = 0; ky < weights.h; ++ky)
            for (int kx = 0; kx < weights.w; ++kx) {
              const int in_y = y * conv.stride_h - conv.padding.top + ky * conv.dilation_h;
              const int in_x = column * conv.stride_w - conv.padding.left + kx * conv.dilation_w;
              if (!in.inside(in_y, in_x)) continue;
              const std::int8_t* pixel = x + in.at(n, in_y, in_x, first_channel);
              const std::int8_t* tap = w + weights.at(o, ky, kx, 0);
              for (int c = 0; c < weights.c; ++c) sum.add(tap[c] * (pixel[c] - zero_in));
            }
          const std::size_t channel = static_cast<std::size_t>(o);
          call.write()[out.at(n, y, column, o)] = finish(requantize(sum.value(), conv.requant[channel]), zero_out, conv.clamp);
        }
}

}  // namespace twill::golden
