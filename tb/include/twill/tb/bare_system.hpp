// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "twill/system.hpp"
#include "twill/tb/chip.hpp"

namespace twill::tb {

/// Verilated chips on a ring, stepped by one thread without SystemC: a process may have as many of these systems as it wants, and one that
/// broke a protocol can be reset or thrown away. The host has no latency; an access takes the windows of the network in which the chip answers: one where links have 8 cycles or more.
class BareSystem : public System {
 public:
  using Make = std::function<std::unique_ptr<Chip>(const ChipOptions&)>;

  /// Throws as make_chip() and noc::Fabric do.
  BareSystem(const std::string& configuration, unsigned chips, const noc::NetworkOptions& network, const ChipOptions& options = {});
  /// Chips of one's own: each is made with the options, its node, and an initial state of its own drawn from theirs.
  BareSystem(unsigned chips, const noc::NetworkOptions& network, ChipOptions options, const Make& make);

  unsigned chips() const override { return static_cast<unsigned>(chips_.size()); }
  Device& chip(unsigned rank) override;
  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override;
  void reset() override;
  std::string kind() const override { return "rtl"; }

  /// Whatever runs chips throws ChipError once a link is given up, until a reset, and ProtocolError when a chip breaks the protocol of a
  /// port.
  void run(std::uint64_t cycles);
  std::uint64_t cycles() const { return chips_.front()->cycles(); }

  Chip& bare(unsigned rank) { return *chips_.at(rank); }
  noc::Fabric& fabric() { return fabric_; }
  /// Nothing is under way in the network.
  bool network_at_rest() { return fabric_.at_rest(cycles()); }

 private:
  class ChipDevice;

  template <class Begin>
  std::uint32_t access(unsigned rank, std::uint32_t offset, Begin begin);
  void number_chips();
  void exchange();

  noc::Fabric fabric_;
  std::vector<std::unique_ptr<Chip>> chips_;
  std::vector<std::unique_ptr<Device>> devices_;
};

}  // namespace twill::tb
