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
    std::uint64_t address = 0;  ///< of the command
    std::uint32_t info = 0;     ///< shown, not compared
    std::vector<std::uint8_t> scratchpad, accumulators;
    std::vector<std::vector<std::uint8_t>> dram;                 ///< of each window
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks;  ///< tag and queue, sorted: which queue is first is a matter of time
    std::vector<std::pair<std::string, std::uint32_t>> counters;
    std::uint32_t causes = 0;  ///< all that IRQ_STATUS has said
    std::string restless;      ///< what still goes on; empty when the chip is at rest
  };
  std::vector<Chip> chips;
  std::string broken;        ///< what a chip did that ended the simulation: an assertion, a bus protocol; empty when nothing
  std::string unended;       ///< what the host still waits for when it gives up; empty when the job came to an end
  std::uint64_t cycles = 0;  ///< of the chips, where there are cycles

  bool failed() const;  ///< a chip stopped
};

/// Makes the chip under test. That of the command is tb::make_chip; tests have others.
using ChipMaker = std::function<std::unique_ptr<tb::Chip>(const std::string& configuration, const tb::ChipOptions& options)>;

Outcome run_rtl(const Case& test, const std::vector<Ring>& rings, const ChipMaker& make);
Outcome run_functional(const Case& test, const std::vector<Ring>& rings);
/// What the ops leave one after the other. No counters, and nothing of a case with an op that is to be refused.
Outcome run_in_order(const Case& test);

/// What is wrong. What is shrunk stays of one kind, so that a wrong byte does not turn into a hang.
struct Fault {
  enum class Kind { none, stream, broken, unended, hang, error, interrupt, bytes, restless, marks, count };
  Kind kind = Kind::none;
  std::string text;  ///< a sentence
  bool found() const { return kind != Kind::none; }
};

/// The first difference. When a chip stopped, that and what it was stopped by is all that is looked at, of all chips.
Fault difference(const Outcome& expected, const Outcome& got);

/// Kind::stream when the functional chip by itself comes to another end than the ops one after the other: no fault of the RTL. Throws
/// std::logic_error when it could not run the rings at all.
Fault stream_fault(const Case& test, const Outcome& functional);

/// Runs a case on the functional chip and, unless that finds a fault of the stream, on RTL.
struct Verdict {
  Fault fault;
  std::uint64_t cycles = 0, commands = 0;
};
Verdict judge(const Case& test, const ChipMaker& make);

}  // namespace twill::fuzz
