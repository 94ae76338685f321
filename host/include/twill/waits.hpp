// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "twill/contract.hpp"

namespace twill {

/// ERROR_WAITS and ERROR_SLOTS of a chip that its watchdog has stopped, in words: "array waits for semaphore 3, post for semaphore 4". The queue
/// to blame comes first. Says so when none waits for anything the chip knows of.
inline std::string text_of_waits(std::uint32_t waits, std::uint32_t slots, contract::Queue blamed) {
  static constexpr const char* others[] = {"the fetch of commands", "a record of MARK", "a message of another chip"};
  const auto first = static_cast<unsigned>(blamed);
  std::string text;
  for (unsigned i = 0; i < contract::queues + 3; ++i) {
    const unsigned who = i < contract::queues ? (first + i) % contract::queues : i;
    std::string what;
    switch (static_cast<contract::Wait>(waits >> (4 * who) & 0xfu)) {
      case contract::Wait::nothing: continue;
      case contract::Wait::semaphore: what = "semaphore " + std::to_string(slots >> (6 * who) & 0x1fu); break;
      case contract::Wait::read_address: what = "memory to take a read address"; break;
      case contract::Wait::read_data: what = "memory to answer a read"; break;
      case contract::Wait::write_address: what = "memory to take a write address"; break;
      case contract::Wait::write_data: what = "memory to take write data"; break;
      case contract::Wait::write_response: what = "memory to acknowledge a write"; break;
      case contract::Wait::scratchpad: what = "a word of the scratchpad"; break;
      case contract::Wait::accumulators: what = "a word of the accumulators"; break;
      case contract::Wait::credit: what = "a credit of the network"; break;
    }
    const std::string name = who < contract::queues ? std::string(contract::name(static_cast<contract::Queue>(who))) : others[who - contract::queues];
    text += (text.empty() ? name + " waits for " : ", " + name + " for ") + what;
  }
  return text.empty() ? "nothing that the chip knows of is waited for" : text;
}

}  // namespace twill
