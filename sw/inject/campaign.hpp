// SPDX-License-Identifier: Apache-2.0
// Which faults a campaign strikes with, each from its seed and number alone.
#pragma once
#include <array>
#include <vector>

#include "inject/struck_job.hpp"

namespace twill::cli {

class Campaign {
 public:
  /// `ecc`: the machine has SEC-DED memories.
  Campaign(const StruckJob& job, bool ecc, std::uint64_t seed);

  /// In turns: a fifth of the faults in each kind of state, a third of those of 1, of 2 and of more bits.
  Strike strike(std::uint64_t number) const;

  /// Of a chip, beside the three memories.
  std::uint64_t register_bits() const { return register_bits_; }

 private:
  struct Memory {
    std::size_t reg;
    std::vector<std::vector<std::uint32_t>> used;  // by chip
    unsigned code_bits;                            // of which it takes bits: a code word, or as many as it would have data
  };

  const StruckJob& job_;
  std::uint64_t seed_;
  std::array<std::vector<Memory>, 3> memories_;  // by State
  std::vector<std::size_t> registers_;           // all others
  std::uint64_t register_bits_ = 0;
};

}  // namespace twill::cli
