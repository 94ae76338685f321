// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace twill::noc {

/// What a network looks like: "ring", "mesh:2x4", "torus:4x4" or "switch".
struct TopologySpec {
  enum class Kind { ring, mesh, torus, central_switch };

  Kind kind = Kind::ring;
  unsigned rows = 1, columns = 1;  ///< ring and switch have one row

  unsigned chips() const { return rows * columns; }
  std::string text() const;  ///< "ring:8", "mesh:2x4", "torus:4x4", "switch:8": what parse_topology() takes
};

/// From "ring", "ring:N", "mesh:RxC", "torus:RxC", "switch" or "switch:N". `chips`: how many there are, 0 when that is not known; a text
/// without sizes needs it. Throws InputError, saying what would be accepted, for anything but 1 to contract::chips chips or for a
/// size that is not `chips`.
TopologySpec parse_topology(const std::string& text, unsigned chips = 0);

/// Which router is joined with which. Router i belongs to chip i; a switch has one more, of no chip, which all others are joined with.
/// Chip c is number row * columns + column. Ports: of a chip's router 0 is the chip; on ring, mesh and torus 1 to 4 are east (the next
/// column), west, south (the next row), north; on a switch 1 is the switch, whose port c leads to chip c.
/// Ring and torus close a dimension of three or more to a circle; one of two has a link each way already.
class Topology {
 public:
  static constexpr unsigned none = ~0u;
  enum Port : unsigned { local, east, west, south, north };

  struct End {
    unsigned node = none, port = none;
    bool exists() const { return node != none; }
  };

  explicit Topology(const TopologySpec& spec);

  const TopologySpec& spec() const { return spec_; }
  unsigned chips() const { return spec_.chips(); }
  unsigned nodes() const { return static_cast<unsigned>(ends_.size()); }  ///< routers
  unsigned ports(unsigned node) const { return static_cast<unsigned>(ends_[node].size()); }
  bool has_chip(unsigned node) const { return node < chips(); }

  /// Where a link that leaves `node` by `port` ends; exists() is false for the chip's port and at the edge of a mesh.
  End neighbour(unsigned node, unsigned port) const { return ends_[node][port]; }

  bool is_switch() const { return spec_.kind == TopologySpec::Kind::central_switch; }
  bool column_circle() const { return closed_ && spec_.columns > 2; }  ///< east of the last column is the first
  bool row_circle() const { return closed_ && spec_.rows > 2; }
  unsigned row(unsigned chip) const { return chip / spec_.columns; }
  unsigned column(unsigned chip) const { return chip % spec_.columns; }

  /// Links on a shortest way from chip to chip.
  unsigned distance(unsigned from, unsigned to) const;

 private:
  void join(unsigned node, unsigned port, unsigned other, unsigned other_port);

  TopologySpec spec_;
  bool closed_;
  std::vector<std::vector<End>> ends_;  ///< [node][port]
};

}  // namespace twill::noc
