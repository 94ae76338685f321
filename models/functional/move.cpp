// SPDX-License-Identifier: Apache-2.0
// MOVE: a 4-D strided copy or fill within the scratchpad.
#include <cstring>

#include "executions.hpp"
#include "strided_walk.hpp"

namespace twill::functional {

void execute_move(State& state, const contract::Move& c) {
  const std::array<std::uint32_t, 4> counts{c.count0, c.count1, c.count2, c.count3};
  const WalkShape from{c.in_base, c.run, counts, {c.in_stride0, c.in_stride1, c.in_stride2, c.in_stride3}};
  const WalkShape to{c.out_base, c.run, counts, {c.out_stride0, c.out_stride1, c.out_stride2, c.out_stride3}};
  const LocalSpace pad(state, static_cast<std::uint32_t>(contract::Space::scratchpad));
  if (!c.fill) from.require_inside(pad.bytes, pad.name);
  to.require_inside(pad.bytes, pad.name);
  StridedWalk in(from);
  for (StridedWalk out(to); !out.done(); out.advance(c.run)) {
    if (c.fill) {
      std::memset(pad.data + out.address(), static_cast<int>(c.value), c.run);
    } else {
      std::memmove(pad.data + out.address(), pad.data + in.address(), c.run);
      in.advance(c.run);
    }
    state.work.results += (c.run + state.machine.word_bytes - 1) / state.machine.word_bytes;
  }
}

}  // namespace twill::functional
