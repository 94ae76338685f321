// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "twill/noc/fabric.hpp"
#include "twill/rtl_device.hpp"
#include "twill/system.hpp"

namespace twill {

struct RtlSystemOptions {
  std::vector<std::string> configurations{"base"};  ///< of each chip, or one for all
  unsigned chips = 0;                               ///< 0: what the topology's sizes or the configurations say
  std::string topology = "ring";                    ///< as noc::parse_topology takes it
  noc::NetworkOptions network;
  unsigned threads = 0;         ///< of the host; 0: one a core. Never more than chips
  unsigned window = 64;         ///< cycles at most between exchanges of the threads, 1 to 64; links shorter than that make it shorter
  bool sleep = true;            ///< chips that sleep are not evaluated
  unsigned dram_latency = 100;  ///< as in RtlOptions, of every chip
  unsigned dram_bandwidth = 0;
  unsigned wave_chip = 0;  ///< whose waves are written
  std::string wave_file;
  std::uint64_t wave_start = 0, wave_stop = ~std::uint64_t{0};
};

/// Verilated chips with their DRAMs, joined by a cycle-accurate network, inside a SystemC simulation (docs/many-chips.md).
///
/// Time is that of RtlDevice for every chip: host windows of 64 cycles, `host_latency` to each chip, so cycles depend on the calls alone:
/// neither on `threads` nor on `window` nor on `sleep`. Whatever runs one chip runs all. Chips interrupt, and accesses take effect, by
/// window boundary, then by rank. All calls must come from the thread that made the system. Whatever runs it throws ChipError, which names
/// the link, once the protocol of a link has given it up, until a reset; and ProtocolError when a chip breaks the protocol of a port, from
/// then on std::logic_error for good: a reset does not help.
///
/// Cycles of dead links (noc::LinkFaults::dead), and those that the sentence about a link names, count from the cycle in which the first
/// doorbell after a reset takes effect; before it no link dies.
class RtlSystem : public System {
 public:
  /// Chips as devices: an RtlDevice each. The reset of one is the reset of all.
  virtual RtlDevice& rtl_chip(unsigned rank) = 0;

  virtual std::uint64_t cycles() const = 0;    ///< simulated so far, of each chip
  virtual void run(std::uint64_t cycles) = 0;  ///< simulates at least so many more, in whole host windows
  virtual unsigned threads() const = 0;

  // What has no effect but on the time the host takes; as in RtlSystemOptions, from now on.
  virtual void use_threads(unsigned threads) = 0;
  virtual void use_window(unsigned cycles) = 0;  ///< throws InputError unless 1 to 64
  virtual void use_sleep(bool sleep) = 0;

  /// Network links since the reset.
  virtual std::vector<noc::LinkReport> links() const = 0;
  virtual noc::Topology topology() const = 0;

  /// Cycles of a chip that were not evaluated because it slept.
  virtual std::uint64_t slept(unsigned rank) const = 0;
  /// Host memory that the contents of a chip's DRAM take, in bytes.
  virtual std::uint64_t dram_bytes(unsigned rank) const = 0;
};

/// Throws InputError for machines that are not built in, a number of machines that is not that of the chips, an impossible topology,
/// options out of range, or waves without the trace build; std::logic_error for a second system (or RtlDevice) in one process.
std::unique_ptr<RtlSystem> make_rtl_system(const RtlSystemOptions& options);

}  // namespace twill
