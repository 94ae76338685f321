// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <utility>

#include <systemc>

#include "twill/tb/chip.hpp"

namespace twill::tb {

/// A chip, its DRAM and its router in SystemC: a module without processes. The system's one process runs its windows, perhaps in another
/// thread; between windows the host posts register accesses and looks at what was answered.
class Node : public sc_core::sc_module {
 public:
  struct Access {
    std::uint64_t due;       ///< host window from which it may take effect
    bool write;
    std::uint32_t offset, value;
  };

  Node(const sc_core::sc_module_name& name, std::unique_ptr<Chip> chip) : sc_core::sc_module(name), chip_(std::move(chip)) {}

  Chip& chip() { return *chip_; }
  const Chip& chip() const { return *chip_; }

  void post(const Access& access) { posted_.push_back(access); }
  bool posted() const { return !posted_.empty() || under_way_; }
  Chip::Answer last_answer() const { return answer_; }

  /// A host window of `cycles` begins at `now`. Accesses that are due go first, back to back; those that would not fit wait for the next.
  void begin_window(std::uint64_t now, std::uint64_t cycles);
  /// So many cycles of it.
  void run(std::uint64_t cycles);
  void end_window();

  /// The host looks at the line as it was a window ago. A line sampled before an access of that window is stale: it may have cleared it.
  bool interrupt_seen() const { return seen_; }
  bool interrupt() const { return line_; }  ///< the line at the window boundary

  /// What was thrown in the windows since, if anything: it can cross neither SystemC nor threads.
  bool broken() const { return broken_; }  ///< something was thrown in the middle of a window: its cycles are no longer those of the others
  std::exception_ptr take_failure() { return std::exchange(failure_, nullptr); }

  /// Reset at a window boundary; posted accesses are dropped.
  void reset();

 private:
  bool begin_access();
  void step_access();

  std::unique_ptr<Chip> chip_;
  std::deque<Access> posted_;  // the first is the one under way
  Chip::Answer answer_{};
  std::uint64_t now_ = 0, window_end_ = 0;
  bool accepting_ = false, under_way_ = false, accessed_ = false;
  bool line_ = false, seen_ = false, broken_ = false;
  std::exception_ptr failure_;
};

}  // namespace twill::tb
