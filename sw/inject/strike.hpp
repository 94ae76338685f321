// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twill::cli {

/// What a fault strikes: the memories that SEC-DED protects where a machine has it, frames on links with the retry protocol, and all other
/// registers of a chip, which nothing protects.
enum class State { scratchpad, accumulators, queues, links, registers };
constexpr std::array<State, 5> states{State::scratchpad, State::accumulators, State::queues, State::links, State::registers};
std::string_view name(State state);

/// Bits that are wrong from one cycle on, all in one word, frame or register.
struct Strike {
  State state{};
  std::uint64_t cycle = 0;  ///< since the chips were ready, as StruckJob::cycles() counts
  unsigned chip = 0;        ///< of a link: the number of the wire
  std::size_t reg = 0;      ///< of the chip's registers()
  std::uint32_t element = 0;
  std::vector<unsigned> bits;  ///< of the element, or of the frame
  std::string where;           ///< "chip 1, u_fetch.head_q[3]"
  std::string block;           ///< of a register: "u_fetch"
};

}  // namespace twill::cli
