// SPDX-License-Identifier: Apache-2.0
#include "broadcast.hpp"
#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/integer_ops/add.h:104-124, K/internal/reference/sub.h.
void evaluate(const AddSub& add, const Call& call) {
  const Tensor &a = call.input(0), &b = call.input(1), &out = call.output();
  BroadcastWalk walk_a(a.shape, out.shape), walk_b(b.shape, out.shape);
  for (std::size_t i = 0; i < out.elements(); ++i) {
    const std::int32_t x = (call.read(0)[walk_a.position()] - a.zero_point[0]) * (1 << add.left_shift);
    const std::int32_t y = (call.read(1)[walk_b.position()] - b.zero_point[0]) * (1 << add.left_shift);
    const std::int32_t scaled_x = requantize(x, add.input1), scaled_y = requantize(y, add.input2);
    const std::int32_t sum = add.subtract ? scaled_x - scaled_y : scaled_x + scaled_y;
    call.write()[i] = finish(requantize(sum, add.output), out.zero_point[0], add.clamp);
    walk_a.next();
    walk_b.next();
  }
}

}  // namespace twill::golden
