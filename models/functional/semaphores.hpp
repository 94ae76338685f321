// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "twill/functional/state.hpp"

namespace twill::functional {

/// The counting semaphores between the queues.
class Semaphores {
 public:
  bool ready(contract::Slot slot) const { return !slot.enabled() || count_[slot.semaphore()] > 0; }
  void take(contract::Slot slot) {
    if (slot.enabled()) --count_[slot.semaphore()];
  }
  /// Throws Fault(semaphore_overflow).
  void give(contract::Slot slot) {
    if (!slot.enabled()) return;
    std::uint32_t& count = count_[slot.semaphore()];
    if (count == contract::semaphore_max)
      throw Fault(contract::Error::semaphore_overflow, 0, "semaphore " + std::to_string(slot.semaphore()) + " already holds " + std::to_string(count));
    ++count;
  }

  std::uint32_t value(unsigned semaphore) const { return count_.at(semaphore); }
  void set(unsigned semaphore, std::uint32_t value) { count_.at(semaphore) = value; }

 private:
  std::array<std::uint32_t, contract::semaphores> count_{};
};

}  // namespace twill::functional
