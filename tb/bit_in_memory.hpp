// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace twill::tb {

/// A bit of a Verilated model.
struct BitInMemory {
  std::uint8_t* byte;
  std::uint8_t mask;
  bool is_set() const { return (*byte & mask) != 0; }
  void flip() const { *byte = static_cast<std::uint8_t>(*byte ^ mask); }
};

}  // namespace twill::tb
