// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "twill/system.hpp"

namespace twill {

/// The chip of a system of one, as a device that owns the system. Kind: Device, or what a kind of system makes of it.
template <class Kind = Device>
class OnlyChip : public Kind {
 public:
  /// `chip` is chip 0 of `system`.
  OnlyChip(std::unique_ptr<System> system, Kind& chip) : system_(std::move(system)), chip_(chip) {}

  std::uint32_t read_register(std::uint32_t offset) override { return chip_.read_register(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) override { chip_.write_register(offset, value); }
  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { chip_.read_memory(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { chip_.write_memory(address, data, bytes); }
  void close_memory(bool closed) override { chip_.close_memory(closed); }
  bool wait_interrupt(std::uint64_t cycles) override { return chip_.wait_interrupt(cycles); }
  void reset() override { chip_.reset(); }
  std::string last_error() override { return chip_.last_error(); }
  std::string kind() const override { return chip_.kind(); }

 protected:
  const Kind& chip() const { return chip_; }
  Kind& chip() { return chip_; }

 private:
  std::unique_ptr<System> system_;
  Kind& chip_;
};

}  // namespace twill
