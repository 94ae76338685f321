// SPDX-License-Identifier: Apache-2.0
#include "broadcast.hpp"
#include "operators.hpp"

namespace twill::golden {

// K/internal/reference/integer_ops/mul.h:36-46.
void evaluate(const Mul& mul, const Call& call) {
  const Tensor &a = call.input(0), &b = call.input(1), &out = call.output();
  BroadcastWalk walk_a(a.shape, out.shape), walk_b(b.shape, out.shape);
  for (std::size_t i = 0; i < out.elements(); ++i) {
    const std::int32_t x = call.read(0)[walk_a.position()] - a.zero_point[0];
    const std::int32_t y = call.read(1)[walk_b.position()] - b.zero_point[0];
    call.write()[i] = finish(requantize(x * y, mul.output), out.zero_point[0], mul.clamp);
    walk_a.next();
    walk_b.next();
  }
}

}  // namespace twill::golden
