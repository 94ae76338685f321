// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill::functional {

/// One chip of a functional system with its DRAM: registers in front of the core. It moves only when it is stepped.
class FunctionalChip {
 public:
  FunctionalChip(const contract::Configuration& machine, Network& network, const FunctionalOptions& options, unsigned node, unsigned chips);

  /// Moves one thing; false when nothing can move.
  bool step();
  void stand_still(std::uint64_t cycles);
  std::optional<std::uint64_t> patience() const { return core_->patience(); }
  void receive(const Parcel& parcel);
  void receive_signal(unsigned source, unsigned semaphore);

  bool line() const { return (irq_status_ & irq_enable_) != 0; }
  std::uint32_t read_register(std::uint32_t offset);
  void write_register(std::uint32_t offset, std::uint32_t value);
  void read_memory(std::uint64_t address, void* data, std::size_t bytes);
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes);
  void close_memory(bool closed) { closed_ = closed; }
  std::string last_error() const { return core_->error() ? core_->error()->sentence : std::string(); }

  /// As after power-up; DRAM contents stay.
  void reset();

 private:
  void require_open() const;
  void collect() { irq_status_ |= core_->take_interrupts(); }

  contract::Configuration machine_;
  Network& network_;
  FunctionalOptions options_;
  const unsigned node_, chips_;
  memory::SparseMemory dram_;
  std::unique_ptr<Core> core_;
  std::uint32_t irq_status_ = 0, irq_enable_ = 0, semaphore_ = 0;
  bool closed_ = false;
  bool stuck_ = false;  // could not move when it was last asked, and nothing has come from outside since
};

}  // namespace twill::functional
