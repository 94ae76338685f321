// SPDX-License-Identifier: Apache-2.0
// The post commands as plain C++, written from the contract and from numerics.md alone: the judge of the RTL.
#pragma once

#include "twill/contract.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace twill::post_test {

/// Scaling of an int32 by multiplier * 2^shift / 2^31, two roundings. A left shift saturates to int32.
std::int32_t requantize(std::int32_t x, std::int32_t multiplier, int shift);

/// The post unit of a machine: runs one command after the other.
struct Reference {
  unsigned word = 16;                                        ///< bytes of a word
  std::vector<std::uint8_t> scratchpad;
  std::vector<std::uint8_t> records, table;                  ///< those loaded last (keep_parameters, keep_table)
  /// Sum of column `lane` in accumulator word `offset` of tile `tile` of the command being run.
  std::function<std::int32_t(unsigned tile, unsigned offset, unsigned lane)> sum;
  std::uint64_t words_written = 0;                           ///< so far; a REQUANT word of no bytes is not counted

  /// Throws std::out_of_range when a byte lies outside the scratchpad.
  void run(const contract::Command& command);

 private:
  void run(const contract::Requant&);
  void run(const contract::Add&);
  void run(const contract::Mul&);
  void run(const contract::Pool&);
  void run(const contract::Lookup&);
  void run(const contract::Move&);
  std::uint8_t& at(std::int64_t address);
  std::int32_t value(std::int64_t address) { return static_cast<std::int8_t>(at(address)); }
  void count_run(std::uint32_t bytes) { words_written += (bytes + word - 1) / word; }
};

}  // namespace twill::post_test
