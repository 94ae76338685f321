// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/topology.hpp"

#include <algorithm>
#include <cctype>

#include "twill/contract.hpp"
#include "twill/error.hpp"

namespace twill::noc {
namespace {

using Kind = TopologySpec::Kind;

constexpr const char* accepted = "ring, switch, ring:N, switch:N, mesh:RxC and torus:RxC are, with 1 to 64 chips in all";
static_assert(contract::chips == 64);

[[noreturn]] void refuse(const std::string& text) { throw InputError("'" + text + "' is not a topology; " + accepted); }

/// A number of up to three digits, or 0.
unsigned number(const std::string& text) {
  if (text.empty() || text.size() > 3) return 0;
  if (!std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) return 0;
  return static_cast<unsigned>(std::stoul(text));
}

std::string chips_text(unsigned chips) { return std::to_string(chips) + (chips == 1 ? " chip" : " chips"); }

unsigned circle_distance(unsigned from, unsigned to, unsigned size, bool circle) {
  const unsigned straight = from < to ? to - from : from - to;
  return circle ? std::min(straight, size - straight) : straight;
}

}  // namespace

std::string TopologySpec::text() const {
  switch (kind) {
    case Kind::ring: return "ring:" + std::to_string(columns);
    case Kind::central_switch: return "switch:" + std::to_string(columns);
    case Kind::mesh: return "mesh:" + std::to_string(rows) + "x" + std::to_string(columns);
    default: return "torus:" + std::to_string(rows) + "x" + std::to_string(columns);
  }
}

TopologySpec parse_topology(const std::string& text, unsigned chips) {
  const auto colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const bool sized = colon != std::string::npos;
  const std::string size = sized ? text.substr(colon + 1) : "";
  TopologySpec spec;
  if (kind == "ring" || kind == "switch") {
    spec.kind = kind == "ring" ? Kind::ring : Kind::central_switch;
    if (!sized && chips == 0)
      throw InputError("the topology '" + text + "' needs a number of chips, from 1 to 64: " + text + ":8, for one");
    spec.columns = sized ? number(size) : chips;
  } else if (kind == "mesh" || kind == "torus") {
    spec.kind = kind == "mesh" ? Kind::mesh : Kind::torus;
    const auto x = size.find('x');
    if (x == std::string::npos) refuse(text);
    spec.rows = number(size.substr(0, x));
    spec.columns = number(size.substr(x + 1));
  } else {
    refuse(text);
  }
  if (spec.rows == 0 || spec.columns == 0) refuse(text);
  if (spec.chips() > contract::chips)
    throw InputError("the topology '" + text + "' would have " + chips_text(spec.chips()) + "; 1 to 64 can be joined");
  if (chips != 0 && spec.chips() != chips)
    throw InputError("the topology '" + text + "' has " + chips_text(spec.chips()) + " and " + std::to_string(chips) +
                     " were asked for; its sizes must multiply to that, or leave the number of chips out");
  return spec;
}

Topology::Topology(const TopologySpec& spec) : spec_(spec), closed_(spec.kind == Kind::ring || spec.kind == Kind::torus) {
  const unsigned n = chips();
  if (n == 0 || n > contract::chips) throw InputError(chips_text(n) + " cannot be joined; 1 to 64 can");
  if (is_switch()) {
    ends_.assign(n, std::vector<End>(2));
    ends_.emplace_back(n);
    for (unsigned c = 0; c < n; ++c) join(c, 1, n, c);
    return;
  }
  ends_.assign(n, std::vector<End>(5));
  for (unsigned c = 0; c < n; ++c) {
    if (column(c) + 1 < spec_.columns)
      join(c, east, c + 1, west);
    else if (column_circle())
      join(c, east, c + 1 - spec_.columns, west);
    if (row(c) + 1 < spec_.rows)
      join(c, south, c + spec_.columns, north);
    else if (row_circle())
      join(c, south, column(c), north);
  }
}

void Topology::join(unsigned node, unsigned port, unsigned other, unsigned other_port) {
  ends_[node][port] = {other, other_port};
  ends_[other][other_port] = {node, port};
}

unsigned Topology::distance(unsigned from, unsigned to) const {
  if (is_switch()) return from == to ? 0 : 2;
  return circle_distance(column(from), column(to), spec_.columns, column_circle()) +
         circle_distance(row(from), row(to), spec_.rows, row_circle());
}

}  // namespace twill::noc
