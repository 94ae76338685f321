// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "twill/contract.hpp"
#include "twill/noc/traffic.hpp"

namespace twill::noc {

/// What happens to the wires of every link, in both directions. A rate is 0, or least_rate to the most there may be.
struct LinkFaults {
  struct Dead {
    unsigned from, to;    ///< the routers it joins, in either order
    std::uint64_t cycle;  ///< from which on its wires stand still, both ways; counted from Fabric::begin_job() where that is called, else from 0
  };

  /// Bits of one frame: the first that the wire carries in this cycle or later and that no hit before has struck.
  struct Hit {
    unsigned wire;        ///< 2 n: of link n of the network (Fabric::links()), 2 n + 1: of its answers
    std::uint64_t cycle;
    std::vector<unsigned> bits;  ///< each below frame_bits
  };

  static constexpr double least_rate = 1e-15, most_bit_error_rate = 0.01, most_frame_rate = 0.5;

  double bit_error_rate = 0;  ///< probability that a bit arrives wrong, each by itself
  double drop_rate = 0;       ///< that a frame never arrives
  double duplicate_rate = 0;  ///< that one arrives twice
  std::uint64_t seed = 1;     ///< of the three above: the same faults each time, from every reset on
  std::vector<Dead> dead{};
  std::vector<Hit> hits{};    ///< in any order; those of one wire and cycle strike in the order given here

  bool any() const { return bit_error_rate > 0 || drop_rate > 0 || duplicate_rate > 0 || !dead.empty() || !hits.empty(); }
};

/// What becomes of the frames that one wire carries. Each wire draws from a SplitMix64 of its own, seeded with the `wire`-th number of the
/// SplitMix64 of LinkFaults::seed, and only when a frame is sent: faults depend on the seed and the frames of this wire alone.
class FaultyWire {
 public:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  FaultyWire(const LinkFaults& faults, unsigned wire, std::uint64_t dead_from);

  /// A frame is sent in `cycle`: how many of it arrive, 0 to 2. Bits of `frame` may have been turned over.
  unsigned carry(contract::Flit& frame, std::uint64_t cycle);

  void dies_in(std::uint64_t cycle) { dead_from_ = cycle; }

  /// Of this wire, those that have not struck yet.
  const std::deque<LinkFaults::Hit>& hits_to_come() const { return hits_; }

 private:
  bool happens(std::uint64_t below) { return below != 0 && random_.next() >> 11 < below; }
  void draw_gap();
  void hit(contract::Flit& frame, std::uint64_t cycle);

  double log_right_;                ///< of the probability that a bit arrives right
  std::uint64_t drop_, duplicate_;  ///< it happens when 53 random bits are below
  std::uint64_t dead_from_;
  std::deque<LinkFaults::Hit> hits_;  ///< still to come, in the order of their cycles
  TrafficRandom random_;
  std::uint64_t gap_ = never;  ///< bits that arrive right before the next wrong one
};

}  // namespace twill::noc
