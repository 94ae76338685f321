// SPDX-License-Identifier: Apache-2.0
#include "strided_walk.hpp"

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

void add_int32(std::uint8_t* to, const std::uint8_t* from) {
  std::int32_t value, sum;
  std::memcpy(&value, from, sizeof value);
  std::memcpy(&sum, to, sizeof sum);
  sum = wrapping_add(sum, value);
  std::memcpy(to, &sum, sizeof sum);
}

}  // namespace twill::functional
