// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "run.hpp"
#include "twill/noc/fabric.hpp"

namespace twill::fuzz {

/// The network between a case's chips. Throws InputError when there is no such network.
noc::Fabric fabric_of(const Case& test);

/// Verilated chips and the network between them in step with one another, without SystemC, so that a process can have many one after the
/// other.
class Rig {
 public:
  Rig(const Case& test, const ChipMaker& make);

  unsigned chips() const { return static_cast<unsigned>(seats_.size()); }
  tb::Chip& chip(unsigned number) { return *seats_.at(number).chip; }

  /// Register accesses take time, in which all chips go on.
  std::uint32_t get(unsigned chip, std::uint32_t offset);
  void set(unsigned chip, std::uint32_t offset, std::uint32_t value);

  void step(std::uint64_t cycles);
  std::uint64_t cycles() const { return now_; }

  /// Nothing is under way in the network.
  bool network_at_rest() { return fabric_.at_rest(now_); }

 private:
  struct Seat {
    std::unique_ptr<tb::Chip> chip;
    bool accessing = false;
    tb::Chip::Answer answer{};
  };

  std::uint32_t access(unsigned chip, std::uint32_t offset);
  void window(std::uint64_t cycles);

  noc::Fabric fabric_;
  std::vector<Seat> seats_;
  std::uint64_t now_ = 0;
};

}  // namespace twill::fuzz
