// SPDX-License-Identifier: Apache-2.0
// Which of a chip's registers are its three memories, which are all others, and which a machine declares and does not use.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "inject/strike.hpp"
#include "twill/contract.hpp"
#include "twill/tb/chip.hpp"

namespace twill::cli {

class Places {
 public:
  struct Memory {
    State state;
    std::size_t reg;     ///< among the chip's registers
    unsigned code_bits;  ///< of its elements, of which a fault takes bits: a code word, or without SEC-DED as many as one would have data
  };

  /// `registers` of a chip of that machine. Throws std::logic_error where the names by which memories are known find no register, or fewer
  /// bits than the machine has: the RTL calls one of them otherwise, and it would count as unprotected.
  Places(const std::vector<tb::Register>& registers, const contract::Configuration& machine);

  const std::vector<Memory>& memories() const { return memories_; }
  const std::vector<std::size_t>& others() const { return others_; }

 private:
  std::vector<Memory> memories_;
  std::vector<std::size_t> others_;
};

/// "u_fetch" of u_fetch.head_q and of all within it; "twill_chip" of the chip's own.
std::string block_of(const std::string& name);

}  // namespace twill::cli
