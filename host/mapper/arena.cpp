// SPDX-License-Identifier: Apache-2.0
#include "arena.hpp"

#include <algorithm>

namespace twill::mapper {

void Arena::add(std::size_t bytes, int first, int last, bool from_top, std::uint32_t* address) {
  if (bytes == 0) return;
  const auto rounded = static_cast<std::uint32_t>((bytes + alignment_ - 1) / alignment_ * alignment_);
  buffers_.push_back({rounded, first, last, from_top, address});
}

std::optional<Arena::Failure> Arena::place(std::uint32_t bank) const {
  std::vector<Buffer> buffers = buffers_;
  if (bank)
    for (Buffer& b : buffers)
      if (b.bytes >= bank / 4) b.bytes = (b.bytes + bank - 1) / bank * bank;
  std::stable_sort(buffers.begin(), buffers.end(), [](const Buffer& a, const Buffer& b) { return a.bytes > b.bytes; });
  std::vector<const Buffer*> placed;
  for (const Buffer& b : buffers) {
    // The other buffers alive at the same time, as taken [begin, end) pieces in order of address.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> taken;
    for (const Buffer* o : placed)
      if (o->first <= b.last && b.first <= o->last) taken.emplace_back(*o->address, *o->address + o->bytes);
    std::sort(taken.begin(), taken.end());
    bool found = false;
    std::uint32_t at = 0, low = 0;
    const auto offer = [&](std::uint32_t begin, std::uint32_t end) {
      if (begin > end || end - begin < b.bytes) return;
      if (!found || b.from_top) at = b.from_top ? end - b.bytes : begin;
      found = true;
    };
    for (const auto& [begin, end] : taken) {
      offer(low, begin);
      low = std::max(low, end);
    }
    offer(low, bytes_);
    if (!found) return Failure{b.first, b.last};
    *b.address = at;
    placed.push_back(&b);
  }
  return std::nullopt;
}

}  // namespace twill::mapper
