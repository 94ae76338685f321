// SPDX-License-Identifier: Apache-2.0
// Which faults a campaign strikes with, each from its seed and number alone.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "inject/places.hpp"
#include "inject/struck_job.hpp"

namespace twill::cli {

class Campaign {
 public:
  enum class Aim {
    all,    ///< in turns a fifth of the faults in each kind of state; any bit of the registers as likely
    blocks  ///< registers alone: in turns as many faults in every block of the chip; any bit of a block as likely
  };

  /// A block's registers, beside the three memories.
  struct Block {
    std::string name;
    std::vector<std::size_t> registers;
    std::uint64_t bits = 0;  ///< of a chip
  };

  /// Throws std::logic_error where Places does, and where the job uses no word of one of the memories.
  Campaign(const StruckJob& job, Aim aim, std::uint64_t seed);

  /// In turns a third of the faults of 1, of 2 and of more bits.
  Strike strike(std::uint64_t number) const;

  const std::vector<Block>& blocks() const { return blocks_; }    ///< by name
  std::uint64_t register_bits() const { return register_bits_; }  ///< of all blocks

 private:
  struct Memory {
    Places::Memory place;
    std::vector<std::vector<std::uint32_t>> used;  // by chip
  };

  const StruckJob& job_;
  Aim aim_;
  std::uint64_t seed_;
  std::array<std::vector<Memory>, 3> memories_;  // by State
  std::vector<Block> blocks_;
  std::uint64_t register_bits_ = 0;
};

}  // namespace twill::cli
