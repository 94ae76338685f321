// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "twill/noc/topology.hpp"

namespace twill::noc {

/// Which way a flit goes and in which virtual channel: both are functions of where it is, where it comes from and where it goes, so
/// that flits of one flow (source, destination) all go the same way in the same channels and never pass each other.
///
/// Dimension-ordered: along its row to its column, then along that; on a circle the shorter way round (where both are equally long, to
/// the east or south from an even row or column and the other way from an odd one).
///
/// Deadlock on a circle is broken at its dateline, the link between the last position and the first: the lower half of the virtual
/// channels holds flits that have yet to cross it, the upper half those that have; what never crosses it may use either. Which channel of
/// a class a flow uses is a hash.
class Routing {
 public:
  /// `vcs`: virtual channels of a link, 1 to 16. Throws InputError for other numbers and for a single one on a circle.
  /// `dateline` false: no classes. That can deadlock; it is there to show that the check of deadlock.hpp finds it.
  Routing(const Topology& topology, unsigned vcs, bool dateline = true);

  const Topology& topology() const { return topology_; }
  unsigned vcs() const { return vcs_; }

  /// The port by which a flit for that chip leaves `node`; Topology::local when it is there.
  unsigned port(unsigned node, unsigned destination) const { return ports_[node * chips_ + destination]; }

  /// The virtual channel it takes on the link it leaves by (not for the chip's own port, which has none).
  unsigned vc(unsigned node, unsigned port, unsigned source, unsigned destination) const {
    const std::uint8_t* const channels = &channels_[(source * chips_ + destination) * 3];
    if (port > Topology::north || !circle_[port]) return channels[either];
    return circle_vc(node, port, source, destination, channels);
  }

  /// The virtual channel of the buffers behind the chip's own port in which it waits at its source.
  unsigned injection_vc(unsigned source, unsigned destination) const { return channels_[(source * chips_ + destination) * 3 + either]; }

 private:
  enum Class { before, after, either };  ///< the dateline

  unsigned choose_port(unsigned node, unsigned destination) const;
  unsigned circle_vc(unsigned node, unsigned port, unsigned source, unsigned destination, const std::uint8_t* channels) const;

  Topology topology_;
  unsigned vcs_, chips_;
  bool circle_[5] = {};                 ///< the port leads along a circle with a dateline
  std::vector<std::uint8_t> ports_;     ///< [node][destination]
  std::vector<std::uint8_t> channels_;  ///< [source][destination][class]
};

}  // namespace twill::noc
