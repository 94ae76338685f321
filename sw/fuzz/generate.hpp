// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "case.hpp"

namespace twill::fuzz {

struct Choice {
  std::string config = "tiny", topology = "ring";
  unsigned chips = 1;
  double stalls = 0;
};

/// The case of a seed. Of ten, about five are layers of real shapes, three have fields at the limits of what is valid among them, and two
/// have a command that is to be refused.
Case generate(std::uint64_t seed, const Choice& choice);

/// Whether the ops can run one after the other: each legal, inside its spaces, defined by the contract, its operands as it wants them. The
/// one that is to be refused is not looked at.
bool sound(const Case& test);

}  // namespace twill::fuzz
