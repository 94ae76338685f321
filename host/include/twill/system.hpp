// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "twill/device.hpp"

namespace twill {

/// Chips 0 .. chips() - 1 that share time, joined by a network. Each is a Device; whatever runs one of them runs all.
class System {
 public:
  virtual ~System() = default;

  virtual unsigned chips() const = 0;  ///< 1 to contract::chips

  /// Throws std::out_of_range beyond chips(). The reference stays good as long as the system lives.
  virtual Device& chip(unsigned rank) = 0;

  /// Runs all chips until one of `ranks` (bit r: chip r) raises its interrupt line, or `cycles` have passed; which of them have.
  virtual std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) = 0;

  /// All chips and the network between them as after power-up, NODE of each chip set; DRAM contents stay.
  virtual void reset() = 0;

  /// "rtl" or "functional".
  virtual std::string kind() const = 0;
};

}  // namespace twill
