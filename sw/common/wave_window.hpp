// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "twill/rtl_device.hpp"

namespace twill::cli {

/// A device whose waves are on only while a job is between two of its cycles (counted from the doorbell's effect, as in
/// its report), rounded out to the device's windows. Everything else passes through.
class WaveWindow : public Device {
 public:
  WaveWindow(RtlDevice& device, std::uint64_t begin, std::uint64_t end) : device_(device), begin_(begin), end_(end) {}

  std::uint32_t read_register(std::uint32_t offset) override { return device_.read_register(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) override;
  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { device_.read_memory(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { device_.write_memory(address, data, bytes); }
  void close_memory(bool closed) override { device_.close_memory(closed); }
  bool wait_interrupt(std::uint64_t cycles) override;
  void reset() override { device_.reset(); }
  std::string last_error() override { return device_.last_error(); }
  std::string kind() const override { return device_.kind(); }

 private:
  RtlDevice& device_;
  std::uint64_t begin_, end_, doorbell_ = 0;
  bool on_ = false;
};

}  // namespace twill::cli
