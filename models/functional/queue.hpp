// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "network.hpp"
#include "semaphores.hpp"
#include "twill/functional/execute.hpp"

namespace twill::functional {

/// A command as it came out of the ring.
struct Fetched {
  contract::Command command;
  std::uint32_t index = 0;    ///< counts all commands since reset
  std::uint64_t address = 0;  ///< in DRAM
};

/// What a queue acts on.
struct Inside {
  State& state;
  memory::SparseMemory& dram;
  Semaphores& semaphores;
  Network& network;
  const unsigned& node;  ///< this chip's number
  std::function<void(contract::Queue, const contract::Mark&)> take_record;
};

/// One in-order queue with its engine, as a state machine that moves one thing at a time: takes a wait, enters a tile, runs
/// a unit. Commands that wait lie in the queue; the one the engine runs does not count towards its depth.
class CommandQueue {
 public:
  CommandQueue(contract::Queue id, Inside inside) : id_(id), inside_(std::move(inside)) {}

  bool full() const { return waiting_.size() == contract::queue_depth; }
  bool empty() const { return waiting_.empty() && !running_; }
  void push(Fetched fetched) { waiting_.push_back(std::move(fetched)); }

  /// Whether advance() can do something now.
  bool runnable() const;
  /// The semaphore that has to rise before it can; none when it is something else.
  contract::Slot waits_on() const;
  /// The oldest command not complete; only of a queue that is not empty.
  const Fetched& oldest() const { return running_ ? current_ : waiting_.front(); }

  /// Throws Fault on account of oldest().
  void advance();

  std::uint32_t completed() const { return completed_; }

 private:
  void begin();
  void run_unit();
  void finish(const Progress& progress);

  contract::Queue id_;
  Inside inside_;
  std::deque<Fetched> waiting_;
  std::size_t waits_taken_ = 0;  // of waiting_.front()
  Fetched current_;
  bool running_ = false, entered_ = false;
  std::unique_ptr<Execution> execution_;  // none for NOP and MARK
  std::uint32_t completed_ = 0;
};

}  // namespace twill::functional
