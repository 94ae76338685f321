// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "twill/contract.hpp"

namespace twill {

/// A bit to be flipped in the memories of a simulated chip with SEC-DED, where it lies: what was read of the word stays read, what is written
/// there later undoes it.
struct Fault {
  contract::Space memory = contract::Space::scratchpad;    ///< scratchpad, accumulators or queue_memory
  contract::Queue queue = contract::Queue::load;           ///< whose, of queue_memory
  std::uint32_t address = 0;                               ///< a byte of the code word, as ERROR_INFO shows it
  unsigned bit = 0;                                        ///< of the code word: its data (32 of a queue's index and where a word is 4 bytes, else 64), then check bits
  std::uint64_t cycle = 0;                                 ///< the chip's cycle before which it is flipped; one that has passed: the next
};

}  // namespace twill
