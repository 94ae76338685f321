// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "twill/contract.hpp"

namespace twill::functional {

/// A requantization record as it lies in the scratchpad (16 bytes, one per column).
struct RequantRecord {
  std::int32_t bias = 0, multiplier = 0;
  std::int8_t shift = 0, zero_point = 0, min = 0, max = 0;
};

/// What mark records and NETWORK count besides cycles; all wrap at 32 bits.
struct Work {
  std::uint32_t loaded = 0, stored = 0, operands = 0, weights = 0, results = 0;
  std::uint32_t bytes_sent = 0, flits_sent = 0, bytes_received = 0, flits_received = 0;
};

/// Everything commands read and write inside the chip.
struct State {
  explicit State(const contract::Configuration& m)
      : machine(m),
        scratchpad(m.scratchpad_bytes),
        accumulators(std::size_t{m.accumulator_words} * m.word_bytes),
        records(m.word_bytes) {}

  contract::Configuration machine;
  std::vector<std::uint8_t> scratchpad;     ///< byte addressed
  std::vector<std::int32_t> accumulators;   ///< [word][column]
  std::vector<RequantRecord> records;       ///< one per column: those REQUANT used last
  std::array<std::uint8_t, 256> table{};    ///< LOOKUP's, entry 0 belongs to -128
  Work work;

  std::uint32_t bank_words() const { return machine.accumulator_words / contract::accumulator_banks; }
};

/// A command that failed while it ran; info is what ERROR_INFO shows.
class Fault : public std::runtime_error {
 public:
  Fault(contract::Error code, std::uint32_t shown, const std::string& what) : std::runtime_error(what), error(code), info(shown) {}

  const contract::Error error;
  const std::uint32_t info;
};

/// Scratchpad bytes [address, address + bytes) with the address taken modulo 2^24; throws Fault(address_range) when one of
/// them lies outside.
const std::uint8_t* scratchpad_at(const State& state, std::int64_t address, std::uint32_t bytes);
std::uint8_t* scratchpad_at(State& state, std::int64_t address, std::uint32_t bytes);

}  // namespace twill::functional
