// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>

#include "twill/system.hpp"

namespace twill {

/// A device by itself seen as a system of one chip.
class OneDevice final : public System {
 public:
  explicit OneDevice(Device& device) : device_(device) {}

  unsigned chips() const override { return 1; }
  Device& chip(unsigned rank) override {
    if (rank > 0) throw std::out_of_range("chip " + std::to_string(rank) + " of a system of one");
    return device_;
  }
  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override { return device_.wait_interrupt(cycles) ? ranks & 1u : 0; }
  void reset() override { device_.reset(); }
  std::string kind() const override { return device_.kind(); }

 private:
  Device& device_;
};

}  // namespace twill
