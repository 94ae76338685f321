// SPDX-License-Identifier: Apache-2.0
// Single bits of a chip's SEC-DED memories flipped while a job runs (--flip), and what the chip put right.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "twill/device.hpp"
#include "twill/fault.hpp"

namespace twill::cli {

void add_flips(Options& options);

/// What --flip says, by cycle, which count from the doorbell. Throws InputError for what cannot be read as a flip, for bits that the
/// machine does not have, and for a machine without SEC-DED.
std::vector<Fault> read_flips(const Values& values, const MachineChoice& choice);

/// A line for each, and which of them a job of so many cycles, from the doorbell on, was too short for.
std::string flips_text(const std::vector<Fault>& flips, std::uint64_t cycles);
nlohmann::ordered_json flips_json(const std::vector<Fault>& flips, std::uint64_t cycles);

/// A device whose memories' bits flip in cycles counted from each doorbell. Everything else passes through.
class FlippingDevice : public Device {
 public:
  /// With flips `device` is an RtlDevice.
  FlippingDevice(Device& device, std::vector<Fault> flips) : device_(device), flips_(std::move(flips)) {}

  std::uint32_t read_register(std::uint32_t offset) override { return device_.read_register(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) override;
  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { device_.read_memory(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { device_.write_memory(address, data, bytes); }
  void close_memory(bool closed) override { device_.close_memory(closed); }
  bool wait_interrupt(std::uint64_t cycles) override { return device_.wait_interrupt(cycles); }
  void reset() override { device_.reset(); }
  std::string last_error() override { return device_.last_error(); }
  std::string kind() const override { return device_.kind(); }

 private:
  Device& device_;
  std::vector<Fault> flips_;
};

/// Single errors that a machine with SEC-DED has put right since its reset.
struct Corrections {
  std::uint32_t scratchpad = 0, accumulators = 0, queues = 0;

  static Corrections of(Device& device);
  std::uint64_t all() const { return std::uint64_t{scratchpad} + accumulators + queues; }
  std::string text() const;  ///< "3 single errors put right: 2 in the scratchpad, 1 in the accumulators, 0 in the queues"
  nlohmann::ordered_json json() const;
};

}  // namespace twill::cli
