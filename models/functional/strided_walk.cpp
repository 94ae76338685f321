// SPDX-License-Identifier: Apache-2.0
#include "strided_walk.hpp"

#include <algorithm>
#include <cstring>

#include "quantize.hpp"

namespace twill::functional {

void WalkShape::require_inside(std::uint64_t space_bytes, const char* space) const {
  std::int64_t lowest = base, highest = base + run - 1;
  for (std::size_t d = 0; d < count.size(); ++d) {
    const std::int64_t reach = stride[d] * (std::int64_t{count[d]} - 1);
    (reach < 0 ? lowest : highest) += reach;
  }
  if (lowest >= 0 && highest < static_cast<std::int64_t>(space_bytes)) return;
  const std::int64_t outside = lowest < 0 ? lowest : highest;
  throw Fault(contract::Error::address_range, static_cast<std::uint32_t>(outside),
              "byte " + std::to_string(outside) + " lies outside the " + space + " of " + std::to_string(space_bytes) + " bytes");
}

void StridedWalk::advance(std::uint32_t bytes) {
  offset_ += bytes;
  if (offset_ < shape_.run) return;
  offset_ = 0;
  for (std::size_t d = 0; d < index_.size(); ++d) {
    run_address_ += shape_.stride[d];
    if (++index_[d] < shape_.count[d]) return;
    run_address_ -= shape_.stride[d] * shape_.count[d];
    index_[d] = 0;
  }
  done_ = true;
}

LocalSpace::LocalSpace(State& state, std::uint32_t space) {
  if (space == static_cast<std::uint32_t>(contract::Space::scratchpad)) {
    data = state.scratchpad.data();
    bytes = state.scratchpad.size();
    name = "scratchpad";
  } else {
    data = reinterpret_cast<std::uint8_t*>(state.accumulators.data());
    bytes = state.accumulators.size() * sizeof(std::int32_t);
    name = "accumulators";
  }
}

namespace {

/// Calls move(address, offset, bytes) for the part before the end of DRAM and the one that goes on at its beginning.
template <typename Move>
void wrap(std::int64_t address, std::size_t bytes, Move move) {
  const std::uint64_t first = static_cast<std::uint64_t>(address) & (dram_bytes - 1);
  const std::size_t before = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, dram_bytes - first));
  move(first, 0, before);
  if (before < bytes) move(0, before, bytes - before);
}

}  // namespace

void read_dram(const memory::SparseMemory& dram, std::int64_t address, void* data, std::size_t bytes) {
  wrap(address, bytes, [&](std::uint64_t at, std::size_t offset, std::size_t some) { dram.read(at, static_cast<std::uint8_t*>(data) + offset, some); });
}

void write_dram(memory::SparseMemory& dram, std::int64_t address, const void* data, std::size_t bytes) {
  wrap(address, bytes, [&](std::uint64_t at, std::size_t offset, std::size_t some) { dram.write(at, static_cast<const std::uint8_t*>(data) + offset, some); });
}

void add_int32(std::uint8_t* to, const std::uint8_t* from) {
  std::int32_t value, sum;
  std::memcpy(&value, from, sizeof value);
  std::memcpy(&sum, to, sizeof sum);
  sum = wrapping_add(sum, value);
  std::memcpy(to, &sum, sizeof sum);
}

}  // namespace twill::functional
