// SPDX-License-Identifier: Apache-2.0
// Every operation and algorithm on chips of every number and topology, for sizes that divide and sizes that do not, under several schedules.
#include "bench.hpp"
#include "catch.hpp"

using namespace twill;
using namespace twill::test;
using contract::Space;

namespace {

void check(const std::string& topology, unsigned chips, Collective op, Algorithm algorithm, const Buffer& b, unsigned root, Schedule schedule, std::uint64_t seed) {
  INFO(topology << " " << chips << ": " << name_of(op) << " " << name_of(algorithm) << " of " << b.count << " in " << contract::name(b.space) << " at " << b.address
                << ", root " << root << ", schedule " << static_cast<int>(schedule) << " seed " << seed);
  Bench bench(topology, chips);
  Buffer to = b;
  to.address = b.address + (b.bytes() + 15) / 16 * 16;
  const std::vector<Bytes> in = bench.fill(b, seed + 7);
  const bool two = op == Collective::all_to_all;
  if (two) bench.fill(to, seed + 8);
  const CallInfo info = bench.world->call_all(op, b, root, algorithm, to);
  if (algorithm != Algorithm::automatic) REQUIRE(info.algorithm == algorithm);
  bench.fetch(two ? to : b);
  bench.run(schedule, seed);
  for (unsigned r = 0; r < bench.chips(); ++r) {
    INFO("rank " << r);
    REQUIRE(first_difference(expected(op, b, in, r, root), bench.result(r, two ? to : b)) == -1);
    if (info.sent.size() > r) REQUIRE(bench.outcomes[r].network.bytes_sent == info.sent[r]);
  }
}

std::vector<Algorithm> known(Collective op, bool grid) {
  using A = Algorithm;
  switch (op) {
    case Collective::all_reduce: return grid ? std::vector<A>{A::automatic, A::ring, A::ring_both, A::tree, A::direct, A::dimension} : std::vector<A>{A::automatic, A::ring, A::ring_both, A::tree, A::direct};
    case Collective::reduce_scatter:
    case Collective::all_gather: return grid ? std::vector<A>{A::automatic, A::ring, A::ring_both, A::direct, A::dimension} : std::vector<A>{A::automatic, A::ring, A::ring_both, A::direct};
    case Collective::broadcast:
    case Collective::reduce: return {A::automatic, A::ring, A::ring_both, A::tree};
    default: return {A::automatic};
  }
}

void check_topology(const std::string& topology, unsigned chips, const std::vector<std::uint64_t>& counts) {
  const noc::TopologySpec spec = noc::parse_topology(topology, chips);
  const unsigned n = spec.chips();
  const bool grid = spec.rows > 1 && spec.columns > 1;
  std::uint64_t seed = n;
  for (const Collective op : collectives())
    for (const Algorithm algorithm : known(op, grid))
      for (const Space space : {Space::scratchpad, Space::dram})
        for (std::uint64_t count : counts) {
          if (op == Collective::all_to_all) count = count / n * n;
          ++seed;
          Buffer b;
          b.space = space;
          b.address = space == Space::dram ? 0x10000 + 4 * (seed % 5) : 4 * (seed % 5);
          b.count = count;
          // Movement is of any type.
          const bool sums = op == Collective::all_reduce || op == Collective::reduce_scatter || op == Collective::reduce;
          if (!sums && seed % 3 == 0) b.type = DataType::int8, b.address += seed % 7;
          const unsigned root = op == Collective::broadcast || op == Collective::reduce || op == Collective::scatter || op == Collective::gather ? static_cast<unsigned>(seed % n) : 0;
          const bool few = algorithm == Algorithm::tree || algorithm == Algorithm::direct;
          if (few && space == Space::dram && b.bytes() > 1024) continue;  // staging of their whole; refused, see mismatch_test
          const auto schedule = static_cast<Schedule>(seed % 4);
          check(topology, chips, op, algorithm, b, root, schedule, seed);
        }
}

}  // namespace

TEST_CASE("collectives on rings of 1 to 9 chips", "[communicator]") {
  for (unsigned n = 1; n <= 9; ++n) check_topology("ring", n, {0, 1, n, 2 * n + 1, 250, 2000 + n});
}

TEST_CASE("collectives on meshes", "[communicator]") {
  for (const char* t : {"mesh:1x3", "mesh:2x2", "mesh:2x3", "mesh:3x3"}) check_topology(t, 0, {1, 7, 301, 2500});
}

TEST_CASE("collectives on tori", "[communicator]") {
  for (const char* t : {"torus:2x2", "torus:4x2", "torus:3x3"}) check_topology(t, 0, {1, 7, 301, 2500});
}

TEST_CASE("collectives on switches", "[communicator]") {
  for (unsigned n : {1u, 2u, 5u, 8u}) check_topology("switch", n, {1, 7, 301, 2500});
}

TEST_CASE("collectives on 16 chips", "[communicator]") {
  for (const char* t : {"ring:16", "torus:4x4", "mesh:2x8", "switch:16"}) check_topology(t, 0, {5, 1003, 2600});
}

TEST_CASE("collectives on 64 chips", "[communicator]") {
  for (const char* t : {"ring:64", "torus:8x8"}) check_topology(t, 0, {3, 2600});
}

TEST_CASE("a sum of many elements in DRAM passes through little staging", "[communicator]") {
  for (const Schedule schedule : {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random})
    for (const Algorithm algorithm : {Algorithm::ring, Algorithm::ring_both, Algorithm::dimension})
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Buffer b;
        b.space = Space::dram;
        b.address = 0x10000;
        b.count = 30001;
        check("torus:2x3", 0, Collective::all_reduce, algorithm, b, 0, schedule, seed);
      }
}
