// SPDX-License-Identifier: Apache-2.0
#include <Vfront_queues.h>

#include "queue_bench.hpp"

using namespace queues;
using Dut = Vfront_queues;

TEST_CASE("five queues at once keep order, take their waits, answer NOP and MARK and signal what is done") {
  five_queues<Dut>([](auto&, int) {});
}

TEST_CASE("a queue is starved by what is before it, blocked by what is behind it") {
  Bench<Dut> bench;
  auto& dut = bench.dut;
  dut.run_i = 1;
  bench.settle();
  CHECK(dut.state_o == 0);  // all idle
  const auto state_of_wait = [&](unsigned q, unsigned semaphore) {
    const Queue<Dut> queue{dut, q};
    bench.reset();
    contract::Nop nop;
    nop.slots.wait0 = contract::Slot::on(semaphore);
    set(dut.cmd_i.data(), nop.encode());
    dut.push_i = 1 << q;
    dut.index_i = 7;
    dut.take_ok_i = 0;
    bench.tick();
    dut.push_i = 0;
    bench.tick();
    bench.tick();
    bench.settle();
    REQUIRE(dut.take_o == 1 << q);
    dut.blame_i = 1;
    bench.tick();
    dut.blame_i = 0;
    CHECK(queue.blamed_slot() == (0x20 | semaphore));
    CHECK(dut.blamed_index_o[q] == 7);
    return queue.state();
  };
  CHECK(state_of_wait(0, 2) == contract::State::starved);       // load to post: not from behind
  CHECK(state_of_wait(0, 1 * 5 + 0) == contract::State::blocked);   // array to load: buffers to fill
  CHECK(state_of_wait(0, 4 * 5 + 0) == contract::State::blocked);
  CHECK(state_of_wait(0, 25) == contract::State::starved);
  CHECK(state_of_wait(0, 26) == contract::State::blocked);
  CHECK(state_of_wait(2, 0 * 5 + 2) == contract::State::starved);  // post waits for what the load queue, the array bring
  CHECK(state_of_wait(2, 1 * 5 + 2) == contract::State::starved);
  CHECK(state_of_wait(2, 3 * 5 + 2) == contract::State::blocked);  // for the store to empty
  CHECK(state_of_wait(0, 31) == contract::State::starved);
  dut.engine_state_i = unsigned(contract::State::busy);          // a working engine says more than a waiting head
  bench.settle();
  CHECK(dut.state_o == unsigned(contract::State::busy));
}

TEST_CASE("the command to blame is the oldest that is not done, while earlier ones still signal") {
  Bench<Dut> bench;
  auto& dut = bench.dut;
  dut.run_i = 1;
  dut.cmd_ready_i = 1;  // queue 0, load
  for (unsigned i = 0; i < 3; i++) {
    contract::Load load;
    for (contract::Slot* s : {&load.slots.signal0, &load.slots.signal1, &load.slots.signal2}) *s = contract::Slot::on(i);
    set(dut.cmd_i.data(), load.encode());
    dut.index_i = 40 + i;
    dut.push_i = 1;
    bench.tick();
  }
  dut.push_i = 0;
  for (int i = 0; i < 8; i++) bench.tick();
  dut.done_i = 1;
  bench.tick();
  dut.done_i = 0;
  dut.blame_i = 1;
  bench.tick();
  CHECK(dut.give_o == 1);  // command 40 has signals left
  CHECK(dut.blamed_index_o[0] == 41);
  bench.tick();
  CHECK(dut.given_index_o[0] == 40);
}
