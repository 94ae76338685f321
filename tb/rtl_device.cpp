// SPDX-License-Identifier: Apache-2.0
#include "twill/rtl_device.hpp"

#include <sstream>
#include <stdexcept>

#include "simulated_chip.hpp"
#include "twill/contract.hpp"
#include "twill/error.hpp"

// libsystemc refers to sc_main even when nothing calls it.
extern "C" __attribute__((weak)) int sc_main(int, char*[]) { return 0; }

namespace twill {
namespace {

class SystemCDevice final : public RtlDevice {
 public:
  explicit SystemCDevice(std::unique_ptr<tb::Chip> chip) : system_("chip", std::move(chip), window) {}

  std::uint32_t read_register(std::uint32_t offset) override {
    system_.post({system_.now() + host_latency, false, offset, 0});
    while (system_.posted()) run_window();  // accesses are done in order: when none is left, the last was this one
    const auto answer = system_.last_answer();
    run_window();  // the way back
    if (!answer.ok) throw InputError("there is no register at offset " + std::to_string(offset));
    return answer.data;
  }

  void write_register(std::uint32_t offset, std::uint32_t value) override { system_.post({system_.now() + host_latency, true, offset, value}); }

  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { memory().read(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { memory().write(address, data, bytes); }
  void close_memory(bool closed) override { closed_ = closed; }

  bool wait_interrupt(std::uint64_t cycles) override {
    const std::uint64_t start = system_.now();
    while (system_.posted() || !interrupt_) {
      if (system_.now() - start >= cycles) return false;
      run_window();
    }
    return true;
  }

  void reset() override {
    system_.reset();
    closed_ = interrupt_ = false;
  }

  std::string last_error() override {
    using namespace contract;
    const std::uint32_t code = read_register(reg::ERROR_CODE);
    if (code == 0) return "";
    const std::uint32_t queue = read_register(reg::ERROR_QUEUE), info = read_register(reg::ERROR_INFO);
    const std::uint64_t address = std::uint64_t{read_register(reg::ERROR_ADDRESS_HI)} << 32 | read_register(reg::ERROR_ADDRESS_LO);
    std::ostringstream text;
    text << name(static_cast<Error>(code)) << " in the " << name(static_cast<Queue>(queue)) << " queue, command at DRAM address 0x" << std::hex
         << address << ", info 0x" << info;
    return text.str();
  }

  std::string kind() const override { return "rtl"; }

  std::uint64_t cycles() const override { return system_.now(); }
  void run(std::uint64_t cycles) override {
    for (const std::uint64_t end = system_.now() + cycles; system_.now() < end;) run_window();
  }
  void wave(bool on) override { system_.chip().wave(on); }

 private:
  memory::SparseMemory& memory() {
    if (closed_) throw std::logic_error("the host touched DRAM between the doorbell and the last MARK");
    return system_.chip().memory();
  }

  // The host sees the interrupt line as it was a window ago. A line sampled before an access of this window is stale: the access may have cleared it.
  void run_window() {
    const std::uint64_t accesses = system_.accesses();
    const bool before = system_.interrupt();
    sc_core::sc_start(static_cast<double>(window), sc_core::SC_NS);
    system_.rethrow();
    interrupt_ = before && system_.accesses() == accesses;
  }

  tb::SimulatedChip system_;
  bool closed_ = false, interrupt_ = false;
};

}  // namespace

std::unique_ptr<RtlDevice> make_rtl_device(std::string_view configuration, const RtlOptions& options) {
  static bool made = false;
  if (made) throw std::logic_error("this process has had its simulated system: SystemC elaborates once; reset() the device and reuse it, or start another process");
  auto chip = tb::make_chip(configuration, {{options.dram_latency, options.dram_bandwidth}, options.wave_file, options.wave_start, options.wave_stop});
  made = true;
  return std::make_unique<SystemCDevice>(std::move(chip));
}

std::vector<std::string> rtl_configurations() { return tb::built_configurations(); }

}  // namespace twill
