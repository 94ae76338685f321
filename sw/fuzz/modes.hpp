// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "case.hpp"

namespace twill::fuzz {

/// In which of its ways a command works, by name: ("conv", {"dense", "padded", ...}).
std::vector<std::string> modes_of(const contract::Command& command, const contract::Configuration& machine);

/// How many commands of what opcode and mode cases had; those to be refused by their error instead.
class ModeCounts {
 public:
  void add(const Case& test);
  const std::map<std::string, std::map<std::string, std::uint64_t>>& counts() const { return counts_; }

 private:
  std::map<std::string, std::map<std::string, std::uint64_t>> counts_;
};

}  // namespace twill::fuzz
