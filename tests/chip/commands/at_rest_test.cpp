// SPDX-License-Identifier: Apache-2.0
// What the end of a test looks for, each left behind on purpose: a check that cannot fail would be none.
#include "bench.hpp"

using namespace bench;
using contract::Queue;
namespace reg = contract::reg;

namespace {

std::string left(Bench& b) {
  b.leaves_work = true;
  return test::left_over(b.get(reg::STATUS));
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

contract::SignalRemote signal(unsigned chip) {
  contract::SignalRemote c;
  c.chip = chip, c.remote_signal = Slot::on(1).code;
  return c;
}

}  // namespace

TEST_CASE("a queue whose command waits for a token that never comes is not empty") {
  for (unsigned q = 0; q < 5; q++) {
    Bench b(machines().front());
    contract::Nop nop;
    nop.queue = static_cast<Queue>(q), nop.slots.wait0 = Slot::on(1);
    b.issue({nop.encode()});
    b.chip->step(1000);
    CHECK(left(b) == std::string("the queue of ") + std::string(contract::name(nop.queue)));
    CHECK_THROWS_AS(test::expect_rest([&] { return b.get(reg::STATUS); }, 10), std::logic_error);
  }
}

TEST_CASE("commands that are not fetched are left") {
  Bench b(machines().front());
  b.set(reg::CONTROL, 0);
  b.set(reg::DOORBELL, 1);
  b.chip->step(1000);
  CHECK(left(b) == "commands to fetch");
}

TEST_CASE("an engine that waits for memory is at work, and the memory owes an answer") {
  tb::ChipOptions slow;
  slow.dram.latency = 5000;
  Bench b(machines().front(), slow);
  b.issue({load(0x1000, 0, 64).encode()});
  while (b.get(reg::FETCHED) == 0) b.chip->step(10);
  b.chip->step(200);
  CHECK(has(left(b), "a burst at the memory port"));
  CHECK(has(left(b), "the queue of load"));
  b.chip->step(10000);
  CHECK(left(b).empty());

  // A convolution whose bank nobody frees stands inside its engine.
  Bench c(machines().front());
  contract::Conv conv;
  conv.out_w = 3, conv.out_h = 2, conv.kernel_x = conv.kernel_y = 1, conv.run_bytes = 4, conv.tiles = 1;
  conv.row_bytes = 64, conv.in_rows = 8, conv.x_step = 4, conv.y_step = 16, conv.stride_y = 1, conv.weight_base = 4096;
  conv.slots.tile_wait = Slot::on(26);
  c.issue({conv.encode()});
  c.chip->step(2000);
  CHECK(left(c) == "the queue of array, an engine at work");
}

TEST_CASE("a credit that does not come back is missed, and a message without one waits") {
  Bench b(machines().front());
  b.set(reg::NODE, 2 << 8);     // there is a second chip, but nothing takes what goes to it
  b.issue({signal(1).encode()});
  b.chip->step(1000);
  CHECK(left(b) == "credits that are away");
  b.issue(std::vector<Command>(8, signal(1).encode()));
  b.chip->step(1000);
  CHECK(has(left(b), "credits that are away, a message"));
}
