// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "twill/contract.hpp"

namespace twill::fuzz {

/// A byte of a system of chips as one number.
inline std::uint64_t place(unsigned chip, contract::Space space, std::uint64_t address) {
  return std::uint64_t{chip} << 42 | static_cast<std::uint64_t>(space) << 40 | address;
}
inline contract::Space space_of(std::uint64_t place) { return static_cast<contract::Space>(place >> 40 & 3u); }

inline unsigned chip_of(std::uint64_t place) { return static_cast<unsigned>(place >> 42); }

/// A set of such bytes: intervals that rise and do not touch.
class Regions {
 public:
  using Interval = std::pair<std::uint64_t, std::uint64_t>;  ///< [first, last)

  void add(std::uint64_t first, std::uint64_t bytes) {
    if (bytes > 0) intervals_.emplace_back(first, first + bytes);
  }
  /// Sorts and joins what was added. False when some byte was added twice.
  bool settle();

  bool overlaps(const Regions& other) const;
  /// The part in one space of one chip.
  bool overlaps(const Regions& other, contract::Space space) const;
  const std::vector<Interval>& intervals() const { return intervals_; }

 private:
  template <class Counts>
  bool overlaps_where(const Regions& other, Counts counts) const;

  std::vector<Interval> intervals_;
};

}  // namespace twill::fuzz
