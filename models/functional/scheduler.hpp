// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <random>

#include "twill/functional_device.hpp"

namespace twill::functional {

/// Chooses who moves next among the five queues and the fetch unit (number 5).
class Scheduler {
 public:
  static constexpr unsigned fetch = contract::queues, actors = contract::queues + 1;

  Scheduler(Schedule schedule, std::uint64_t seed);

  /// One of the actors whose bit is set; at least one must be.
  unsigned pick(std::uint32_t runnable);

 private:
  void shuffle();

  Schedule schedule_;
  std::mt19937_64 random_;
  std::array<unsigned, actors> order_;  // falling priority
  unsigned last_ = 0, left_ = 0;
};

}  // namespace twill::functional
