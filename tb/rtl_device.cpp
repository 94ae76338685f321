// SPDX-License-Identifier: Apache-2.0
#include "twill/rtl_device.hpp"

#include "twill/rtl_system.hpp"
#include "twill/tb/chip.hpp"

namespace twill {
namespace {

/// The chip of a system of one.
class OnlyChip final : public RtlDevice {
 public:
  explicit OnlyChip(std::unique_ptr<RtlSystem> system) : system_(std::move(system)), chip_(system_->rtl_chip(0)) {}

  std::uint32_t read_register(std::uint32_t offset) override { return chip_.read_register(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) override { chip_.write_register(offset, value); }
  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { chip_.read_memory(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { chip_.write_memory(address, data, bytes); }
  void close_memory(bool closed) override { chip_.close_memory(closed); }
  bool wait_interrupt(std::uint64_t cycles) override { return chip_.wait_interrupt(cycles); }
  void reset() override { chip_.reset(); }
  std::string last_error() override { return chip_.last_error(); }
  std::string kind() const override { return chip_.kind(); }
  std::uint64_t cycles() const override { return chip_.cycles(); }
  void run(std::uint64_t cycles) override { chip_.run(cycles); }
  void wave(bool on) override { chip_.wave(on); }

 private:
  std::unique_ptr<RtlSystem> system_;
  RtlDevice& chip_;
};

}  // namespace

std::unique_ptr<RtlDevice> make_rtl_device(std::string_view configuration, const RtlOptions& options) {
  RtlSystemOptions system;
  system.configurations = {std::string(configuration)};
  system.chips = 1;
  system.dram_latency = options.dram_latency;
  system.dram_bandwidth = options.dram_bandwidth;
  system.wave_file = options.wave_file;
  system.wave_start = options.wave_start;
  system.wave_stop = options.wave_stop;
  return std::make_unique<OnlyChip>(make_rtl_system(system));
}

std::vector<std::string> rtl_configurations() { return tb::built_configurations(); }

}  // namespace twill
