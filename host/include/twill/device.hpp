// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace twill {

/// A chip and its DRAM as host software sees them: a handful of verbs, the same for the RTL, the functional model and a
/// board. Register offsets are those of twill/contract.hpp. Addresses and sizes are in bytes.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::uint32_t read_register(std::uint32_t offset) = 0;
  virtual void write_register(std::uint32_t offset, std::uint32_t value) = 0;

  /// Reads or writes DRAM in zero simulated time. Throws std::logic_error while the memory is closed (see close_memory).
  virtual void read_memory(std::uint64_t address, void* data, std::size_t bytes) = 0;
  virtual void write_memory(std::uint64_t address, const void* data, std::size_t bytes) = 0;

  /// The runtime closes the memory backdoor between the doorbell and the last MARK: no tensor passes through the host.
  virtual void close_memory(bool closed) = 0;

  /// Runs the chip until it raises its interrupt line; false when `cycles` chip cycles passed without one.
  virtual bool wait_interrupt(std::uint64_t cycles) = 0;

  /// Chip and registers as after power-up; DRAM contents stay.
  virtual void reset() = 0;

  /// The chip's error registers as a sentence, empty when there is no error.
  virtual std::string last_error() = 0;

  /// "rtl" or "functional".
  virtual std::string kind() const = 0;
};

}  // namespace twill
