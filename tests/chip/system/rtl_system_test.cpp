// SPDX-License-Identifier: Apache-2.0
// RTL chips joined by the network: the programs that run on functional chips leave the same bytes; threads, windows and sleep change
// nothing; errors name the rank, and the next job is right. Each test case runs in a process of its own: a process has one system.
#include "system_programs.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_system.hpp"

using namespace test;

namespace {

std::unique_ptr<RtlSystem> make(const std::string& topology, unsigned chips = 0, const noc::LinkFaults& faults = {}) {
  RtlSystemOptions options;
  options.network.faults = faults;
  options.configurations = {rtl_configurations().front()};
  options.topology = topology;
  options.chips = chips;
  options.threads = 2;
  return make_rtl_system(options);
}

void same_bytes(RtlSystem& system, unsigned messages, std::uint64_t seed) {
  const RandomMessages job(system.chips(), messages, seed);
  const auto outcomes = job.run(system);
  const auto functional = make_functional_system(rtl_configurations().front(), system.chips());
  const auto expected = job.run(*functional);
  CHECK(job.results(system) == job.results(*functional));
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    CHECK(outcomes[rank].network.flits_sent == expected[rank].network.flits_sent);
    CHECK(outcomes[rank].network.flits_received == expected[rank].network.flits_received);
  }
}

/// Everything that a job leaves: marks with cycles and counters, network counters, links, DRAM.
struct Trace {
  std::vector<std::array<std::uint32_t, contract::mark_bytes / 4>> marks;
  std::vector<std::uint32_t> network;
  std::vector<std::uint64_t> links;
  std::vector<Bytes> dram;
  std::uint64_t cycles = 0;

  bool operator==(const Trace& o) const {
    return marks == o.marks && network == o.network && links == o.links && dram == o.dram && cycles == o.cycles;
  }
};

Trace trace(RtlSystem& system, const RandomMessages& job) {
  const std::uint64_t before = system.cycles();
  const auto outcomes = job.run(system);
  Trace t;
  for (const Outcome& o : outcomes) {
    for (const MarkRecord& m : o.marks) t.marks.push_back(m.words);
    const NetworkCounters& n = o.network;
    t.network.insert(t.network.end(), {n.bytes_sent, n.flits_sent, n.bytes_received, n.flits_received, n.send_waits, n.receive_waits, n.exposed});
  }
  for (const auto& link : system.links()) t.links.insert(t.links.end(), {link.flits, link.busy_cycles});
  t.dram = job.results(system);
  t.cycles = system.cycles() - before;
  return t;
}

}  // namespace

TEST_CASE("random messages on a ring of 3", "[system]") {
  const auto system = make("ring", 3);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) same_bytes(*system, 40, seed);
}
TEST_CASE("random messages on a ring of 2", "[system]") { same_bytes(*make("ring:2"), 60, 2); }
TEST_CASE("random messages on a torus", "[system]") { same_bytes(*make("torus:2x3"), 40, 3); }
TEST_CASE("random messages on a mesh", "[system]") { same_bytes(*make("mesh:2x2"), 40, 4); }
TEST_CASE("random messages on a switch", "[system]") { same_bytes(*make("switch:5"), 40, 5); }
TEST_CASE("a chip by itself sends to itself", "[system]") { same_bytes(*make("ring", 1), 60, 6); }

TEST_CASE("random messages over wires that damage, drop and repeat frames", "[system]") {
  const auto system = make("torus:2x3", 0, {1e-4, 0.01, 0.01});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    same_bytes(*system, 40, seed);
    std::uint64_t replays = 0, wrong = 0;
    for (const noc::LinkReport& link : system->links()) {
      replays += link.retry->replays;
      wrong += link.retry->crc_errors;
    }
    CHECK(replays > 0);
    CHECK(wrong > 0);
  }
}

TEST_CASE("threads, windows and sleep change nothing over faulty wires", "[system]") {
  const auto system = make("ring", 3, {2e-4, 0.01, 0.01});
  const RandomMessages job(3, 40, 8);
  const Trace expected = trace(*system, job);
  for (const unsigned threads : {1u, 2u, 3u}) {
    for (const unsigned window : {64u, 5u}) {
      for (const bool sleep : {true, false}) {
        INFO(threads << " threads, windows of " << window << ", sleep " << sleep);
        system->use_threads(threads);
        system->use_window(window);
        system->use_sleep(sleep);
        CHECK(trace(*system, job) == expected);
      }
    }
  }
}

TEST_CASE("a dead link ends a job with its name, not with a wait, and a reset does not heal it", "[system]") {
  noc::LinkFaults faults;
  faults.dead = {{0, 1, 3000}};
  const auto system = make("ring", 3, faults);
  const RandomMessages job(3, 40, 9);
  for (unsigned run = 0; run < 2; ++run) {
    system->reset();
    job.clear(*system);
    const std::uint64_t before = system->cycles();
    std::string said = "nothing";
    try {
      launch(*system, job.programs());
    } catch (const ChipError& e) {
      said = e.what();
    }
    CHECK((has(said, "link 0->1 is dead: 16 replays in a row brought nothing") || has(said, "link 1->0 is dead: 16 replays")));
    CHECK(system->cycles() - before < 20'000);  // as long as the job takes to use the link, and a thousand cycles
  }
}

TEST_CASE("chips of different machines", "[system]") {
  const auto built = rtl_configurations();
  RtlSystemOptions options;
  options.configurations = {built.front(), built.back(), built.front()};
  const auto system = make_rtl_system(options);
  CHECK(system->chips() == 3);
  RandomMessages(3, 40, 8).run(*system);
}

TEST_CASE("links of one cycle, narrow ones and slow memory", "[system]") {
  RtlSystemOptions options;
  options.configurations = {rtl_configurations().front()};
  options.topology = "ring:4";
  options.network.link_latency = 1;
  options.network.link_width = 4;
  options.network.vcs = 2;
  options.dram_latency = 300;
  options.dram_bandwidth = 1;
  options.threads = 2;
  same_bytes(*make_rtl_system(options), 30, 12);
}

TEST_CASE("threads, windows and sleep change nothing", "[system]") {
  const auto system = make("torus:2x2");
  const RandomMessages job(4, 40, 9);
  system->use_threads(1);
  const Trace expected = trace(*system, job);
  REQUIRE(expected.marks.size() == 4);
  std::uint64_t flits = 0;
  for (const std::uint64_t link : expected.links) flits += link;
  REQUIRE(flits > 1000);
  for (const unsigned threads : {2u, 3u, 4u}) {
    INFO(threads << " threads");
    system->use_threads(threads);
    CHECK(system->threads() == threads);
    CHECK(trace(*system, job) == expected);
  }
  system->use_threads(2);
  for (const unsigned window : {1u, 3u, 8u, 13u, 16u}) {
    INFO("windows of " << window);
    system->use_window(window);
    const Trace t = trace(*system, job);
    CHECK(t.marks == expected.marks);
    CHECK(t.network == expected.network);
    CHECK(t.links == expected.links);
    CHECK(t.cycles == expected.cycles);
    CHECK(t == expected);
  }
  system->use_sleep(false);
  const std::uint64_t slept = system->slept(0);
  CHECK(slept > 0);
  CHECK(trace(*system, job) == expected);
  CHECK(system->slept(0) == slept);
  CHECK_THROWS_AS(system->use_window(0), InputError);
  CHECK_THROWS_AS(system->use_window(65), InputError);
}

TEST_CASE("chips that wait for each other sleep, and wake in the right cycle", "[system]") {
  // Two chips wait thousands of cycles for the third, which is the only one with work; then the token goes round.
  const auto system = make("ring", 3);
  std::vector<Program> programs;
  for (unsigned rank = 0; rank < 3; ++rank) {
    Writer w;
    w.program.remote_semaphores = 1u << 27;
    if (rank == 0) {
      for (int i = 0; i < 40; ++i) w.load(0x1000, Space::scratchpad, 0, 20000, i == 39 ? Slot::on(4) : Slot{});
      w.signal(1, 27, Slot::on(4));
    }
    w.nop(Queue::network, Slot::on(27));
    w.signal((rank + 1) % 3, 27);
    w.mark(Queue::network, true);
    programs.push_back(w.program);
  }
  const auto cycles = [&] {
    system->reset();
    std::vector<std::uint64_t> ends;
    for (const Outcome& o : launch(*system, programs)) ends.push_back(o.marks.at(0).cycle());
    return ends;
  };
  const std::uint64_t slept = system->slept(1);
  const auto with = cycles();
  const std::uint64_t gained = system->slept(1) - slept;
  CHECK(gained * 10 > with[1] * 9);
  system->use_sleep(false);
  CHECK(cycles() == with);
  CHECK(with[0] > 40 * 20000 / 16);
}

TEST_CASE("chips that do nothing cost next to nothing, and their clocks go on", "[system]") {
  const auto system = make("ring", 4);
  system->run(1'000'000);
  const std::uint64_t slept = system->slept(3);
  system->run(10'000'000);
  CHECK(system->slept(3) - slept == 10'000'000);
  launch(*system, {done()});
  const auto clock = [&] { return system->chip(0).read_register(contract::reg::CYCLE_LO); };
  const std::uint32_t before = clock();
  const std::uint64_t start = system->cycles();
  system->run(100'000);
  const std::uint32_t after = clock();
  CHECK(after - before == system->cycles() - start);
}

TEST_CASE("errors name the rank, and the next job is right", "[system]") {
  const auto system = make("ring", 3);
  Writer far;
  far.send(Space::scratchpad, 0, 2, Space::scratchpad, 0x7ffff0, 40);
  far.mark(Queue::network, true);
  Writer waiting;
  waiting.nop(Queue::load, Slot::on(27));
  waiting.mark(Queue::load, true);
  waiting.program.remote_semaphores = 1u << 27;
  std::string said = what_it_says(*system, {done(), far.program, waiting.program});
  INFO(said);
  CHECK(has(said, "rank 2 reported an error: remote_access"));
  CHECK(has(said, "by a message of chip 1 to address 0x7ffff0 of the scratchpad"));
  RandomMessages(3, 20, 3).run(*system);

  Writer many;
  for (int i = 0; i < 256; ++i) many.signal(1, 30);
  many.mark(Queue::network, true);
  said = what_it_says(*system, {many.program, waiting.program});
  INFO(said);
  CHECK(has(said, "rank 1 reported an error: semaphore_overflow in the network queue, by a signal of another chip"));

  contract::Send send;
  send.chip = 3;
  Writer nobody;
  nobody.put(send, "call 7");
  nobody.mark(Queue::network, true);
  said = what_it_says(*system, {done(), nobody.program});
  INFO(said);
  CHECK(has(said, "rank 1 reported an error: bad_field"));
  CHECK(has(said, "of call 7"));
  RandomMessages(3, 20, 4).run(*system);
}

TEST_CASE("who waits for whom on the RTL", "[system]") {
  const auto system = make("ring", 4);
  std::vector<Program> programs;
  for (unsigned rank = 0; rank < 4; ++rank) {
    Writer w;
    if (rank != 2) w.nop(Queue::network, Slot::on(29), {}, "all_reduce 5 of world");
    w.mark(Queue::network, true);
    w.program.remote_semaphores = 1u << 29;
    w.program.awaited[29] = "all_reduce 5 of world: data of rank 2";
    programs.push_back(w.program);
  }
  LaunchOptions options;
  options.remote_patience = 50000;
  const std::string said = what_it_says(*system, programs, options);
  INFO(said);
  CHECK(has(said, "ranks 0, 1 and 3 wait for all_reduce 5 of world: data of rank 2; rank 2 has nothing left to do; rank 0 reported an error: remote_wait"));
  RandomMessages(4, 20, 4).run(*system);
}

TEST_CASE("a reset in the middle of a job", "[system]") {
  const auto system = make("mesh:2x2");
  const RandomMessages job(4, 60, 21);
  const Trace expected = trace(*system, job);
  for (const std::uint64_t cycles : {1500u, 2600u, 4000u}) {
    system->reset();
    for (unsigned rank = 0; rank < 4; ++rank) {
      Device& chip = system->chip(rank);
      const Program& p = job.programs()[rank];
      chip.write_memory(p.ring_address, p.commands.data(), p.commands.size() * 64);
      for (const auto& [address, bytes] : p.images) chip.write_memory(address, bytes.data(), bytes.size());
      chip.write_register(contract::reg::RING_LO, static_cast<std::uint32_t>(p.ring_address));
      chip.write_register(contract::reg::RING_HI, static_cast<std::uint32_t>(p.ring_address >> 32));
      chip.write_register(contract::reg::RING_SIZE, 65536);
      chip.write_register(contract::reg::CONTROL, 1);
      chip.write_register(contract::reg::DOORBELL, static_cast<std::uint32_t>(p.commands.size()));
    }
    system->run(cycles);
    CHECK(trace(*system, job) == expected);
  }
}

TEST_CASE("a soft reset of one chip in the middle of a job", "[system]") {
  const auto system = make("ring:4");
  const RandomMessages job(4, 60, 22);
  const Trace expected = trace(*system, job);
  LaunchOptions options;
  options.remote_patience = 20000;
  options.limit = 200000;
  unsigned waited = 0;
  for (const std::uint64_t after : {64u, 700u, 1500u, 2200u, 3000u, 4000u}) {
    INFO("after " << after << " cycles");
    job.clear(*system);
    WithSoftReset broken(*system, 1, after);
    const std::uint64_t before = system->cycles();
    const std::string said = what_it_says(broken, job.programs(), options);
    INFO(said);
    CHECK(has(said, "rank 1 was reset in the middle of its program"));
    CHECK(system->cycles() - before < 400000);
    waited += has(said, "reported an error: remote_wait");
    CHECK(trace(*system, job) == expected);
  }
  CHECK(waited >= 4);
}

TEST_CASE("a system in which a chip has broken a protocol does not go on", "[system]") {
  const auto system = make("ring", 3);
  Writer w;
  w.signal(5, 27);
  w.mark(Queue::network, true);
  system->chip(0).write_register(contract::reg::NODE, 64 << 8);  // it believes in more chips than there are
  CHECK_THROWS_WITH(launch(*system, {w.program}), ContainsSubstring("chip 0 sends a flit to chip 5 of a network of 3"));
  system->reset();
  CHECK_THROWS_WITH(launch(*system, {done()}), ContainsSubstring("start another process"));
}

TEST_CASE("systems that cannot be", "[system]") {
  RtlSystemOptions options;
  options.configurations = {rtl_configurations().front(), rtl_configurations().front()};
  options.chips = 3;
  CHECK_THROWS_AS(make_rtl_system(options), InputError);
  options.topology = "mesh:2x2";
  CHECK_THROWS_AS(make_rtl_system(options), InputError);
  options = {};
  options.configurations = {"huge"};
  options.chips = 2;
  CHECK_THROWS_AS(make_rtl_system(options), InputError);
  options.configurations = {rtl_configurations().front()};
  options.window = 65;
  CHECK_THROWS_AS(make_rtl_system(options), InputError);
}
