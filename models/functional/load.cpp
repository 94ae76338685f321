// SPDX-License-Identifier: Apache-2.0
// LOAD and FILL: bytes into a local space.
#include <algorithm>
#include <cstring>

#include "executions.hpp"
#include "strided_walk.hpp"

namespace twill::functional {
namespace {

void copy(const LocalSpace& local, StridedWalk to, const memory::SparseMemory& dram, StridedWalk from) {
  while (!to.done()) {
    const std::uint32_t bytes = std::min(to.contiguous(), from.contiguous());
    read_dram(dram, from.address(), local.data + to.address(), bytes);
    to.advance(bytes);
    from.advance(bytes);
  }
}

/// Values of the DRAM stream may be cut anywhere by its runs; those of the local side are whole.
void add(const LocalSpace& local, StridedWalk to, const memory::SparseMemory& dram, StridedWalk from) {
  while (!to.done()) {
    std::uint8_t bytes[4];
    for (std::uint32_t i = 0; i < 4;) {
      const std::uint32_t take = std::min(4 - i, from.contiguous());
      read_dram(dram, from.address(), bytes + i, take);
      from.advance(take);
      i += take;
    }
    add_int32(local.data + to.address(), bytes);
    to.advance(4);
  }
}

std::uint32_t length(const WalkShape& w) { return w.run * w.count[0] * w.count[1] * w.count[2]; }  // as the counter: modulo 2^32

}  // namespace

void execute_load(State& state, memory::SparseMemory& dram, const contract::Load& load) {
  const LocalSpace local(state, load.space);
  const WalkShape from = dram_side(load), to = local_side(load);
  to.require_inside(local.bytes, local.name);
  (load.add ? add : copy)(local, StridedWalk(to), dram, StridedWalk(from));
  state.work.loaded += length(from);
}

void execute_fill(State& state, const contract::Fill& fill) {
  const LocalSpace local(state, fill.space);
  const WalkShape to = local_side(fill);
  to.require_inside(local.bytes, local.name);
  for (StridedWalk walk(to); !walk.done(); walk.advance(fill.local_run)) std::memset(local.data + walk.address(), static_cast<int>(fill.value), fill.local_run);
}

}  // namespace twill::functional
