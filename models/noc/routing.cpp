// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/routing.hpp"

#include "twill/error.hpp"

namespace twill::noc {
namespace {

/// Spreads flows over virtual channels (the finalizer of MurmurHash3).
std::uint32_t hash(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  x *= 0xc2b2ae35u;
  return x ^ x >> 16;
}

/// Whether the way from one position of a dimension to another leads to higher positions (and beyond the last to the first).
bool upwards(unsigned from, unsigned to, unsigned size, bool circle) {
  if (!circle) return to > from;
  const unsigned up = (to + size - from) % size;
  if (2 * up == size) return from % 2 == 0;
  return 2 * up < size;
}

}  // namespace

Routing::Routing(const Topology& topology, unsigned vcs, bool dateline) : topology_(topology), vcs_(vcs), chips_(topology.chips()) {
  const bool circles = topology.column_circle() || topology.row_circle();
  if (vcs < 1 || vcs > 16) throw InputError("a link has 1 to 16 virtual channels, not " + std::to_string(vcs));
  if (circles && dateline && vcs < 2)
    throw InputError("the topology '" + topology.spec().text() + "' needs 2 to 16 virtual channels: with one it could deadlock");
  circle_[Topology::east] = circle_[Topology::west] = topology.column_circle() && dateline;
  circle_[Topology::south] = circle_[Topology::north] = topology.row_circle() && dateline;

  ports_.resize(topology.nodes() * chips_);
  for (unsigned node = 0; node < topology.nodes(); ++node)
    for (unsigned destination = 0; destination < chips_; ++destination)
      ports_[node * chips_ + destination] = static_cast<std::uint8_t>(choose_port(node, destination));

  channels_.resize(chips_ * chips_ * 3);
  const unsigned lower = vcs / 2;
  for (unsigned flow = 0; flow < chips_ * chips_; ++flow) {
    const std::uint32_t h = hash(flow);
    channels_[flow * 3 + before] = static_cast<std::uint8_t>(lower > 0 ? h % lower : 0);
    channels_[flow * 3 + after] = static_cast<std::uint8_t>(lower + h % (vcs - lower));
    channels_[flow * 3 + either] = static_cast<std::uint8_t>(h % vcs);
  }
}

unsigned Routing::choose_port(unsigned node, unsigned destination) const {
  const Topology& t = topology_;
  if (t.is_switch()) return node == destination ? static_cast<unsigned>(Topology::local) : t.has_chip(node) ? 1u : destination;
  if (t.column(node) != t.column(destination))
    return upwards(t.column(node), t.column(destination), t.spec().columns, t.column_circle()) ? Topology::east : Topology::west;
  if (t.row(node) != t.row(destination))
    return upwards(t.row(node), t.row(destination), t.spec().rows, t.row_circle()) ? Topology::south : Topology::north;
  return Topology::local;
}

unsigned Routing::circle_vc(unsigned node, unsigned port, unsigned source, unsigned destination, const std::uint8_t* channels) const {
  const Topology& t = topology_;
  const bool along_row = port == Topology::east || port == Topology::west, up = port == Topology::east || port == Topology::south;
  const auto place = [&](unsigned chip) { return along_row ? t.column(chip) : t.row(chip); };
  const unsigned start = place(source), end = place(destination), size = along_row ? t.spec().columns : t.spec().rows;
  if (up ? start < end : start > end) return channels[either];
  const unsigned here = place(node), next = up ? (here + 1) % size : (here + size - 1) % size;
  const bool crossed = up ? next < start : next > start;
  return channels[crossed ? after : before];
}

}  // namespace twill::noc
