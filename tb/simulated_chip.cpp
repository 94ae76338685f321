// SPDX-License-Identifier: Apache-2.0
#include "simulated_chip.hpp"

#include <string>
#include <utility>

#include "twill/error.hpp"

namespace twill::tb {

SimulatedChip::SimulatedChip(const sc_core::sc_module_name& name, std::unique_ptr<Chip> chip, std::uint64_t window)
    : sc_core::sc_module(name), chip_(std::move(chip)), window_(window) {
  SC_HAS_PROCESS(SimulatedChip);
  SC_METHOD(run);
}

void SimulatedChip::run() {
  next_trigger(sc_core::sc_time(static_cast<double>(window_), sc_core::SC_NS));
  if (!std::exchange(begun_, true)) return;  // called at time 0: the first window is over a quantum later
  try {
    run_window();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

// Accesses go first, back to back; those that would not fit wait for the next window.
void SimulatedChip::run_window() {
  const std::uint64_t start = chip_->cycles(), end = start + window_;
  const std::uint64_t boundary = now_;
  now_ += window_;
  while (!posted_.empty() && posted_.front().due <= boundary && chip_->cycles() + Chip::transaction_cycles <= end) {
    const Access access = posted_.front();
    posted_.pop_front();
    answer_ = access.write ? chip_->write_register(access.offset, access.value) : chip_->read_register(access.offset);
    accesses_++;
    if (access.write && !answer_.ok) failure_ = std::make_exception_ptr(InputError("there is no register at offset " + std::to_string(access.offset)));
  }
  chip_->step(end - chip_->cycles());
  interrupt_ = chip_->interrupt();
}

void SimulatedChip::rethrow() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void SimulatedChip::reset() {
  posted_.clear();
  failure_ = nullptr;
  chip_->reset();
  interrupt_ = false;
}

}  // namespace twill::tb
