// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>

#include <systemc>

#include "twill/tb/chip.hpp"

namespace twill::tb {

/// The chip in SystemC: one method that runs a window of cycles at a time, temporally decoupled. Each window runs at its end, so
/// a sc_start() of one window runs exactly one. Between windows the host posts register accesses and looks at what was answered.
class SimulatedChip : public sc_core::sc_module {
 public:
  struct Access {
    std::uint64_t due;       ///< cycle from which it may take effect
    bool write;
    std::uint32_t offset, value;
  };

  SimulatedChip(const sc_core::sc_module_name& name, std::unique_ptr<Chip> chip, std::uint64_t window);

  Chip& chip() { return *chip_; }
  std::uint64_t now() const { return now_; }       ///< cycle of the window boundary

  void post(const Access& access) { posted_.push_back(access); }
  bool posted() const { return !posted_.empty(); }
  Chip::Answer last_answer() const { return answer_; }
  std::uint64_t accesses() const { return accesses_; }  ///< done so far
  bool interrupt() const { return interrupt_; }         ///< the line at the window boundary

  /// What the chip threw in the last window, if anything: SystemC would swallow it.
  void rethrow();

  /// Reset at a window boundary; posted accesses are dropped.
  void reset();

 private:
  void run();
  void run_window();

  std::unique_ptr<Chip> chip_;
  const std::uint64_t window_;
  std::uint64_t now_ = 0, accesses_ = 0;
  std::deque<Access> posted_;
  Chip::Answer answer_{};
  bool interrupt_ = false, begun_ = false;
  std::exception_ptr failure_;
};

}  // namespace twill::tb
