// SPDX-License-Identifier: Apache-2.0
#include "twill/functional/state.hpp"

namespace twill::functional {

const std::uint8_t* scratchpad_at(const State& state, std::int64_t address, std::uint32_t bytes) {
  const auto first = static_cast<std::uint32_t>(address) & 0xffffffu;
  if (std::uint64_t{first} + bytes > state.scratchpad.size()) {
    const auto outside = first < state.scratchpad.size() ? static_cast<std::uint32_t>(state.scratchpad.size()) : first;
    throw Fault(contract::Error::address_range, outside,
                "byte " + std::to_string(outside) + " lies outside the scratchpad of " + std::to_string(state.scratchpad.size()) + " bytes");
  }
  return state.scratchpad.data() + first;
}

std::uint8_t* scratchpad_at(State& state, std::int64_t address, std::uint32_t bytes) {
  return const_cast<std::uint8_t*>(scratchpad_at(static_cast<const State&>(state), address, bytes));
}

}  // namespace twill::functional
