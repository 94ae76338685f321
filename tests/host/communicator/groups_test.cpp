// SPDX-License-Identifier: Apache-2.0
// Several calls one behind the other, of several groups: none takes another's signals for its own.
#include "bench.hpp"
#include "catch.hpp"

using namespace twill;
using namespace twill::test;
using contract::Space;

namespace {

std::vector<std::uint32_t> words(const Bytes& bytes) {
  std::vector<std::uint32_t> w(bytes.size() / 4);
  std::memcpy(w.data(), bytes.data(), w.size() * 4);
  return w;
}

/// A random sequence of calls of world, rows and columns on one buffer, played in plain arithmetic beside it.
void play(const std::string& topology, Space space, Schedule schedule, std::uint64_t seed) {
  INFO(topology << ", schedule " << static_cast<int>(schedule) << ", seed " << seed << ", " << contract::name(space));
  Bench bench(topology);
  const noc::TopologySpec spec = noc::parse_topology(topology);
  Buffer b;
  b.space = space;
  b.address = space == Space::dram ? 0x10000 : 0;
  b.count = 777;
  const auto filled = bench.fill(b, seed);
  std::vector<std::vector<std::uint32_t>> state;
  for (const Bytes& bytes : filled) state.push_back(words(bytes));

  std::vector<Communicator> groups;
  std::vector<std::vector<unsigned>> members;
  const auto add = [&](const Communicator& c) {
    groups.push_back(c);
    members.emplace_back();
    for (unsigned r = 0; r < c.size(); ++r) members.back().push_back(c.chip(r));
  };
  add(*bench.world);
  for (unsigned i = 0; i < spec.rows; ++i) add(bench.world->row(i));
  for (unsigned i = 0; i < spec.columns; ++i) add(bench.world->column(i));

  std::mt19937_64 random(seed);
  for (int round = 0; round < 25; ++round) {
    const std::size_t g = random() % groups.size();
    const std::vector<unsigned>& m = members[g];
    const unsigned root = static_cast<unsigned>(random() % m.size());
    const auto part = [&](unsigned r) { return b.begin(r, static_cast<unsigned>(m.size())); };
    const Algorithm algorithms[] = {Algorithm::automatic, Algorithm::ring, Algorithm::ring_both};
    const Algorithm algorithm = algorithms[random() % 3];
    switch (random() % 6) {
      case 0:
        groups[g].call_all(Collective::all_reduce, b, 0, algorithm);
        for (std::size_t i = 0; i < b.count; ++i) {
          std::uint32_t sum = 0;
          for (const unsigned c : m) sum += state[c][i];
          for (const unsigned c : m) state[c][i] = sum;
        }
        break;
      case 1:
        groups[g].call_all(Collective::all_gather, b, 0, algorithm);
        for (unsigned r = 0; r < m.size(); ++r)
          for (std::uint64_t i = part(r); i < part(r + 1); ++i)
            for (const unsigned c : m) state[c][i] = state[m[r]][i];
        break;
      case 2:
        groups[g].call_all(Collective::broadcast, b, root, algorithm);
        for (const unsigned c : m) state[c] = state[m[root]];
        break;
      case 3:
        groups[g].call_all(Collective::gather, b, root);
        for (unsigned r = 0; r < m.size(); ++r)
          for (std::uint64_t i = part(r); i < part(r + 1); ++i) state[m[root]][i] = state[m[r]][i];
        break;
      case 4:
        groups[g].call_all(Collective::scatter, b, root);
        for (unsigned r = 0; r < m.size(); ++r)
          for (std::uint64_t i = part(r); i < part(r + 1); ++i) state[m[r]][i] = state[m[root]][i];
        break;
      default: {
        if (m.size() < 2) break;
        const unsigned to = (root + 1) % static_cast<unsigned>(m.size());
        groups[g].send(root, to, b);
        groups[g].recv(to, root, b);
        state[m[to]] = state[m[root]];
      }
    }
  }
  bench.fetch(b);
  bench.run(schedule, seed);
  for (unsigned c = 0; c < bench.chips(); ++c) {
    INFO("chip " << c);
    REQUIRE(words(bench.result(c, b)) == state[c]);
  }
}

}  // namespace

TEST_CASE("calls of world, rows and columns one behind the other", "[communicator]") {
  for (const Space space : {Space::scratchpad, Space::dram})
    for (const Schedule schedule : {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random})
      for (std::uint64_t seed = 1; seed <= 6; ++seed)
        for (const char* topology : {"torus:2x3", "mesh:3x3", "mesh:2x2"}) play(topology, space, schedule, seed);
}

TEST_CASE("ranks write their calls whenever they like", "[communicator]") {
  Bench bench("ring:4");
  Buffer b;
  b.count = 100;
  const auto in = bench.fill(b, 3);
  // Rank 2 makes all its calls before anybody else makes one.
  for (const unsigned r : {2u, 0u, 3u, 1u}) {
    bench.world->all_reduce(r, b);
    bench.world->barrier(r);
    bench.world->broadcast(r, b, 1);
  }
  REQUIRE(bench.world->unanswered().empty());
  bench.fetch(b);
  bench.run(Schedule::random, 5);
  for (unsigned r = 0; r < 4; ++r) REQUIRE(first_difference(expected(Collective::all_reduce, b, in, r, 0), bench.result(r, b)) == -1);
}

TEST_CASE("a barrier holds back what is behind it on the network queue", "[communicator]") {
  // Rank 3 writes into rank 0's buffer without being asked; only the barrier makes it come after rank 0's own load.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Bench bench("ring:4");
    Buffer b;
    b.count = 2000;
    const auto in = bench.fill(b, seed);
    for (unsigned r = 0; r < 4; ++r) {
      // Its own commands before: a signal to itself when the load is done.
      contract::SignalRemote before;
      before.chip = r;
      before.remote_signal = contract::Slot::on(24).code;
      bench.writers[r].stream().emit(before, {mapper::Range::sp(0, b.bytes())}, {}, bench.writers[r].label("before"));
      bench.writers[r].remote_semaphore(24, "itself");
      bench.world->barrier(r);
    }
    contract::Send send;
    send.chip = 0;
    send.local_run = send.remote_run = static_cast<std::uint32_t>(b.bytes());
    send.remote_signal = contract::Slot::on(18).code;
    bench.writers[3].stream().emit(send, {mapper::Range::sp(0, b.bytes())}, {}, bench.writers[3].label("send"));
    contract::Nop arrived;
    arrived.queue = contract::Queue::network;
    arrived.slots.wait0 = contract::Slot::on(18);
    bench.writers[0].stream().emit(arrived, {}, {mapper::Range::sp(0, b.bytes())}, bench.writers[0].label("receive"));
    bench.writers[0].remote_semaphore(18, "rank 3's bytes");
    bench.fetch(b);
    bench.run(Schedule::random, seed);
    REQUIRE(bench.result(0, b) == in[3]);
  }
}
