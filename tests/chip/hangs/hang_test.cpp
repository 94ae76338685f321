// SPDX-License-Identifier: Apache-2.0
// Whatever stops for good is named: the queue, its command, what it waits for. The host's call ends with an error, and the job after the
// reset is right.
#include "chip_system.hpp"
#include "hung_chip.hpp"
#include "system_programs.hpp"
#include "verilated_chip.hpp"

using namespace test;
using twill::test::ChipSystem;
namespace reg = contract::reg;

namespace {

constexpr std::uint32_t limit = 3000, moved = 16 * 1024;

/// A load of 4,096 words of tiny, and a store of the same behind it.
Program there_and_back() {
  Writer w;
  w.load(0x1000, Space::scratchpad, 0, moved, Slot::on(3));
  w.store(Space::scratchpad, 0, 0x10'0000, moved, Slot::on(3));
  w.mark(Queue::store, true);
  return w.program;
}

/// Load after load for so many thousand cycles.
void keep_busy(Writer& w, unsigned thousands) {
  for (unsigned i = 0; i < thousands; ++i) w.load(0x1000, Space::scratchpad, 0, 4000);
}

void run_right(ChipSystem& system) {
  Bytes bytes(moved);
  for (std::size_t i = 0; i < moved; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  system.chip(0).write_memory(0x1000, bytes.data(), moved);
  launch(system, {there_and_back()});
  Bytes got(moved);
  system.chip(0).read_memory(0x10'0000, got.data(), moved);
  const bool same = got == bytes;
  CHECK(same);
}

struct Said {
  std::string text;
  std::uint64_t cycles;
};

/// What the host is told of a hang, with the watchdog at `limit`; after a reset the chips work.
Said hang(ChipSystem& system, const std::vector<Program>& programs, std::uint32_t wait = 0) {
  for (unsigned rank = 0; rank < system.chips(); ++rank) {
    system.chip(rank).write_register(reg::WATCHDOG, limit);
    if (wait) system.chip(rank).write_register(reg::WATCHDOG_WAIT, wait);
  }
  const std::uint64_t before = system.cycles();
  Said said{"nothing", 0};
  try {
    launch(system, programs);
  } catch (const ChipError& e) {
    said.text = e.what();
  }
  said.cycles = system.cycles() - before;
  system.reset();
  run_right(system);
  return said;
}

/// A program begun and left alone.
void launch_and_forget(Device& chip) {
  const Program p = there_and_back();
  chip.write_memory(p.ring_address, p.commands.data(), p.commands.size() * contract::command_bytes);
  const std::pair<std::uint32_t, std::uint64_t> settings[] = {
      {reg::RING_LO, p.ring_address & 0xffff'ffffu}, {reg::RING_HI, p.ring_address >> 32}, {reg::RING_SIZE, 4}, {reg::CONTROL, 1}, {reg::DOORBELL, p.commands.size()}};
  for (const auto& [at, value] : settings) chip.write_register(at, static_cast<std::uint32_t>(value));
}

tb::ChipOptions dead(unsigned pins, std::uint64_t from) {
  tb::ChipOptions options;
  options.dead_pins = pins;
  options.dead_from = from;
  return options;
}

}  // namespace

TEST_CASE("a memory that is silent on one channel") {
  struct Case {
    unsigned pins;
    std::uint64_t from;  // 2000: in the load; 6500: in the store
    const char* sentence;
  };
  for (const Case& c : {Case{tb::dead_ar, 2000, "watchdog in the load queue, load waits for memory to take a read address, store for semaphore 3; command"},
                        Case{tb::dead_r, 2000, "watchdog in the load queue, load waits for memory to answer a read, store for semaphore 3; command"},
                        Case{tb::dead_aw, 6500, "watchdog in the store queue, store waits for memory to take a write address; command"},
                        Case{tb::dead_w, 6500, "watchdog in the store queue, store waits for memory to take write data; command"},
                        Case{tb::dead_b, 6500, "watchdog in the store queue, store waits for memory to acknowledge a write; command"}}) {
    ChipSystem system(1, dead(c.pins, c.from));
    const Said said = hang(system, {there_and_back()});
    INFO(c.sentence << "\n" << said.text);
    CHECK(has(said.text, c.sentence));
    CHECK(has(said.text, c.from == 2000 ? "; command 0 load " : "; command 1 store"));
    CHECK(said.cycles < c.from + 3 * limit + 500);
  }
}

TEST_CASE("a memory that is silent from the start: the fetch of commands") {
  for (const unsigned pins : {tb::dead_ar, tb::dead_r}) {
    ChipSystem system(1, dead(pins, 0));
    const Said said = hang(system, {there_and_back()});
    INFO(said.text);
    CHECK(has(said.text, pins == tb::dead_ar ? "the chip reported an error: watchdog: the fetch of commands waits for memory to take a read address; command 0"
                                             : "the chip reported an error: watchdog: the fetch of commands waits for memory to answer a read; command 0"));
  }
}

TEST_CASE("a memory that falls silent while nothing is under way: the address is not taken, nor said to be") {
  for (const unsigned pins : {tb::dead_ar, tb::dead_aw}) {
    ChipSystem system(1, dead(pins, 3000));
    system.run(4000);
    CHECK(system.bare(0).cycles() > 3000);
    Writer w;
    w.mark(Queue::load, true);
    const Said said = hang(system, {pins == tb::dead_ar ? there_and_back() : w.program});
    INFO(said.text);
    CHECK(has(said.text, pins == tb::dead_ar ? "watchdog: the fetch of commands waits for memory to take a read address; command 0"
                                             : "watchdog: a record of MARK waits for memory to take a write address"));
  }
}

TEST_CASE("a record that memory does not take or acknowledge, with all queues empty") {
  Writer w;
  w.mark(Queue::load, true);
  for (const unsigned pins : {tb::dead_aw, tb::dead_w, tb::dead_b}) {
    ChipSystem system(1, dead(pins, 0));
    const Said said = hang(system, {w.program});
    INFO(said.text);
    CHECK(has(said.text, std::string("watchdog: a record of MARK waits for memory to ") + (pins == tb::dead_aw ? "take a write address" : pins == tb::dead_w ? "take write data" : "acknowledge a write")));
  }
}

TEST_CASE("a semaphore that nobody signals") {
  Writer w;
  w.load(0x1000, Space::scratchpad, 0, 64);
  w.store(Space::scratchpad, 0, 0x2000, 64, Slot::on(9));
  w.mark(Queue::store, true);
  ChipSystem system(1);
  const Said said = hang(system, {w.program});
  INFO(said.text);
  CHECK(has(said.text, "watchdog in the store queue, store waits for semaphore 9; command"));
  CHECK(has(said.text, "; command 1 store"));
}

TEST_CASE("two engines in a circle") {
  Writer w;
  w.nop(Queue::array, Slot::on(11), Slot::on(12), "layer 4");
  w.nop(Queue::post, Slot::on(12), Slot::on(11), "layer 5");
  w.mark(Queue::post, true);
  ChipSystem system(1);
  const Said said = hang(system, {w.program});
  INFO(said.text);
  CHECK(has(said.text, "watchdog in the array queue, array waits for semaphore 11, post for semaphore 12; command"));
  CHECK(has(said.text, "of layer 4"));
}

TEST_CASE("an engine inside a command: the bank that nobody frees") {
  contract::Conv conv;
  conv.out_w = 3, conv.out_h = 2, conv.kernel_x = conv.kernel_y = 1, conv.run_bytes = 4, conv.tiles = 1;
  conv.row_bytes = 64, conv.in_rows = 8, conv.x_step = 4, conv.y_step = 16, conv.stride_y = 1, conv.weight_base = 4096;
  conv.slots.tile_wait = Slot::on(26);
  contract::Requant requant;
  requant.out_w = 3, requant.out_h = 1, requant.tiles = 1, requant.last_lanes = 4, requant.row_bytes = 0xffffff;
  requant.pix_step = 16, requant.param_base = 8192, requant.n_step = 4;
  requant.slots.tile_wait = Slot::on(25);
  Writer w;
  w.put(conv);
  w.put(requant);
  w.mark(Queue::post, true);
  ChipSystem system(1);
  const Said said = hang(system, {w.program});
  INFO(said.text);
  CHECK(has(said.text, "watchdog in the array queue, array waits for semaphore 26, post for semaphore 25; command"));
}

TEST_CASE("a network that gives no credit, while another engine works") {
  Writer w;
  w.send(Space::scratchpad, 0, 1, Space::scratchpad, 0, 1024);
  keep_busy(w, 60);
  w.mark(Queue::network, true);
  ChipSystem system(2, dead(tb::dead_credit, 0));
  const Said said = hang(system, {w.program, done()});
  INFO(said.text);
  CHECK(has(said.text, "rank 0 reported an error: watchdog in the network queue, network waits for a credit of the network"));
  CHECK(has(said.text, "; command 0 network send "));
  CHECK(said.cycles < 3 * limit);  // not when the loads have ended
}

TEST_CASE("a queue that waits for a semaphore for ever, while another engine works") {
  Writer w;
  w.nop(Queue::post, Slot::on(9), {}, "layer 2");
  keep_busy(w, 60);
  w.mark(Queue::post, true);
  ChipSystem system(1);
  const Said said = hang(system, {w.program}, 10'000);
  INFO(said.text);
  CHECK(has(said.text, "watchdog in the post queue, post waits for semaphore 9"));
  CHECK(has(said.text, "of layer 2"));
  CHECK(said.cycles > 10'000);
  CHECK(said.cycles < 2 * (10'000 + limit) + 3 * limit);
}

TEST_CASE("a peer that never sends, while another engine works and while none does") {
  for (const unsigned thousands : {0u, 60u}) {
    Writer w;
    w.nop(Queue::network, Slot::on(27), {}, "all_reduce 5");
    keep_busy(w, thousands);
    w.mark(Queue::network, true);
    w.program.remote_semaphores = 1u << 27;
    ChipSystem system(2);
    system.chip(0).write_register(reg::WATCHDOG_REMOTE, 10'000);
    const Said said = hang(system, {w.program, done()}, 10'000);
    INFO(said.text);
    CHECK(has(said.text, "rank 0 reported an error: remote_wait in the network queue, network waits for semaphore 27"));
    CHECK(has(said.text, "of all_reduce 5"));
    CHECK(said.cycles < 2 * (10'000 + limit) + 3 * limit);
  }
}

TEST_CASE("waiting for others that work is no hang") {
  // The store waits for 60,000 cycles of loads, twenty times the limit.
  Writer w;
  keep_busy(w, 60);
  w.load(0x1000, Space::scratchpad, 0, moved, Slot::on(3));
  w.store(Space::scratchpad, 0, 0x10'0000, moved, Slot::on(3));
  w.mark(Queue::store, true);
  ChipSystem system(1);
  const Said said = hang(system, {w.program});
  CHECK(said.text == "nothing");
  CHECK(said.cycles > 60'000);
  // So is one memory beat every four cycles, or an answer that takes nearly as long as the limit.
  tb::ChipOptions slow;
  slow.dram = {limit - 500, 1};
  ChipSystem slowly(1, slow);
  CHECK(hang(slowly, {there_and_back()}).text == "nothing");
}

TEST_CASE("two queues that want the same token, again and again, are no hang") {
  // Each wait lasts more than a span of the watchdog, and tokens come in every phase of it: the queue that does not get one saw it for a cycle.
  Writer w;
  const unsigned tokens = 600;
  for (unsigned i = 0; i < tokens; ++i) {
    const Queue taker = i % 2 ? Queue::post : Queue::store;
    w.nop(taker, Slot::on(9), {});
    w.load(0x1000, Space::scratchpad, 0, 1200 + 4 * (i * 7 % 100), Slot::on(9));
  }
  w.mark(Queue::load, true);
  ChipSystem system(1);
  system.chip(0).write_register(reg::WATCHDOG, 150);
  system.chip(0).write_register(reg::WATCHDOG_WAIT, 1'000'000);
  CHECK_NOTHROW(launch(system, {w.program}));
}

TEST_CASE("a job that the host gives up: the chips are asked what they wait for") {
  // The watchdogs of both chips are off. One waits for a semaphore while it loads, the other for the first.
  Writer w;
  w.nop(Queue::post, Slot::on(9), {}, "layer 2");
  keep_busy(w, 120);
  w.mark(Queue::post, true);
  Writer peer;
  peer.nop(Queue::network, Slot::on(27), {}, "all_reduce 5");
  peer.mark(Queue::network, true);
  peer.program.remote_semaphores = 1u << 27;
  ChipSystem system(2);
  for (unsigned rank = 0; rank < 2; ++rank)
    for (const std::uint32_t watchdog : {reg::WATCHDOG, reg::WATCHDOG_REMOTE, reg::WATCHDOG_WAIT}) system.chip(rank).write_register(watchdog, 0);
  LaunchOptions options;
  options.limit = 20'000;
  std::string said = "nothing";
  const std::uint64_t before = system.cycles();
  try {
    launch(system, {w.program, peer.program}, options);
  } catch (const ChipError& e) {
    said = e.what();
  }
  INFO(said);
  CHECK(has(said, "no chip reported an error; ranks 0 and 1 had not ended; asked, rank 0 reports: watchdog in the post queue, post waits for semaphore 9"));
  CHECK(has(said, "of layer 2; asked, rank 1 reports: remote_wait in the network queue, network waits for semaphore 27"));
  CHECK(has(said, "of all_reduce 5"));
  CHECK(system.cycles() - before < 200'000);
  system.reset();
  run_right(system);
}

TEST_CASE("a soft reset that waits for a dead memory is named, and ends with a reset of the whole chip") {
  ChipSystem system(1, dead(tb::dead_r, 0));
  Device& chip = system.chip(0);
  launch_and_forget(chip);
  system.run(500);
  chip.write_register(reg::CONTROL, 3);
  std::string said = "nothing";
  try {
    launch(system, {there_and_back()});
  } catch (const ChipError& e) {
    said = e.what();
  }
  INFO(said);
  CHECK(has(said, "a soft reset of the chip does not end: memory does not take or answer what was begun before it"));
  system.reset();
  run_right(system);
}

// The seeded bug: a scratchpad that grants the load engine nothing.
TEST_CASE("a grant that never comes") {
  ChipSystem system(1, {}, [](const tb::ChipOptions& options) { return std::make_unique<tb::VerilatedChip<Vtwill_hung, hung_word, false>>(options); });
  system.chip(0).write_register(reg::WATCHDOG, limit);
  std::string said = "nothing";
  try {
    launch(system, {there_and_back()});
  } catch (const ChipError& e) {
    said = e.what();
  }
  INFO(said);
  CHECK(has(said, "watchdog in the load queue, load waits for a word of the scratchpad, store for semaphore 3; command"));
}
