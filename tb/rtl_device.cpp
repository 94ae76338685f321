// SPDX-License-Identifier: Apache-2.0
#include "twill/rtl_device.hpp"

#include "twill/only_chip.hpp"
#include "twill/rtl_system.hpp"
#include "twill/tb/chip.hpp"

namespace twill {
namespace {

class OnlyRtlChip final : public OnlyChip<RtlDevice> {
 public:
  using OnlyChip::OnlyChip;

  std::uint64_t cycles() const override { return chip().cycles(); }
  void run(std::uint64_t cycles) override { chip().run(cycles); }
  void flip(const Fault& fault) override { chip().flip(fault); }
  void wave(bool on) override { chip().wave(on); }
};

}  // namespace

std::unique_ptr<RtlDevice> make_rtl_device(std::string_view configuration, const RtlOptions& options) {
  RtlSystemOptions all;
  all.configurations = {std::string(configuration)};
  all.chips = 1;
  all.dram_latency = options.dram_latency;
  all.dram_bandwidth = options.dram_bandwidth;
  all.wave_file = options.wave_file;
  all.wave_start = options.wave_start;
  all.wave_stop = options.wave_stop;
  auto system = make_rtl_system(all);
  RtlDevice& chip = system->rtl_chip(0);
  return std::make_unique<OnlyRtlChip>(std::move(system), chip);
}

std::vector<std::string> rtl_configurations() { return tb::built_configurations(); }

}  // namespace twill
