// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/noc/topology.hpp"

namespace twill::noc {

/// Random numbers that a seed fixes on every platform (SplitMix64).
class TrafficRandom {
 public:
  explicit TrafficRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  unsigned below(unsigned end) { return static_cast<unsigned>((next() >> 32) * end >> 32); }

 private:
  std::uint64_t state_;
};

/// Where the chips of a synthetic load send: who sends how much to whom.
///   uniform    to every chip alike, itself included
///   transpose  row r, column c to row c, column r (of a square of chips; ring and switch count their chips row by row, too)
///   hotspot    a tenth to the chip in the middle, the rest as uniform
///   neighbor   to the next chip of its row, from the last to the first
class Traffic {
 public:
  enum class Pattern { uniform, transpose, hotspot, neighbor };

  /// `pattern` as above. Throws InputError for other names, and for transpose where the chips make no square.
  Traffic(const std::string& pattern, const Topology& topology);

  unsigned destination(unsigned source, TrafficRandom& random) const;
  double share(unsigned source, unsigned destination) const;  ///< of what `source` sends; sums to 1 over the destinations
  double mean_hops() const;                                   ///< links that a flit passes on average

 private:
  unsigned chips() const { return topology_.chips(); }
  unsigned hot_chip() const;
  unsigned partner(unsigned source) const;

  Pattern pattern_;
  Topology topology_;
  unsigned side_ = 0;  ///< of the square that is transposed
};

}  // namespace twill::noc
