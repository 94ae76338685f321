// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/traffic.hpp"

#include "twill/error.hpp"

namespace twill::noc {
namespace {

using Pattern = Traffic::Pattern;

constexpr unsigned hot_one_in = 10;

Pattern pattern_of(const std::string& name) {
  if (name == "uniform") return Pattern::uniform;
  if (name == "transpose") return Pattern::transpose;
  if (name == "hotspot") return Pattern::hotspot;
  if (name == "neighbor") return Pattern::neighbor;
  throw InputError("'" + name + "' is not a traffic pattern; uniform, transpose, hotspot and neighbor are");
}

unsigned root(unsigned square) {
  unsigned side = 0;
  while (side * side < square) ++side;
  return side;
}

}  // namespace

Traffic::Traffic(const std::string& pattern, const Topology& topology) : pattern_(pattern_of(pattern)), topology_(topology) {
  if (pattern_ != Pattern::transpose) return;
  side_ = root(chips());
  const TopologySpec& spec = topology.spec();
  if (side_ * side_ != chips() || (spec.rows > 1 && spec.rows != spec.columns))
    throw InputError("transpose traffic takes as many rows as columns (of ring and switch: a square number of chips), not " + spec.text());
}

unsigned Traffic::hot_chip() const {
  const TopologySpec& spec = topology_.spec();
  return spec.rows / 2 * spec.columns + spec.columns / 2;
}

unsigned Traffic::partner(unsigned source) const {
  if (pattern_ == Pattern::transpose) return source % side_ * side_ + source / side_;
  const unsigned columns = topology_.spec().columns, column = source % columns;
  return column + 1 < columns ? source + 1 : source - column;
}

unsigned Traffic::destination(unsigned source, TrafficRandom& random) const {
  if (pattern_ == Pattern::transpose || pattern_ == Pattern::neighbor) return partner(source);
  if (pattern_ == Pattern::hotspot && random.below(hot_one_in) == 0) return hot_chip();
  return random.below(chips());
}

double Traffic::share(unsigned source, unsigned destination) const {
  if (pattern_ == Pattern::transpose || pattern_ == Pattern::neighbor) return partner(source) == destination ? 1 : 0;
  const double each = 1.0 / chips();
  if (pattern_ == Pattern::uniform) return each;
  return (1 - 1.0 / hot_one_in) * each + (destination == hot_chip() ? 1.0 / hot_one_in : 0);
}

double Traffic::mean_hops() const {
  double sum = 0;
  for (unsigned s = 0; s < chips(); ++s)
    for (unsigned d = 0; d < chips(); ++d) sum += share(s, d) * topology_.distance(s, d);
  return sum / chips();
}

}  // namespace twill::noc
