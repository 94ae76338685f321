// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace twill::noc {

/// The least that is not below `least`: places of a ring whose index is masked.
inline std::uint64_t power_of_two(std::uint64_t least) {
  std::uint64_t size = 1;
  while (size < least) size *= 2;
  return size;
}

}  // namespace twill::noc
