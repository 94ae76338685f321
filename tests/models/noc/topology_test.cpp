// SPDX-License-Identifier: Apache-2.0
// What is a topology, and which router is joined with which.
#include <algorithm>
#include <queue>

#include "catch.hpp"
#include "twill/error.hpp"
#include "twill/noc/topology.hpp"

namespace {

using namespace twill::noc;
using Kind = TopologySpec::Kind;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void check_refused(const std::string& text, unsigned chips, const std::string& words) {
  INFO(text << ", " << chips << " chips");
  try {
    parse_topology(text, chips);
    FAIL_CHECK("was taken");
  } catch (const twill::InputError& error) {
    INFO(error.what());
    CHECK(contains(error.what(), words));
    CHECK(contains(error.what(), "'" + text + "'"));
  }
}

/// Links from node to node, found by walking.
std::vector<unsigned> distances(const Topology& t, unsigned from) {
  std::vector<unsigned> distance(t.nodes(), Topology::none);
  std::queue<unsigned> next;
  next.push(from);
  distance[from] = 0;
  for (; !next.empty(); next.pop())
    for (unsigned p = 0; p < t.ports(next.front()); ++p) {
      const auto end = t.neighbour(next.front(), p);
      if (!end.exists() || distance[end.node] != Topology::none) continue;
      distance[end.node] = distance[next.front()] + 1;
      next.push(end.node);
    }
  return distance;
}

TEST_CASE("Topologies are read with their sizes or with the number of chips") {
  const auto mesh = parse_topology("mesh:2x4");
  CHECK((mesh.kind == Kind::mesh && mesh.rows == 2 && mesh.columns == 4 && mesh.chips() == 8));
  CHECK(parse_topology("torus:4x2", 8).text() == "torus:4x2");
  CHECK(parse_topology("ring", 5).text() == "ring:5");
  CHECK(parse_topology("switch", 64).chips() == 64);
  for (const char* text : {"ring:1", "ring:64", "switch:3", "mesh:1x1", "mesh:8x8", "torus:1x64"}) {
    CHECK(parse_topology(text).text() == text);
    CHECK(parse_topology(text, parse_topology(text).chips()).text() == text);
  }
}

TEST_CASE("Impossible topologies are refused with what would be accepted") {
  check_refused("", 4, "mesh:RxC");
  check_refused("star", 4, "ring, switch");
  check_refused("ring", 0, "needs a number of chips");
  check_refused("switch", 0, "needs a number of chips");
  check_refused("mesh", 4, "mesh:RxC");
  check_refused("mesh:", 4, "mesh:RxC");
  check_refused("mesh:4", 4, "mesh:RxC");
  check_refused("mesh:0x4", 0, "mesh:RxC");
  check_refused("mesh:-1x4", 0, "mesh:RxC");
  check_refused("mesh:2x2x2", 0, "mesh:RxC");
  check_refused("mesh:2x4 ", 0, "mesh:RxC");
  check_refused("torus:4294967297x1", 0, "torus:RxC");
  check_refused("ring:", 0, "ring:N");
  check_refused("ring:65", 0, "1 to 64");
  check_refused("ring", 65, "1 to 64");
  check_refused("torus:13x5", 0, "65 chips; 1 to 64");
  check_refused("torus:2x4", 6, "has 8 chips and 6 were asked for");
  check_refused("ring:3", 4, "has 3 chips and 4 were asked for");
}

TEST_CASE("Links lead where their names say, and every link has one back") {
  for (const char* text : {"ring:1", "ring:2", "ring:3", "ring:7", "mesh:3x5", "torus:2x2", "torus:2x5", "torus:4x3", "switch:9"}) {
    INFO(text);
    const Topology t(parse_topology(text));
    for (unsigned node = 0; node < t.nodes(); ++node) {
      if (t.has_chip(node)) CHECK_FALSE(t.neighbour(node, Topology::local).exists());
      for (unsigned port = 0; port < t.ports(node); ++port) {
        const auto end = t.neighbour(node, port);
        if (!end.exists()) continue;
        const auto back = t.neighbour(end.node, end.port);
        CHECK((back.node == node && back.port == port));
        CHECK(end.node != node);
      }
    }
    for (unsigned c = 0; c < t.chips(); ++c) {
      const auto walked = distances(t, c);
      for (unsigned d = 0; d < t.chips(); ++d) CHECK(t.distance(c, d) == walked[d]);
    }
  }
  const Topology torus(parse_topology("torus:3x4"));
  CHECK(torus.neighbour(5, Topology::east).node == 6);
  CHECK(torus.neighbour(7, Topology::east).node == 4);
  CHECK(torus.neighbour(4, Topology::west).node == 7);
  CHECK(torus.neighbour(9, Topology::south).node == 1);
  CHECK(torus.neighbour(1, Topology::north).node == 9);
  const Topology mesh(parse_topology("mesh:3x4"));
  CHECK_FALSE(mesh.neighbour(7, Topology::east).exists());
  CHECK_FALSE(mesh.neighbour(1, Topology::north).exists());
}

}  // namespace
