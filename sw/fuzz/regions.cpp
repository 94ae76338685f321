// SPDX-License-Identifier: Apache-2.0
#include "regions.hpp"

#include <algorithm>

namespace twill::fuzz {

bool Regions::settle() {
  std::sort(intervals_.begin(), intervals_.end());
  std::vector<Interval> joined;
  bool once = true;
  for (const Interval& next : intervals_) {
    if (joined.empty() || next.first > joined.back().second) {
      joined.push_back(next);
      continue;
    }
    once = once && next.first == joined.back().second;
    joined.back().second = std::max(joined.back().second, next.second);
  }
  intervals_ = std::move(joined);
  return once;
}

template <class Counts>
bool Regions::overlaps_where(const Regions& other, Counts counts) const {
  for (auto a = intervals_.begin(), b = other.intervals_.begin(); a != intervals_.end() && b != other.intervals_.end();) {
    if (a->first < b->second && b->first < a->second && counts(std::max(a->first, b->first))) return true;
    if (a->second < b->second) {
      ++a;
    } else {
      ++b;
    }
  }
  return false;
}

bool Regions::overlaps(const Regions& other) const {
  return overlaps_where(other, [](std::uint64_t) { return true; });
}

bool Regions::overlaps(const Regions& other, contract::Space space) const {
  return overlaps_where(other, [space](std::uint64_t byte) { return space_of(byte) == space; });
}

}  // namespace twill::fuzz
