// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "twill/device.hpp"
#include "twill/fault.hpp"

namespace twill {

struct RtlOptions {
  unsigned dram_latency = 100;         ///< cycles, at least 1
  unsigned dram_bandwidth = 0;         ///< bytes a cycle each way, at most a word; 0: a word
  std::string wave_file;               ///< FST waves of the whole chip; only in a build of the trace preset
  std::uint64_t wave_start = 0, wave_stop = ~std::uint64_t{0};  ///< cycles, counted from the making of the device
};

/// The Verilated chip as a Device, inside a SystemC simulation.
///
/// Time. The chip runs in windows of 64 cycles (1 ns each in SystemC's time). The host is `host_latency` = 64 cycles away: a register write takes
/// effect 64 cycles after the call, at a window boundary, in the order of the calls; a read comes back 64 cycles after it was
/// done; an interrupt is seen 64 to 127 cycles after it was raised. Calls that wait run the simulation; write_register() only posts. Memory access takes
/// no time. So cycle counts depend on the calls alone, never on host speed.
/// A register the contract does not have throws InputError: a read at once, a write from the next call that runs the simulation.
///
/// SystemC elaborates once a process, so a process can have one such device in its life; reset() makes it as new.
/// The program needs no sc_main and no sc_elab_and_sim: an ordinary main() may make the device and call it. (libsystemc refers to
/// sc_main; this library defines it weakly, so a program with an sc_main of its own links too.)
/// All calls must come from one thread, the one that made the device. Signals of a simulated chip error are ChipErrors of the
/// layers above; ProtocolError means that the chip broke its bus protocol.
class RtlDevice : public Device {
 public:
  static constexpr std::uint64_t window = 64, host_latency = 64;

  virtual std::uint64_t cycles() const = 0;    ///< simulated so far
  virtual void run(std::uint64_t cycles) = 0;  ///< simulates at least so many more, in whole windows

  /// Flips a bit of the chip's memories before the fault's cycle, one of cycles(), or in the next window. Faults take effect in the order of
  /// the calls. Throws InputError at once where there is no such bit, or the machine has no SEC-DED memories. A reset forgets
  /// those to come.
  virtual void flip(const Fault& fault) = 0;

  /// Switches waves on or off. Throws InputError unless a wave file was named.
  virtual void wave(bool on) = 0;
};

/// Throws InputError for a machine that is not built in, a timing out of range, or waves without the trace build; std::logic_error
/// for a second device in one process.
std::unique_ptr<RtlDevice> make_rtl_device(std::string_view configuration, const RtlOptions& options = {});

/// The machines this build can simulate.
std::vector<std::string> rtl_configurations();

}  // namespace twill
