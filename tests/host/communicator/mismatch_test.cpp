// SPDX-License-Identifier: Apache-2.0
// Calls that do not fit together, and ranks that never call.
#include "bench.hpp"
#include "catch.hpp"
#include "twill/error.hpp"

using namespace twill;
using namespace twill::test;
using contract::Space;

namespace {

Buffer buffer(std::uint64_t count) {
  Buffer b;
  b.count = count;
  return b;
}

}  // namespace

TEST_CASE("a call that differs names both ranks and calls", "[communicator]") {
  Bench bench("ring:4");
  const Communicator& world = *bench.world;
  world.all_reduce(0, buffer(64));
  CHECK_THROWS_WITH(world.all_reduce(2, buffer(65)), ContainsSubstring("call 0 of world: rank 2 calls all_reduce of 65 int32") && ContainsSubstring("rank 0 called all_reduce of 64 int32"));
  CHECK_THROWS_WITH(world.broadcast(2, buffer(64), 0), ContainsSubstring("rank 2 calls broadcast") && ContainsSubstring("rank 0 called all_reduce"));
  Buffer other = buffer(64);
  other.address = 4096;
  CHECK_THROWS_WITH(world.all_reduce(2, other), ContainsSubstring("rank 2") && ContainsSubstring("address 4096") && ContainsSubstring("rank 0") && ContainsSubstring("address 0"));
  CHECK_THROWS_WITH(world.all_reduce(2, buffer(64), Algorithm::tree), ContainsSubstring("tree"));
  world.all_reduce(2, buffer(64));
  // The next call is a matter of its own.
  world.broadcast(2, buffer(64), 3);
  CHECK_THROWS_WITH(world.reduce(0, buffer(64), 3), ContainsSubstring("call 1 of world: rank 0 calls reduce") && ContainsSubstring("rank 2 called broadcast"));
}

TEST_CASE("a root that differs, a type that cannot be summed, a buffer that is not there", "[communicator]") {
  Bench bench("ring:4");
  const Communicator& world = *bench.world;
  world.broadcast(1, buffer(64), 3);
  CHECK_THROWS_WITH(world.broadcast(0, buffer(64), 2), ContainsSubstring("root 2") && ContainsSubstring("root 3"));
  Buffer bytes = buffer(64);
  bytes.type = DataType::int8;
  CHECK_THROWS_WITH(world.all_reduce(3, bytes), ContainsSubstring("rank 3 calls all_reduce of 64 int8"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).all_reduce(1, bytes), ContainsSubstring("sums are of int32, not of int8"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).all_gather(1, buffer(9000)), ContainsSubstring("rank 1") && ContainsSubstring("beyond the scratchpad"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).broadcast(1, buffer(9), 2), ContainsSubstring("no root 2 among 2 ranks"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).all_reduce(2, buffer(9)), ContainsSubstring("no rank 2 in pair"));
  CHECK_THROWS_WITH(world.group("pair", {0, 0}), ContainsSubstring("twice"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).all_reduce(0, buffer(9), Algorithm::dimension), ContainsSubstring("no algorithm dimension") && ContainsSubstring("ring_both"));
  CHECK_THROWS_WITH(world.group("pair", {0, 1}).call(Collective::barrier, 0, {}, 0, Algorithm::ring), ContainsSubstring("barrier at rank 0: no algorithm ring") && ContainsSubstring("there is direct"));
  CHECK_THROWS_WITH(world.group("three", {0, 1, 2}).all_to_all(0, buffer(10), buffer(10)), ContainsSubstring("10 elements are not the same number for each of 3 ranks"));
}

TEST_CASE("a message whose sides differ", "[communicator]") {
  Bench bench("ring:4");
  bench.world->send(0, 2, buffer(10));
  CHECK_THROWS_WITH(bench.world->recv(2, 0, buffer(11)), ContainsSubstring("message 0 from rank 0 to rank 2 of world") && ContainsSubstring("rank 2 receives 11") && ContainsSubstring("rank 0 sends 10"));
  CHECK_THROWS_WITH(bench.world->send(1, 1, buffer(11)), ContainsSubstring("does not send to itself"));
}

TEST_CASE("calls of two groups in different orders are refused before anything runs", "[communicator]") {
  Bench bench("ring:4");
  const Communicator a = bench.world->group("a", {0, 1, 2}), b = bench.world->group("b", {0, 1});
  a.all_reduce(0, buffer(10)), b.all_reduce(0, buffer(10));
  b.all_reduce(1, buffer(10)), a.all_reduce(1, buffer(10));
  a.all_reduce(2, buffer(10));
  CHECK_THROWS_WITH(bench.run(), ContainsSubstring("chip 0 calls all_reduce 0 of a before all_reduce 0 of b, chip 1 the other way round"));
}

TEST_CASE("a rank that never calls is waited for until the watchdog, and named", "[communicator]") {
  for (const Space space : {Space::scratchpad, Space::dram}) {
    Bench bench("ring:4");
    Buffer b = buffer(500);
    b.space = space;
    if (space == Space::dram) b.address = 0x10000;
    bench.fill(b, 1);
    for (unsigned r = 0; r < 4; ++r) bench.world->all_reduce(r, b);
    for (const unsigned r : {0u, 1u, 3u}) bench.world->all_reduce(r, b);
    REQUIRE(bench.world->unanswered() == std::vector<std::string>{"rank 2 never called all_reduce 1 of world"});
    LaunchOptions options;
    options.remote_patience = 100000;
    CHECK_THROWS_WITH(bench.run(Schedule::round_robin, 1, options), ContainsSubstring("ranks 0, 1 and 3 wait in all_reduce 1 of world for rank 2, which never called it"));
  }
}

TEST_CASE("what does not fit into the staging is refused with what would", "[communicator]") {
  Bench bench("ring:4");
  Buffer b = buffer(100000);
  b.space = Space::dram;
  CHECK_THROWS_WITH(bench.world->all_reduce(0, b, Algorithm::tree), ContainsSubstring("tree of 100000 int32") && ContainsSubstring("staging of 8192 bytes") && ContainsSubstring("ring takes less"));
}

TEST_CASE("more neighbours than a chip has semaphores for", "[communicator]") {
  Bench bench("ring:16");
  const auto meet_all = [&] {
    for (unsigned r = 1; r < 16; ++r) {
      bench.world->send(0, r, buffer(10));
      bench.world->recv(r, 0, buffer(10));
    }
  };
  CHECK_THROWS_WITH(meet_all(), ContainsSubstring("chip 0 would have to tell apart the signals of more than 7 neighbours"));
}
