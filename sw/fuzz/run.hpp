// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "case.hpp"
#include "twill/tb/chip.hpp"
#include "weave.hpp"

namespace twill::fuzz {

/// What is left when chips have run the rings of a case.
struct Outcome {
  struct Chip {
    contract::Error error = contract::Error::none;
    unsigned queue = 0;
    std::uint64_t address = 0;                             ///< of the command
    std::uint32_t info = 0;                                ///< shown, not compared
    std::vector<std::uint8_t> scratchpad, accumulators;
    std::vector<std::vector<std::uint8_t>> dram;           ///< of each window
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks;  ///< tag and queue, sorted: which queue is first is a matter of time
    std::vector<std::pair<std::string, std::uint32_t>> counters;
    std::string restless;                                  ///< what still goes on; empty when the chip is at rest
  };
  std::vector<Chip> chips;
  std::string broken;        ///< what a chip did that ended the simulation: an assertion, a bus protocol; empty when nothing
  std::uint64_t cycles = 0;  ///< of the chips, where there are cycles

  bool failed() const;  ///< a chip stopped
};

/// Makes the chip under test. That of the command is tb::make_chip; tests have others.
using ChipMaker = std::function<std::unique_ptr<tb::Chip>(const std::string& configuration, const tb::ChipOptions& options)>;

Outcome run_rtl(const Case& test, const std::vector<Ring>& rings, const ChipMaker& make);
Outcome run_functional(const Case& test, const std::vector<Ring>& rings);
/// What the ops leave one after the other. No counters, and nothing of a case with an op that is to be refused.
Outcome run_in_order(const Case& test);

/// What the first difference is, in a sentence; empty when there is none. When a chip stopped, what it was stopped by is all that is looked at.
std::string difference(const Outcome& expected, const Outcome& got);

/// Runs a case on the functional chip and on RTL. Empty when all agree, else what does not. A stream that the functional chip runs to another
/// end than its ops one after the other is no fault of the RTL and said so.
struct Verdict {
  std::string fault;
  std::uint64_t cycles = 0, commands = 0;
};
Verdict judge(const Case& test, const ChipMaker& make);

/// Whether a fault is of the same kind as another, so that what is shrunk does not turn into something else: the stream's own, or the RTL's.
bool same_fault(const std::string& fault, const std::string& other);

}  // namespace twill::fuzz
