// SPDX-License-Identifier: Apache-2.0
// What runs on chips that are RTL and netlist (twin.hpp). Each fails where the two differ. Networks and messages have SystemC in them, which
// elaborates once a process.
#pragma once
#include <cstdint>

namespace netlist {

/// The cycles of jobs, and in how many the busiest engine worked.
struct Busy {
  std::uint64_t busy = 0, cycles = 0;
};

Busy run_networks(std::uint64_t seed, std::uint64_t cycles);      ///< random networks, from this seed on, until so many cycles are over
void run_pins(std::uint32_t seed);                                ///< 10,000 cycles of random inputs, with a reset in every thousand
void run_semaphores();                                            ///< a token through all semaphores
void run_messages(std::uint64_t seed);                            ///< messages of every kind between two chips

}  // namespace netlist
