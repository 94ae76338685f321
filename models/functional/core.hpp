// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network.hpp"
#include "queue.hpp"
#include "scheduler.hpp"
#include "twill/functional/command_rules.hpp"
#include "twill/functional/state.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill::functional {

/// A ring of entries in DRAM: commands or mark records.
struct Ring {
  std::uint64_t base = 0;
  std::uint32_t size = 0;  ///< entries, a power of two
  std::uint64_t address(std::uint32_t index, std::uint32_t entry_bytes) const {
    return base + std::uint64_t{index & (size - 1) & 0x1ffffu} * entry_bytes;
  }
};

/// What the host sets and the core obeys.
struct Settings {
  bool run = false;
  Ring commands, marks;
  std::uint32_t watchdog = 1000000, watchdog_remote = 100000000, watchdog_wait = 1000000000;  ///< cycles; 0 is off. Queues move in turn here: none waits while others work for ever
  unsigned node = 0, chips = 1;                                   ///< this chip's number, and how many there are
  std::uint32_t remote = 0;                                       ///< semaphores that other chips signal
};

/// The first error since reset, as the error registers show it.
struct Latched {
  contract::Error code;
  contract::Queue queue;
  std::uint64_t address;  ///< of the command; 0 when a message from another chip was at fault
  std::uint32_t info;
  std::string sentence;
  std::uint32_t waits = 0, slots = 0;  ///< of the watchdog
};

/// Everything behind the registers: fetch, decoder, queues, engines, memories.
class Core {
 public:
  Core(const contract::Configuration& machine, memory::SparseMemory& dram, Network& network, const FunctionalOptions& options);
  Core(const Core&) = delete;  // the queues hold references into it

  Settings settings;
  std::uint32_t doorbell = 0;

  /// Moves one thing; false when nothing can move.
  bool step();
  /// The chip stood still for that many cycles: the watchdog may bark.
  void stand_still(std::uint64_t cycles);
  /// For how many cycles it may go on standing still before the watchdog barks; none: for ever.
  std::optional<std::uint64_t> patience() const;

  /// Messages that reach this chip. What cannot be done stops it; a chip that was stopped takes messages and forgets them.
  void receive(const Parcel& parcel);
  void receive_signal(unsigned source, unsigned semaphore);

  /// Empties everything but the memories and the settings.
  void reset();

  /// Interrupt causes raised since the last call (bits of IRQ_STATUS).
  std::uint32_t take_interrupts();

  Semaphores& semaphores() { return semaphores_; }
  const std::optional<Latched>& error() const { return error_; }
  std::uint32_t fetched() const { return fetched_; }
  std::uint32_t mark_count() const { return marks_; }
  /// STATUS: queues not empty, stopped, commands left.
  std::uint32_t status() const;
  /// A word of the mark record a MARK would take now (tag and queue 0).
  std::uint32_t counter(unsigned record_word) const;
  const Work& work() const { return state_.work; }

 private:
  std::uint32_t runnable() const;
  std::uint32_t not_empty() const;
  void fetch();
  Verdict check(const contract::Command& command) const;
  void stop(contract::Error code, contract::Queue queue, const Fetched& command, std::uint32_t info, const std::string& reason);
  void stop_by_message(contract::Error code, std::uint32_t info, const std::string& reason);
  template <typename Eligible>
  unsigned oldest_queue(Eligible eligible) const;
  bool waits_for_another_chip(unsigned queue) const;
  bool waits_for_another_chip() const;
  void bark();
  void take_record(contract::Queue queue, const contract::Mark& mark);

  State state_;
  memory::SparseMemory& dram_;
  Network& network_;
  Scheduler scheduler_;
  Semaphores semaphores_;
  std::vector<CommandQueue> queues_;
  std::uint32_t fetched_ = 0, marks_ = 0, interrupts_ = 0;
  std::optional<Fetched> next_;  // read from the ring, not yet in its queue
  std::uint64_t still_ = 0;      // cycles without progress
  std::optional<Latched> error_;
};

}  // namespace twill::functional
