// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "regions.hpp"
#include "twill/contract.hpp"

namespace twill::fuzz {

/// One side of a move: `run` bytes, repeated by counts with strides, the inner first.
struct Walk {
  std::int64_t base = 0;
  std::int64_t run = 1;
  std::array<std::int64_t, 4> count{1, 1, 1, 1}, stride{};

  std::int64_t runs() const { return count[0] * count[1] * count[2] * count[3]; }
  /// The first address and the one behind the last.
  std::pair<std::int64_t, std::int64_t> reach() const;
  /// Calls visit(address) for every run, in order.
  template <class Visit>
  void each_run(Visit visit) const {
    for (std::int64_t l = 0; l < count[3]; ++l)
      for (std::int64_t k = 0; k < count[2]; ++k)
        for (std::int64_t j = 0; j < count[1]; ++j)
          for (std::int64_t i = 0; i < count[0]; ++i) visit(base + i * stride[0] + j * stride[1] + k * stride[2] + l * stride[3]);
  }
};

/// The sides of those commands that have them.
template <class C>
Walk local_walk(const C& c) {
  return {c.local_base,
          c.local_run,
          {c.local_count0, c.local_count1, c.local_count2, 1},
          {c.local_stride0, c.local_stride1, c.local_stride2, 0}};
}
template <class C>
Walk dram_walk(const C& c) {
  return {static_cast<std::int64_t>(c.dram_base),
          c.dram_run,
          {c.dram_count0, c.dram_count1, c.dram_count2, 1},
          {c.dram_stride0, c.dram_stride1, c.dram_stride2, 0}};
}
template <class C>
Walk remote_walk(const C& c) {
  return {static_cast<std::int64_t>(c.remote_base),
          c.remote_run,
          {c.remote_count0, c.remote_count1, c.remote_count2, 1},
          {c.remote_stride0, c.remote_stride1, c.remote_stride2, 0}};
}

/// What a command touches, byte by byte, read off the text of the contract.
struct Footprint {
  Regions reads, writes;
  bool inside = true;       ///< no byte lies outside its space; else the rest says little
  bool writes_once = true;  ///< no byte is written twice
};

/// Nothing for a command that is longer than `most_work`. The command is legal (functional::check_command).
/// `chip` runs it; DRAM addresses are not looked at.
std::optional<Footprint> footprint(const contract::Command& command, const contract::Configuration& machine, unsigned chip,
                                   std::uint64_t most_work);

/// Whether the contract says what the command leaves: all of it lies inside, and what it reads is not what it writes, unless an element
/// replaces itself.
bool well_defined(const contract::Command& command, const Footprint& footprint);

}  // namespace twill::fuzz
