// SPDX-License-Identifier: Apache-2.0
// Ways, virtual channels, and that nothing can deadlock on any network there is.
#include <algorithm>
#include <set>

#include "catch.hpp"
#include "twill/error.hpp"
#include "twill/noc/deadlock.hpp"

namespace {

using namespace twill::noc;

std::vector<std::string> every_topology() {
  std::vector<std::string> all;
  for (unsigned n = 1; n <= 64; ++n) {
    all.push_back("ring:" + std::to_string(n));
    all.push_back("switch:" + std::to_string(n));
    for (unsigned rows = 1; rows <= n; ++rows) {
      if (n % rows != 0) continue;
      const std::string size = std::to_string(rows) + "x" + std::to_string(n / rows);
      all.push_back("mesh:" + size);
      all.push_back("torus:" + size);
    }
  }
  return all;
}

Topology topology(const std::string& text) { return Topology(parse_topology(text)); }

TEST_CASE("Every way is a shortest one, along the row first") {
  for (const std::string& text : every_topology()) {
    const Topology t = topology(text);
    const Routing routing(t, 2);
    unsigned wrong = 0;
    for (unsigned s = 0; s < t.chips(); ++s) {
      for (unsigned d = 0; d < t.chips(); ++d) {
        unsigned node = s, hops = 0;
        bool turned = false;
        for (; routing.port(node, d) != Topology::local || !t.has_chip(node); ++hops) {
          const unsigned port = routing.port(node, d);
          const bool along_row = port == Topology::east || port == Topology::west;
          wrong += !t.is_switch() && along_row && turned;
          turned |= !along_row;
          node = t.neighbour(node, port).node;
          if (hops > 64) break;
        }
        wrong += node != d || hops != t.distance(s, d);
      }
    }
    INFO(text);
    CHECK(wrong == 0);
  }
}

TEST_CASE("Nothing waits in a circle on any topology of any size") {
  std::size_t dependencies = 0;
  for (const std::string& text : every_topology()) {
    const Topology t = topology(text);
    for (const unsigned vcs : {2u, 3u, 4u, 8u}) {
      const ChannelDependencies graph(Routing(t, vcs));
      INFO(text << " with " << vcs);
      CHECK(graph.cycle().empty());
      dependencies += graph.dependencies();
    }
    if (!t.column_circle() && !t.row_circle()) CHECK(ChannelDependencies(Routing(t, 1)).cycle().empty());
  }
  CHECK(dependencies > 100'000);
}

TEST_CASE("Without its dateline a circle of five or more waits for itself, and the check names it") {
  for (const std::string& text : every_topology()) {
    const Topology t = topology(text);
    const bool long_circle = (t.column_circle() && t.spec().columns >= 5) || (t.row_circle() && t.spec().rows >= 5);
    if (!long_circle) continue;
    const auto cycle = ChannelDependencies(Routing(t, 1, false)).cycle();
    INFO(text);
    CHECK(cycle.size() >= 5);
  }
  // All channels of all flows, not only of one: with more channels, the hash does not happen to break a circle.
  for (const char* text : {"ring:8", "ring:64", "torus:8x8", "torus:1x16"}) {
    INFO(text);
    CHECK_FALSE(ChannelDependencies(Routing(topology(text), 2, false)).cycle().empty());
  }
  const auto cycle = ChannelDependencies(Routing(topology("ring:5"), 1, false)).cycle();
  REQUIRE(cycle.size() == 5);
  const std::set<std::string> up{"0->1 channel 0", "1->2 channel 0", "2->3 channel 0", "3->4 channel 0", "4->0 channel 0"};
  const std::set<std::string> down{"1->0 channel 0", "2->1 channel 0", "3->2 channel 0", "4->3 channel 0", "0->4 channel 0"};
  const std::set<std::string> found(cycle.begin(), cycle.end());
  CHECK((found == up || found == down));
}

TEST_CASE("Chips that had to send before they take would deadlock in one message class, and the check sees it") {
  for (const char* text : {"mesh:2x2", "ring:4", "switch:2"}) {
    INFO(text);
    const auto cycle = ChannelDependencies(Routing(topology(text), 2), true).cycle();
    CHECK_FALSE(cycle.empty());
    CHECK(std::any_of(cycle.begin(), cycle.end(), [](const std::string& name) { return name.find(" sends") != std::string::npos; }));
  }
}

TEST_CASE("Before the dateline the lower channels, behind it the upper ones") {
  const Topology t = topology("ring:8");
  const Routing routing(t, 4);
  for (const unsigned here : {6u, 7u, 0u}) {
    CHECK(routing.port(here, 1) == Topology::east);
    CHECK((routing.vc(here, Topology::east, 6, 1) >= 2) == (here != 6));  // 7 -> 0 is the dateline
  }
  for (const unsigned here : {1u, 0u, 7u}) {
    CHECK(routing.port(here, 6) == Topology::west);
    CHECK((routing.vc(here, Topology::west, 1, 6) >= 2) == (here != 1));
  }
}

TEST_CASE("Flows are spread over all channels") {
  const Topology t = topology("mesh:8x8");
  const Routing routing(t, 4);
  unsigned used[4] = {};
  for (unsigned s = 0; s < 64; ++s)
    for (unsigned d = 0; d < 64; ++d) ++used[routing.injection_vc(s, d)];
  for (const unsigned count : used) CHECK((count > 900 && count < 1150));
}

}  // namespace
