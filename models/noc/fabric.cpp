// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/fabric.hpp"

#include <stdexcept>

#include "twill/error.hpp"

namespace twill::noc {
namespace {

void check(const char* what, unsigned value, unsigned low, unsigned high) {
  if (value < low || value > high)
    throw InputError(std::string(what) + " can be " + std::to_string(low) + " to " + std::to_string(high) + ", not " +
                     std::to_string(value));
}

NetworkOptions checked(NetworkOptions options) {
  check("the latency of a link", options.link_latency, 1, 256);
  check("the buffer of a virtual channel", options.buffer, 0, 1024);
  check("the pipeline of a router", options.pipeline, 1, 7);
  if (options.link_width == 0 || contract::flit_bytes % options.link_width != 0)
    throw InputError("the width of a link can be 1, 2, 4, 8 or 16 bytes, not " + std::to_string(options.link_width));
  if (options.buffer == 0) options.buffer = 2 * options.link_latency + 8;
  return options;
}

}  // namespace

Fabric::Fabric(const TopologySpec& spec, const NetworkOptions& options)
    : options_(checked(options)), routing_(Topology(spec), options.vcs) {
  const Topology& t = topology();
  std::vector<std::vector<std::size_t>> leaving(t.nodes());  // [node][port]: its wire
  for (unsigned node = 0; node < t.nodes(); ++node) {
    leaving[node].resize(t.ports(node));
    for (unsigned port = 0; port < t.ports(node); ++port) {
      const auto end = t.neighbour(node, port);
      if (!end.exists()) continue;
      leaving[node][port] = wires_.size();
      wires_.push_back({Link(options_.link_latency, options_.link_width, options_.vcs * options_.buffer), node, end.node});
    }
  }
  routers_.reserve(t.nodes());
  for (unsigned node = 0; node < t.nodes(); ++node) {
    routers_.emplace_back(routing_, node, options_.buffer, options_.pipeline);
    for (unsigned port = 0; port < t.ports(node); ++port) {
      const auto end = t.neighbour(node, port);
      if (end.exists()) routers_[node].connect(port, wires_[leaving[end.node][end.port]].link, wires_[leaving[node][port]].link);
    }
  }
}

Terminal& Fabric::terminal(unsigned chip) {
  if (chip >= chips()) throw std::out_of_range("there is no chip " + std::to_string(chip) + " in a network of " + std::to_string(chips()));
  return routers_[chip].terminal();
}

void Fabric::exchange() {
  for (Wire& wire : wires_)
    if (wire.link.publish()) routers_[wire.to].wake_by(wire.link.next_due());
}

void Fabric::reset() {
  for (Wire& wire : wires_) wire.link.reset();
  for (Router& router : routers_) router.reset();
}

std::vector<LinkReport> Fabric::links() const {
  std::vector<LinkReport> reports;
  for (const Wire& wire : wires_)
    reports.push_back(
        {std::to_string(wire.from) + "->" + std::to_string(wire.to), wire.from, wire.to, wire.link.flits(), wire.link.busy_cycles()});
  return reports;
}

bool Fabric::at_rest(std::uint64_t cycle) {
  for (const Wire& wire : wires_)
    if (wire.link.next_due() != Link::never) return false;
  for (Router& router : routers_)
    if (!router.at_rest(cycle)) return false;
  return true;
}

}  // namespace twill::noc
