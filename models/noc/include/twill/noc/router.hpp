// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/noc/chip_port.hpp"
#include "twill/noc/link.hpp"
#include "twill/noc/routing.hpp"

namespace twill::noc {

/// A router with buffers at its inputs: virtual channels, credits, and a switch that each cycle takes at most one flit from every input and
/// gives at most one to every output. A flit that is in the buffer in cycle t can win the switch in t + pipeline - 1; the winner crosses
/// it in a cycle and is then on the link, or at the chip.
///
/// The switch is allocated in two separate steps, each with round-robin arbiters that move on past who won: every input proposes one of
/// its virtual channels whose first flit could go (its output is free and has a credit), every output takes one of the inputs
/// that propose to it. What is left over tries again, `rounds` times in all.
///
/// The last place of a virtual channel is kept for flits that are on their way already (where it has more than one): what a chip
/// adds can then never bring a circle to a standstill, and rings keep their throughput beyond saturation.
class alignas(64) Router {  // nodes of different threads stand beside each other
 public:
  static constexpr std::uint64_t never = Link::never;
  static constexpr unsigned rounds = 2;

  /// `buffer`: flits a virtual channel of a link has place for.
  Router(const Routing& routing, unsigned node, unsigned buffer, unsigned pipeline);

  /// `in` brings flits to this port, `out` takes them away by it. Both outlive the router. All links are protected or none is.
  void connect(unsigned port, Link& in, Link& out);

  Terminal& terminal() { return chip_port_; }
  const Terminal& terminal() const { return chip_port_; }

  /// One cycle. Cycles may be left out before next_event().
  void step(std::uint64_t cycle) {
    next_ = cycle + 1;
    if (occupied_ != 0 || cycle >= wake_ || stirred()) work(cycle);
  }

  /// No flit is in it and its chip sees and shows nothing. Flits may be on their way to it.
  bool idle() const { return occupied_ == 0 && !stirred(); }

  /// Earliest cycle at which step() would do anything, given what publish() has shown so far; never when there is none.
  std::uint64_t next_event() const { return idle() ? wake_ : next_; }

  /// A flit was shown that is due then.
  void wake_by(std::uint64_t cycle) { wake_ = cycle < wake_ ? cycle : wake_; }

  void reset();

  unsigned flits() const;  ///< in its buffers
  /// Every buffer is empty and every credit is home, that is, received back (due by `cycle` and published).
  bool at_rest(std::uint64_t cycle);

 private:
  struct Slot {
    contract::Flit flit;
    std::uint64_t ready;    ///< cycle from which it may win the switch
    std::uint8_t port, vc;  ///< by which it leaves
  };

  /// The buffer of one virtual channel: a ring in slots_, and a copy of what allocation asks of its first flit.
  struct Channel {
    std::uint64_t ready = 0;
    std::uint32_t first = 0;  ///< of its slots
    std::uint16_t head = 0, count = 0, size = 0;
    std::uint8_t port = 0, vc = 0;
  };

  struct PortState {
    Link* in = nullptr;
    Link* out = nullptr;
    std::uint32_t occupied = 0;                ///< its virtual channels that hold flits
    std::uint8_t next_vc = 0, next_input = 0;  ///< where the arbiters begin
    std::uint8_t choice = 0;                   ///< the virtual channel proposed
    std::uint64_t proposals = 0;               ///< inputs that propose to this output
  };

  bool stirred() const { return chip_port_.has_sent_ | chip_port_.freed_ | chip_port_.has_arriving_ | chip_port_.credit_; }
  void work(std::uint64_t cycle);
  void route(std::uint64_t cycle);
  void receive(std::uint64_t cycle);
  void take_credits(std::uint64_t cycle);
  void inject(std::uint64_t cycle);
  void allocate(std::uint64_t cycle);
  void push(unsigned port, unsigned vc, const contract::Flit& flit, std::uint64_t cycle);
  void forward(unsigned input, unsigned output, std::uint64_t cycle);
  bool can_go(unsigned input, const Channel& channel, std::uint64_t cycle) const;
  void show(Channel& channel) const;
  void fill_credits();

  const Routing* routing_;
  unsigned node_, vcs_, buffer_, pipeline_, kept_;
  bool has_chip_, protected_ = false;
  std::uint64_t occupied_ = 0;  ///< ports that hold flits
  std::uint64_t wake_ = never;  ///< when the first flit on a link is due
  std::uint64_t next_ = 0;      ///< cycle after the one stepped last
  std::uint64_t lent_ = 0;      ///< ports whose link has credits of this router
  std::vector<PortState> ports_;
  std::vector<Channel> channels_;            ///< [port][vc]
  std::vector<std::uint16_t> credits_;       ///< [port][vc]
  std::vector<std::uint16_t> lent_credits_;  ///< [port]
  std::vector<Slot> slots_;
  ChipPort chip_port_;
};

}  // namespace twill::noc
