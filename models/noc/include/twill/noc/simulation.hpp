// SPDX-License-Identifier: Apache-2.0
// The network by itself under a synthetic load.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "twill/noc/fabric.hpp"
#include "twill/noc/traffic.hpp"

namespace twill::noc {

struct Load {
  double injection = 0.1;         ///< flits that every chip offers in a cycle, above 0 and at most 1
  unsigned packet = 1;            ///< flits of a packet: offered at once, to one chip
  std::uint64_t warmup = 5'000;   ///< cycles before anything is measured
  std::uint64_t cycles = 20'000;  ///< that are measured
  std::uint64_t seed = 1;
};

struct LoadResult {
  double offered = 0, accepted = 0;  ///< flits a chip and cycle
  /// Cycles from the one in which a packet was offered (it may then wait in its chip) to the one in which its chip has the last flit,
  /// of packets offered in the measured cycles.
  double mean_latency = 0;
  std::uint64_t latency_99 = 0;  ///< 99 of 100 took no longer
  std::uint64_t packets = 0;     ///< that these are of
  /// The network cannot keep up: a tenth of the measured cycles (and four times the longest way) later not all of them had arrived. The
  /// latencies are of those that had, and grow with the cycles simulated.
  bool saturated = false;
};

/// The same router class as between chips, every cycle by itself. What a chip offers depends on seed, load and pattern alone.
class Simulation {
 public:
  /// Resets the fabric, which outlives this. Throws InputError for a load outside its ranges.
  Simulation(Fabric& fabric, const Traffic& traffic, const Load& load);

  /// So many cycles, or fewer when it is done. Throws ChipError when a link is given up.
  void advance(std::uint64_t cycles);
  bool done() const { return done_; }
  std::uint64_t now() const { return now_; }
  std::uint64_t expected_cycles() const { return measured_to_; }  ///< and what the last packets need

  LoadResult result() const;  ///< when it is done

 private:
  /// A chip: the packet it offers next (or is sending), drawn ahead; so a chip that waits needs no queue.
  struct Source {
    TrafficRandom random;
    std::uint64_t untried = 0;  ///< first cycle for which it has not been drawn whether a packet is offered
    std::uint64_t offered = 0;  ///< cycle of the packet
    unsigned destination = 0, left = 0, credits = Terminal::send_credits;
  };

  void draw(unsigned chip);
  void step_chip(unsigned chip);
  void send(Source& source, unsigned chip, Terminal& terminal);
  void arrived(const contract::Flit& flit);
  std::uint64_t latency_of(std::uint64_t place) const;
  bool measured(std::uint64_t offered) const { return offered >= load_.warmup && offered < measured_to_; }

  Fabric& fabric_;
  const Traffic& traffic_;
  const Load load_;
  const std::uint64_t measured_to_, latest_;  ///< cycle after the last measured one; where waiting for the last packets ends
  const std::uint64_t offer_below_;           ///< a packet is offered when 53 random bits are below it
  std::uint64_t now_ = 0, flits_ = 0, under_way_ = 0, packets_ = 0, latency_sum_ = 0;
  unsigned offering_;  ///< chips that still have measured packets to offer
  bool done_ = false;
  std::vector<Source> sources_;
  std::vector<std::uint64_t> latencies_;                   ///< how many packets took so long
  std::map<std::uint64_t, std::uint64_t> long_latencies_;  ///< the same, of those beyond
};

/// Cycles of a packet that is alone in the network, from the cycle in which it is offered to the one in which the chip `hops` links on has
/// its last flit: (hops + 1) routers, hops links, and a packet's further flits one behind the other. Holds when the buffers do not throttle
/// a packet: they have place for one flit more than it has, or than 2 * link_latency + pipeline.
std::uint64_t zero_load_latency(const NetworkOptions& options, unsigned hops, unsigned packet);

/// The mean of that over the pairs of a pattern, by formula.
double zero_load_latency(const Fabric& fabric, const Traffic& traffic, unsigned packet);

/// The same measured: a packet for every pair, each alone in the network, whose links have no faults. Resets the fabric.
double measure_zero_load_latency(Fabric& fabric, const Traffic& traffic, unsigned packet);

}  // namespace twill::noc
