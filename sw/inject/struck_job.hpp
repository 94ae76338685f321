// SPDX-License-Identifier: Apache-2.0
// The job of a fault campaign: a matrix product split over two chips, run on chips whose registers can be flipped.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inject/strike.hpp"
#include "twill/row_split.hpp"
#include "twill/tb/bare_system.hpp"

namespace twill::cli {

/// How a job ended that was struck.
enum class Ending {
  corrected,  ///< all is right, and an error was corrected, or a frame sent again
  masked,     ///< all is right and nobody noticed anything
  reported,   ///< a chip reported an error, or a link was given up
  hung,       ///< a watchdog said that nothing moves, or the time was up
  broken,     ///< a port's protocol was broken, or counters do not add up: the testbench or the host noticed
  silent      ///< something in the DRAM is wrong, or wrong bits passed a link's checksum, and nobody noticed
};
constexpr std::array<Ending, 6> endings{Ending::corrected, Ending::reported, Ending::hung, Ending::broken, Ending::masked, Ending::silent};
std::string_view name(Ending ending);

struct StruckOutcome {
  Ending ending{};
  std::string said;       ///< the error's sentence, or what is wrong
  bool recovered = true;  ///< after a reset the same job is right; of those corrected and masked it is not tried
};

class StruckJob {
 public:
  /// Runs the job once without a fault. Throws std::logic_error when that is not as the golden model has it, InputError for a machine that
  /// there is not.
  StruckJob(const std::string& config, std::uint64_t seed);

  /// In which faults strike: from chips that are ready, through the host's setting them up and the doorbells, to the end it has seen.
  std::uint64_t cycles() const { return end_ - begin_; }
  unsigned chips() const { return chip_count; }
  unsigned wires() const { return wires_; }
  const std::vector<tb::Register>& registers() const { return registers_; }

  /// Elements of a memory, an index among registers(), that hold something when the job has ended. What was used and is all zero then is
  /// not among them.
  std::vector<std::uint32_t> used(unsigned chip, std::size_t reg) const;

  /// Throws what is no ending, but a bug of what simulates the chips.
  StruckOutcome run(const Strike& strike) const;

  const contract::Configuration& machine() const { return machine_; }

 private:
  static constexpr unsigned chip_count = 2;
  using Dram = std::map<std::uint64_t, std::vector<std::uint8_t>>;  // pages that are not zero, without mark records

  std::unique_ptr<tb::BareSystem> make(const std::vector<noc::LinkFaults::Hit>& hits) const;
  static void wait_until_ready(tb::BareSystem& system);
  void launch_on(tb::BareSystem& system) const;
  Dram dram(tb::BareSystem& system, unsigned rank) const;
  /// What is not as after the run without a fault; empty: nothing.
  std::string wrong(tb::BareSystem& system) const;

  const contract::Configuration& machine_;
  SplitJob job_;
  std::vector<std::uint8_t> golden_;
  std::vector<tb::Register> registers_;
  std::vector<Dram> drams_;
  std::unique_ptr<tb::BareSystem> clean_;  // after the run without a fault
  unsigned wires_ = 0;
  std::uint64_t begin_ = 0, end_ = 0;
};

}  // namespace twill::cli
