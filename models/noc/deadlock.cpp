// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/deadlock.hpp"

#include <algorithm>

namespace twill::noc {

ChannelDependencies::ChannelDependencies(const Routing& routing, bool replies) : topology_(routing.topology()), vcs_(routing.vcs()) {
  std::size_t channels = 0;
  for (unsigned node = 0; node < topology_.nodes(); ++node) {
    first_of_.push_back(channels);
    channels += topology_.ports(node) * vcs_ + 1;
  }
  next_.resize(channels);
  for (unsigned s = 0; s < topology_.chips(); ++s)
    for (unsigned d = 0; d < topology_.chips(); ++d) follow(routing, s, d);
  if (!replies) return;
  for (unsigned c = 0; c < topology_.chips(); ++c)
    for (unsigned vc = 0; vc < vcs_; ++vc) depend(link_channel(c, topology_.ports(c), 0), link_channel(c, Topology::local, vc));
}

void ChannelDependencies::follow(const Routing& routing, unsigned source, unsigned destination) {
  std::size_t holds = link_channel(source, Topology::local, routing.injection_vc(source, destination));
  for (unsigned node = source; node != destination;) {
    const unsigned port = routing.port(node, destination);
    const std::size_t wants = link_channel(node, port, routing.vc(node, port, source, destination));
    depend(holds, wants);
    holds = wants;
    node = topology_.neighbour(node, port).node;
  }
  depend(holds, link_channel(destination, topology_.ports(destination), 0));
}

void ChannelDependencies::depend(std::size_t channel, std::size_t on) {
  auto& list = next_[channel];
  if (std::find(list.begin(), list.end(), on) == list.end()) list.push_back(static_cast<std::uint32_t>(on));
}

std::size_t ChannelDependencies::dependencies() const {
  std::size_t sum = 0;
  for (const auto& list : next_) sum += list.size();
  return sum;
}

// A depth-first walk; a channel met again while it is on the way closes a circle.
std::vector<std::string> ChannelDependencies::cycle() const {
  enum class Mark : std::uint8_t { fresh, on_the_way, done };
  std::vector<Mark> marks(next_.size(), Mark::fresh);
  std::vector<std::size_t> way, tried(next_.size(), 0);
  for (std::size_t start = 0; start < next_.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    way.push_back(start);
    marks[start] = Mark::on_the_way;
    while (!way.empty()) {
      const std::size_t here = way.back();
      if (tried[here] == next_[here].size()) {
        marks[here] = Mark::done;
        way.pop_back();
        continue;
      }
      const std::size_t next = next_[here][tried[here]++];
      if (marks[next] == Mark::on_the_way) {
        std::vector<std::string> names;
        for (auto it = std::find(way.begin(), way.end(), next); it != way.end(); ++it) names.push_back(name(*it));
        return names;
      }
      if (marks[next] == Mark::done) continue;
      marks[next] = Mark::on_the_way;
      way.push_back(next);
    }
  }
  return {};
}

std::string ChannelDependencies::name(std::size_t channel) const {
  const auto after = std::upper_bound(first_of_.begin(), first_of_.end(), channel);
  const auto node = static_cast<unsigned>(after - first_of_.begin() - 1);
  const auto port = static_cast<unsigned>((channel - first_of_[node]) / vcs_),
             vc = static_cast<unsigned>((channel - first_of_[node]) % vcs_);
  const std::string self = std::to_string(node);
  if (port == topology_.ports(node)) return "chip " + self;
  const auto end = topology_.neighbour(node, port);
  if (!end.exists()) return "chip " + self + " sends, channel " + std::to_string(vc);
  return self + "->" + std::to_string(end.node) + " channel " + std::to_string(vc);
}

}  // namespace twill::noc
