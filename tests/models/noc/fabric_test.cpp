// SPDX-License-Identifier: Apache-2.0
// The network as chips meet it: delivery, order, credits, schedules.
#include <stdexcept>

#include "traffic_chips.hpp"
#include "twill/error.hpp"
#include "twill/protocol_error.hpp"

namespace {

using namespace twill::noc;
using namespace twill::noc::test;
using Order = Schedule::Order;

TEST_CASE("Random traffic arrives once and in order on every topology, light and heavy, and all credits come home") {
  for (const TopologySpec& spec : shapes()) {
    INFO(spec.text());
    for (const unsigned busy : {20u, 256u}) {
      Fabric fabric(spec, {});
      run_traffic(fabric, busy, 3000, 1);
    }
  }
}

TEST_CASE("Random traffic arrives whatever the virtual channels, buffers, latencies, widths and pipelines") {
  const NetworkOptions choices[] = {{2, 1, 1, 16, 1}, {3, 2, 3, 8, 4}, {16, 8, 1, 16, 2}, {5, 0, 7, 1, 7}, {2, 64, 64, 2, 3}};
  for (const char* text : {"ring:6", "torus:3x4", "mesh:4x3", "switch:6"}) {
    for (const NetworkOptions& options : choices) {
      INFO(text << ", " << options.vcs << " x " << options.buffer << ", latency " << options.link_latency << ", width "
                << options.link_width);
      Fabric fabric(parse_topology(text), options);
      run_traffic(fabric, 200, 2000, 7);
    }
  }
}

TEST_CASE("Every cycle by itself and windows in any order agree flit by flit and cycle by cycle") {
  for (const TopologySpec& spec : shapes()) {
    for (const NetworkOptions& options : {NetworkOptions{}, NetworkOptions{2, 4, 5, 4, 3}}) {
      INFO(spec.text() << ", latency " << options.link_latency);
      Fabric fabric(spec, options);
      const auto expected = run_traffic(fabric, 180, 2000, 3);
      const unsigned q = fabric.window_limit();
      CHECK(q == options.link_latency);
      for (const Schedule& schedule :
           {Schedule{q, Order::up}, Schedule{q, Order::down}, Schedule{q, Order::shuffled}, Schedule{3, Order::down},
            Schedule{1, Order::shuffled}, Schedule{q, Order::down, true}, Schedule{1, Order::up, true}}) {
        INFO("window " << schedule.window << ", order " << static_cast<int>(schedule.order) << ", skip " << schedule.skip);
        fabric.reset();
        CHECK((run_traffic(fabric, 180, 2000, 3, schedule) == expected));
      }
    }
  }
}

NetworkOptions faulty(double bit_errors, double dropped, double duplicated) {
  NetworkOptions options;
  options.faults = {bit_errors, dropped, duplicated};
  return options;
}

TEST_CASE("Over wires that lose, damage and repeat frames random traffic arrives once and in order, and all credits come home") {
  for (const char* text : {"ring:5", "mesh:3x2", "torus:3x3", "switch:4"}) {
    INFO(text);
    NetworkOptions narrow = faulty(1e-3, 0.01, 0.02);
    narrow.vcs = 2;
    narrow.buffer = 3;
    narrow.link_latency = 3;
    narrow.link_width = 4;
    for (const NetworkOptions& options : {faulty(1e-4, 0, 0), faulty(0, 0.02, 0.05), narrow}) {
      Fabric fabric(parse_topology(text), options);
      run_traffic(fabric, 40, 2000, 5);
      CHECK(fabric.failure().empty());
      std::uint64_t replays = 0;
      for (const LinkReport& link : fabric.links()) replays += link.retry->replays;
      CHECK(replays > 0);
    }
  }
}

TEST_CASE("Faults depend on neither windows nor the order of nodes nor threads, and a reset brings the same again") {
  for (const char* text : {"ring:3", "torus:3x3", "switch:4"}) {
    INFO(text);
    Fabric fabric(parse_topology(text), faulty(2e-4, 0.01, 0.01));
    const auto expected = run_traffic(fabric, 100, 2000, 3);
    const unsigned q = fabric.window_limit();
    for (const Schedule& schedule : {Schedule{q, Order::up}, Schedule{q, Order::shuffled}, Schedule{3, Order::down},
                                     Schedule{q, Order::down, true}, Schedule{1, Order::up, true}, Schedule{q, Order::two_threads}}) {
      INFO("window " << schedule.window << ", order " << static_cast<int>(schedule.order) << ", skip " << schedule.skip);
      fabric.reset();
      CHECK((run_traffic(fabric, 100, 2000, 3, schedule) == expected));
    }
    NetworkOptions other = faulty(2e-4, 0.01, 0.01);
    other.faults.seed = 2;
    Fabric others(parse_topology(text), other);
    CHECK_FALSE((run_traffic(others, 100, 2000, 3) == expected));
  }
}

TEST_CASE("The protocol alone costs no cycle") {
  for (const char* text : {"ring:5", "mesh:3x2", "switch:4"}) {
    NetworkOptions options;
    Fabric plain(parse_topology(text), options);
    options.retry = true;
    Fabric with(parse_topology(text), options);
    CHECK((run_traffic(plain, 180, 2000, 3) == run_traffic(with, 180, 2000, 3)));
  }
}

TEST_CASE("A dead link is named, and a reset does not heal it") {
  NetworkOptions options;
  options.faults.dead = {{2, 1, 300}};
  Fabric fabric(parse_topology("ring:4"), options);
  for (unsigned run = 0; run < 2; ++run) {
    std::uint64_t cycle = 0;
    unsigned credits = Terminal::send_credits, got = 0;
    for (; cycle < 20'000 && fabric.failure().empty(); ++cycle) {
      credits += fabric.terminal(1).credit();
      if (fabric.terminal(2).arriving() != nullptr) {
        ++got;
        fabric.terminal(2).give_credit();
      }
      if (credits > 0) {
        fabric.terminal(1).send(flit(1, 2));
        --credits;
      }
      for (unsigned n = 0; n < 4; ++n) fabric.step(n, cycle);
      fabric.exchange();
    }
    CHECK(fabric.failure() == "link 1->2 is dead: 16 replays in a row brought nothing, up to cycle " + std::to_string(cycle - 1));
    CHECK(got > 200);
    CHECK(cycle - 1 == 300 - 16 - 1 + 697);  // the first flit owed would be answered in cycle 300
    for (const LinkReport& link : fabric.links()) CHECK(link.failed == (link.name == "1->2"));
    fabric.reset();
    CHECK(fabric.failure().empty());
  }
}

/// Every chip sends its neighbour all it can; what the network says when it fails, or nothing after `cycles`.
std::string failure_under_load(Fabric& fabric, unsigned window, std::uint64_t cycles = 5000) {
  std::vector<unsigned> credits(fabric.chips(), Terminal::send_credits);
  for (std::uint64_t start = 0; start < cycles && fabric.failure().empty(); start += window) {
    for (unsigned n = 0; n < fabric.nodes(); ++n) {
      for (std::uint64_t cycle = start; cycle < start + window; ++cycle) {
        Terminal& terminal = fabric.terminal(n);
        credits[n] += terminal.credit();
        if (terminal.arriving() != nullptr) terminal.give_credit();
        if (credits[n] > 0) {
          terminal.send(flit(n, (n + 1) % fabric.chips()));
          --credits[n];
        }
        fabric.step(n, cycle);
      }
    }
    fabric.exchange();
  }
  return fabric.failure();
}

/// Bits that pass the checksum of any frame: one, and what it does to the checksum.
std::vector<unsigned> unseen_bits(unsigned bit) {
  twill::contract::Flit zeros, one;
  one.words[bit / 32] = 1u << bit % 32;
  std::vector<unsigned> bits{bit};
  for (unsigned i = 0; i < 16; ++i)
    if ((frame_crc(zeros) ^ frame_crc(one)) >> i & 1u) bits.push_back(224 + i);
  return bits;
}

TEST_CASE("Of links that fail, that is named which failed first, whatever the windows and the order of the links") {
  unsigned several = 0, later_in_order = 0;
  for (std::uint64_t after = 0; after < 40; ++after) {
    NetworkOptions options;
    options.faults.dead.push_back({0, 1, 300 + after});
    options.faults.dead.push_back({2, 3, 305});
    Fabric by_cycle(parse_topology("ring:4"), options), by_window(parse_topology("ring:4"), options);
    const std::string first = failure_under_load(by_cycle, 1);
    INFO("dead " << after << " cycles later: " << first);
    CHECK(failure_under_load(by_window, by_window.window_limit()) == first);
    CHECK(first.find(after <= 5 ? "link 0->1 is dead" : "link 2->3 is dead") == 0);
    unsigned failed = 0;
    for (const LinkReport& link : by_window.links()) failed += link.failed;
    several += failed > 1;
    later_in_order += failed > 1 && after > 5;
  }
  CHECK(several > 10);
  CHECK(later_in_order > 5);
}

TEST_CASE("A link that fails in two ways within a window says what was first") {
  unsigned dead = 0, unseen = 0;
  for (const unsigned wire : {0u, 1u}) {
    for (std::uint64_t at = 40; at < 100; ++at) {
      // No answer arrives right, and one frame or answer arrives wrong unseen at about the time the sender gives up.
      NetworkOptions options;
      options.replay_limit = 1;
      for (std::uint64_t cycle = 0; cycle < 200; ++cycle)
        if (wire == 0 || cycle != at) options.faults.hits.push_back({1, cycle, {0}});
      options.faults.hits.push_back({wire, at, unseen_bits(5)});
      Fabric by_cycle(parse_topology("ring:2"), options), by_window(parse_topology("ring:2"), options);
      const std::string first = failure_under_load(by_cycle, 1);
      CHECK(failure_under_load(by_window, by_window.window_limit()) == first);
      dead += first.find("is dead") != std::string::npos;
      unseen += first.find("let wrong bits through") != std::string::npos;
    }
  }
  CHECK(dead > 20);
  CHECK(unseen > 20);
}

TEST_CASE("A hit is of one frame, resets or not, those to come are kept") {
  NetworkOptions options;
  options.faults.hits = {{0, 2000, unseen_bits(7)}, {0, 100, unseen_bits(3)}};  // in any order
  Fabric fabric(parse_topology("ring:2"), options);
  const std::string unseen = "link 0->1 let wrong bits through in cycle ";
  CHECK(failure_under_load(fabric, 16) == unseen + std::to_string(100 + 17) + ": they pass its checksum, and no retry can help");
  fabric.reset();
  CHECK(failure_under_load(fabric, 16, 1000).empty());
  fabric.reset();
  CHECK(failure_under_load(fabric, 16) == unseen + std::to_string(2000 + 17) + ": they pass its checksum, and no retry can help");
  fabric.reset();
  CHECK(failure_under_load(fabric, 16).empty());
}

TEST_CASE("An idle node says when something is due, and never before that") {
  Fabric fabric(parse_topology("ring:4"), {});
  CHECK(fabric.idle(1));
  CHECK(fabric.next_event(1) == ~std::uint64_t{0});
  for (std::uint64_t cycle = 0; cycle < 16; ++cycle) {
    if (cycle == 3) fabric.terminal(0).send(flit(0, 1));
    fabric.step(0, cycle);
  }
  CHECK(fabric.next_event(1) == ~std::uint64_t{0});
  fabric.exchange();
  CHECK(fabric.idle(1));
  CHECK(fabric.next_event(1) == 3 + 2 + 16);
  for (std::uint64_t cycle = 21; cycle < 25; ++cycle) {
    fabric.step(1, cycle);
    CHECK((fabric.terminal(1).arriving() != nullptr) == (cycle == 22));
    CHECK(fabric.idle(1) == (cycle > 22));
  }
}

TEST_CASE("A chip that breaks the rules of its terminal is told so") {
  Fabric fabric(parse_topology("ring:4"), {});
  Terminal& terminal = fabric.terminal(2);
  CHECK_THROWS_AS(terminal.send(flit(2, 4)), twill::ProtocolError);
  CHECK_THROWS_AS(terminal.send(flit(1, 0)), twill::ProtocolError);
  CHECK_THROWS_AS(terminal.give_credit(), twill::ProtocolError);
  terminal.send(flit(2, 0));
  CHECK_THROWS_AS(terminal.send(flit(2, 0)), twill::ProtocolError);
  CHECK_THROWS_AS(fabric.terminal(4), std::out_of_range);
}

TEST_CASE("A chip that never frees a place is given eight flits, and its senders keep their credits spent") {
  Fabric fabric(parse_topology("mesh:1x2"), {});
  unsigned got = 0, sent = 0, credits = Terminal::send_credits;
  for (std::uint64_t cycle = 0; cycle < 2000; ++cycle) {
    Terminal& terminal = fabric.terminal(0);
    credits += terminal.credit();
    got += fabric.terminal(1).arriving() != nullptr;
    if (credits > 0) {
      terminal.send(flit(0, 1, sent++));
      --credits;
    }
    for (unsigned n = 0; n < 2; ++n) fabric.step(n, cycle);
    fabric.exchange();
  }
  CHECK(got == Terminal::receive_credits);
  CHECK(credits == 0);
  CHECK(sent == 8 + 8 + 39);  // at the chip, at its own port, in the flow's virtual channel between them but for the place kept
}

TEST_CASE("Options outside their ranges are refused") {
  const auto spec = parse_topology("ring:4");
  using twill::InputError;
  CHECK_THROWS_AS(Fabric(spec, {1}), InputError);
  CHECK_NOTHROW(Fabric(parse_topology("mesh:2x2"), {1}));
  CHECK_THROWS_AS(Fabric(spec, {0}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {17}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 1025}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 0}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 257}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 16, 3}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 16, 32}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 16, 0}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 16, 16, 0}), InputError);
  CHECK_THROWS_AS(Fabric(spec, {4, 0, 16, 16, 8}), InputError);
  CHECK_THROWS_AS(Fabric(spec, faulty(0.02, 0, 0)), InputError);
  CHECK_THROWS_AS(Fabric(spec, faulty(1e-16, 0, 0)), InputError);
  CHECK_THROWS_AS(Fabric(spec, faulty(-1e-3, 0, 0)), InputError);
  CHECK_THROWS_AS(Fabric(spec, faulty(0, 0.6, 0)), InputError);
  CHECK_THROWS_AS(Fabric(spec, faulty(0, 0, 1)), InputError);
  NetworkOptions options;
  options.replay_limit = 0;
  CHECK_THROWS_AS(Fabric(spec, options), InputError);
  options = {};
  options.faults.hits = {{16, 100, {0}}};
  CHECK_THROWS_WITH(Fabric(spec, options), "wire 16 cannot be hit: ring:4 has 16, counted from 0");
  options.faults.hits = {{15, 100, {0, 240}}};
  CHECK_THROWS_WITH(Fabric(spec, options), "bit 240 cannot be hit: a frame has bits 0 to 239");
  CHECK_THROWS_WITH(Fabric(spec, faulty(0.02, 0, 0)), "the bit error rate can be 0 or 1e-15 to 0.01, not 0.02");
  options = {};
  options.faults.dead = {{0, 2, 100}};
  CHECK_THROWS_WITH(Fabric(spec, options), ContainsSubstring("no link joins 0 and 2 in ring:4"));
}

TEST_CASE("Dead links count from the begin of a job, and so does their sentence, before it none dies") {
  NetworkOptions options;
  options.faults.dead = {{1, 2, 300}};
  Fabric fabric(parse_topology("ring:4"), options);
  constexpr std::uint64_t begin = 5000;
  std::uint64_t cycle = 0;
  unsigned credits = Terminal::send_credits;
  fabric.begin_job(RetryLink::never);
  const auto run_to = [&](std::uint64_t end) {
    for (; cycle < end && fabric.failure().empty(); ++cycle) {
      credits += fabric.terminal(1).credit();
      if (fabric.terminal(2).arriving() != nullptr) fabric.terminal(2).give_credit();
      if (credits > 0) {
        fabric.terminal(1).send(flit(1, 2));
        --credits;
      }
      for (unsigned n = 0; n < 4; ++n) fabric.step(n, cycle);
      fabric.exchange();
    }
  };
  run_to(begin);
  REQUIRE(fabric.failure().empty());
  fabric.begin_job(begin);
  run_to(begin + 20'000);
  const std::string said = "link 1->2 is dead: 16 replays in a row brought nothing, up to cycle ";
  REQUIRE(fabric.failure().find(said) == 0);
  const unsigned long long up_to = std::stoull(fabric.failure().substr(said.size()));
  CHECK(up_to > 300);
  CHECK(up_to + begin <= cycle);
  CHECK(up_to + begin > cycle - 100);
}

}  // namespace
