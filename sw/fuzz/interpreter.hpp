// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "case.hpp"
#include "twill/functional/state.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill::fuzz {

/// Runs a case as the plain sequence it stands for: no queues, no semaphores, no messages under way. Says what a command finds in memory
/// while a case is made, and what all memories must hold in the end whatever the chips do at the same time.
class Interpreter {
 public:
  Interpreter(const contract::Configuration& machine, unsigned chips, const std::vector<Image>& images);

  void place(const Image& image);

  /// Whether the operands in memory are such that the contract says what comes out: records and weights as it wants them, a table and
  /// records to keep.
  bool operands_legal(const Op& op) const;

  void run(const Op& op);

  const functional::State& state(unsigned chip) const { return chips_.at(chip)->state; }
  const memory::SparseMemory& dram(unsigned chip) const { return chips_.at(chip)->dram; }

 private:
  struct Chip {
    explicit Chip(const contract::Configuration& machine) : state(machine) {}
    functional::State state;
    memory::SparseMemory dram;
    bool has_records = false, has_table = false;
  };

  void send(const contract::Send& send, unsigned from, bool add);

  std::vector<std::unique_ptr<Chip>> chips_;
};

}  // namespace twill::fuzz
