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

/// What is wrong with a case, in a sentence; empty when it is sound: it fills and reads back all memory, as generate() has it; its ops have
/// ids of their own and can run one after the other, each legal, inside its spaces, defined by the contract, its operands as it wants them;
/// at most one is to be refused, and is wrong in one way.
std::string unsound(const Case& test);

}  // namespace twill::fuzz
