// SPDX-License-Identifier: Apache-2.0
// The network as chips meet it: delivery, order, credits, schedules.
#include <stdexcept>

#include "traffic_chips.hpp"
#include "twill/error.hpp"

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
  CHECK_THROWS_AS(terminal.send(flit(2, 4)), std::logic_error);
  CHECK_THROWS_AS(terminal.send(flit(1, 0)), std::logic_error);
  CHECK_THROWS_AS(terminal.give_credit(), std::logic_error);
  terminal.send(flit(2, 0));
  CHECK_THROWS_AS(terminal.send(flit(2, 0)), std::logic_error);
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
}

}  // namespace
