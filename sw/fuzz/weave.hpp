// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "case.hpp"

namespace twill::fuzz {

/// The command ring of a chip.
struct Ring {
  std::vector<contract::Command> commands;
  std::vector<std::uint32_t> ops;  ///< the op each command is, 0 for those that only wait and signal
  std::uint32_t remote = 0;        ///< semaphores that other chips signal
  std::uint32_t marks = 0;
};

/// Puts the ops into queues and joins them with semaphores, so that whatever the chips do at the same time, they leave what the ops leave
/// one after the other. Between commands of different queues (or chips) of which one writes what the other reads or writes there is a chain
/// of signals and waits: none where another chain says the same, but some at random that nothing asks for. The rings take the commands
/// of the queues in a random order that cannot deadlock: of the 16 places of a queue at most 12 hold commands that wait for something
/// further on in the ring.
std::vector<Ring> weave(const Case& test);

}  // namespace twill::fuzz
