// SPDX-License-Identifier: Apache-2.0
// What each command does to the chip's state, written from the contract and nothing else. The execute functions are what a
// bench compares an engine with; an Execution is the same command cut into the units between which other queues may run.
#pragma once
#include <memory>

#include "twill/functional/state.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill::functional {

/// What a unit of a command brought about.
struct Progress {
  bool tile_left = false;  ///< tile_signal fires
  bool complete = false;   ///< the command's signals fire
  bool finished = false;   ///< the engine is free for the next command
};

/// A command under way in its engine.
class Execution {
 public:
  virtual ~Execution() = default;

  /// Whether tile_wait must be taken before the next unit.
  virtual bool enters_tile() const { return false; }

  /// Runs the next unit. Throws Fault; the command is dead then.
  virtual Progress step() = 0;
};

/// A legal command (see check_command) that needs an engine: not NOP, MARK or a network command (std::logic_error). The
/// state and the memory must outlive the execution.
std::unique_ptr<Execution> start(const contract::Command& command, State& state, memory::SparseMemory& dram);

/// The whole command at once, semaphores left out. All throw Fault.
void execute(const contract::Command& command, State& state, memory::SparseMemory& dram);
void execute_load(State& state, memory::SparseMemory& dram, const contract::Load& load);
void execute_fill(State& state, const contract::Fill& fill);
void execute_store(State& state, memory::SparseMemory& dram, const contract::Store& store);
void execute_conv(State& state, const contract::Conv& conv);
void execute_depthwise(State& state, const contract::Depthwise& depthwise);
void execute_requant(State& state, const contract::Requant& requant);
void execute_add(State& state, const contract::Add& add);
void execute_mul(State& state, const contract::Mul& mul);
void execute_pool(State& state, const contract::Pool& pool);
void execute_lookup(State& state, const contract::Lookup& lookup);
void execute_move(State& state, const contract::Move& move);

}  // namespace twill::functional
