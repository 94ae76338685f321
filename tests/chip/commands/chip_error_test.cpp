// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

using namespace bench;
using contract::Error;
using contract::Queue;
namespace reg = contract::reg;

namespace {

/// After a soft reset the chip works.
void expect_recovery(Bench& b, std::mt19937& random) {
  b.set(reg::CONTROL, 2);
  for (int i = 0; b.get(reg::CONTROL) & 2; i++) REQUIRE(i < 1000);
  CHECK(b.get(reg::STATUS) == 0);
  CHECK(b.get(reg::ERROR_CODE) == 0);
  CHECK(b.get(reg::DOORBELL) == 0);
  CHECK(b.get(reg::FETCHED) == 0);
  CHECK(b.get(reg::MARK_COUNT) == 0);
  b.configure();
  const auto data = random_bytes(random, 3000);
  b.poke(0x5000, data);
  auto l = load(0x5000, 1, 3000);
  l.slots.signal0 = Slot::on(3);
  auto s = store(0x9001, 1, 3000);
  s.slots.wait0 = Slot::on(3);
  b.run({l.encode(), s.encode(), mark(Queue::store, 1, true).encode()});
  CHECK(b.peek(0x9001, 3000) == data);
  b.mark();
}

}  // namespace

TEST_CASE("a command the decoder rejects stops the chip, is named, and a soft reset brings it back") {
  std::mt19937 random(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    const Command nop = contract::Nop{Queue::post, {}}.encode();
    struct Case {
      Error error;
      Queue queue;
      Command command;
    };
    std::vector<Case> cases;
    Command c = nop;
    c.set_bits(0, 8, 0x7e);
    cases.push_back({Error::bad_opcode, Queue::post, c});
    c = nop;
    c.set_bits(500, 1, 1);
    cases.push_back({Error::reserved_bit, Queue::post, c});
    auto l = load(0, 0, 16);
    l.queue = Queue::array;
    cases.push_back({Error::wrong_queue, Queue::array, l.encode()});
    contract::Send send;
    send.queue = Queue::network;
    send.chip = 1;   // of one
    cases.push_back({Error::bad_field, Queue::network, send.encode()});
    for (const Case& bad : cases) {
      CAPTURE(contract::name(bad.error));
      expect_error(b, {nop, nop, bad.command, nop}, bad.error, bad.queue, 2);
      expect_recovery(b, random);
    }
  }
}

TEST_CASE("an engine's error names the command that made it") {
  std::mt19937 random(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    auto good = load(0x1000, 0, 64), bad = load(0x1000, b.scratchpad - 16, 64);
    expect_error(b, {good.encode(), good.encode(), bad.encode(), good.encode()}, Error::address_range, Queue::load, 2);
    expect_recovery(b, random);
    auto mismatch = store(0x1000, 0, 64);
    mismatch.dram_run = 63;
    expect_error(b, {mismatch.encode()}, Error::walk_mismatch, Queue::store, 0);
    expect_recovery(b, random);
  }
}

TEST_CASE("an error of the post unit names its own command, though the ones before still write") {
  std::mt19937 random(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    contract::Move move;
    move.run = 4 * b.word, move.count0 = 20, move.out_base = 4096, move.in_stride0 = move.out_stride0 = static_cast<std::int32_t>(move.run);
    contract::Requant requant;
    requant.out_w = 40, requant.out_h = 1, requant.tiles = 1, requant.last_lanes = b.word, requant.row_bytes = 0xffffff;
    requant.pix_step = b.word, requant.param_base = 8192;
    for (const Command& before : {move.encode(), requant.encode()}) {
      contract::Move outside = move;
      outside.in_base = b.scratchpad - 1;
      contract::Requant beyond = requant, unaligned = requant;
      beyond.out_base = b.scratchpad - 1;
      unaligned.param_base = 8193;
      for (const auto& [bad, error] : {std::pair{outside.encode(), Error::address_range}, {beyond.encode(), Error::address_range}, {unaligned.encode(), Error::bad_field}}) {
        expect_error(b, {before, before, bad, before}, error, Queue::post, 2);
        expect_recovery(b, random);
      }
    }
  }
}

TEST_CASE("a token that never comes trips the watchdog, which names the waiting command and its slot") {
  std::mt19937 random(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    b.set(reg::WATCHDOG, 500);
    contract::Nop waits{Queue::post, {}};
    waits.slots.wait1 = Slot::on(9);
    auto behind = mark(Queue::load, 1, true);
    behind.slots.wait0 = Slot::on(10);
    expect_error(b, {contract::Nop{Queue::array, {}}.encode(), waits.encode(), behind.encode()}, Error::watchdog, Queue::post, 1);
    CHECK(b.get(reg::ERROR_INFO) == (0b00101u << 24 | 0x29));
    expect_recovery(b, random);
    // The host can give the token, too.
    b.set(reg::WATCHDOG, 100000);
    b.issue({waits.encode(), mark(Queue::post, 2, true).encode()});
    b.chip->step(3000);
    CHECK(!b.chip->interrupt());
    b.set(reg::SEMAPHORE, 9 << 8 | 1);
    REQUIRE(b.wait());
    CHECK(b.acknowledge() == 1);
  }
}

TEST_CASE("the watchdog knows progress from waiting: inside an engine, on the read channel, in the fetch of commands") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    constexpr std::uint32_t limit = 3000;
    const auto expect_watchdog = [&](const std::vector<Command>& commands, Queue queue, std::uint32_t index, std::uint32_t info, tb::ChipOptions options = {}) {
      Bench b(name, options);
      b.set(reg::WATCHDOG, limit);
      expect_error(b, commands, Error::watchdog, queue, index);
      CHECK(b.get(reg::ERROR_INFO) == info);
      // Not before its time, nor long after: what precedes the silence is short.
      CHECK(b.get(reg::CYCLE_LO) > limit);
      CHECK(b.get(reg::CYCLE_LO) < limit + 1000);
    };

    contract::Conv conv;
    conv.out_w = 3, conv.out_h = 2, conv.kernel_x = conv.kernel_y = 1, conv.run_bytes = 4, conv.tiles = 1;
    conv.row_bytes = 64, conv.in_rows = 8, conv.x_step = 4, conv.y_step = 16, conv.stride_y = 1, conv.weight_base = 4096;
    conv.slots.tile_wait = Slot::on(26);
    expect_watchdog({conv.encode(), conv.encode()}, Queue::array, 0, 0b00010u << 24 | 0x20 | 26);

    contract::Requant requant;
    requant.out_w = 3, requant.out_h = 1, requant.tiles = 1, requant.last_lanes = 4, requant.row_bytes = 0xffffff;
    requant.pix_step = 16, requant.param_base = 8192, requant.n_step = 4;
    requant.slots.tile_wait = Slot::on(25);
    expect_watchdog({requant.encode(), requant.encode()}, Queue::post, 0, 0b00100u << 24 | 0x20 | 25);
    // One token: the first is served, the second waits.
    conv.slots.tile_wait = {}, conv.slots.tile_signal = Slot::on(25);
    expect_watchdog({conv.encode(), requant.encode(), requant.encode()}, Queue::post, 2, 0b00100u << 24 | 0x20 | 25);

    // A memory whose silence outlasts the limit: not even the command arrives.
    tb::ChipOptions silent;
    silent.dram.latency = 20000;
    expect_watchdog({load(0x1000, 0, 64).encode()}, Queue::load, 0, 0, silent);
    // The command does, its data do not.
    Bench data(name, silent);
    data.set(reg::WATCHDOG, 0);
    data.issue({load(0x1000, 0, 64).encode()});
    while (data.get(reg::FETCHED) == 0) data.chip->step(100);
    data.set(reg::WATCHDOG, limit);
    expect_error(data, {}, Error::watchdog, Queue::load, -1);
    CHECK(data.get(reg::ERROR_INFO) == 0b00001u << 24);

    // A memory almost that slow is none of its business.
    tb::ChipOptions slow;
    slow.dram.latency = limit - 500;
    Bench b(name, slow);
    b.set(reg::WATCHDOG, limit);
    b.run({load(0x1000, 0, 64).encode(), mark(Queue::load, 1, true).encode()});
  }
}

TEST_CASE("a signal beyond the maximum is an error") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    b.set(reg::SEMAPHORE, 3 << 8 | 254);
    contract::Nop gives{Queue::load, {}}, nothing{Queue::load, {}};
    gives.slots.signal0 = gives.slots.signal1 = gives.slots.signal2 = Slot::on(8);
    gives.slots.signal1 = Slot::on(3);
    expect_error(b, {nothing.encode(), gives.encode(), gives.encode(), gives.encode()}, Error::semaphore_overflow, Queue::load, 2);
  }
}

TEST_CASE("a soft reset in the middle of traffic leaves a working chip") {
  CAPTURE(seed());
  std::mt19937 random(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    for (int round = 0; round < 15; round++) {
      CAPTURE(round);
      std::vector<Command> commands;
      for (int i = 0; i < 6; i++) {
        commands.push_back(load(0x1000, 0, 4000).encode());
        commands.push_back(store(0x20000, 5000 + random() % 100, 4000).encode());
      }
      b.issue(commands);
      b.chip->step(random() % 3000);
      expect_recovery(b, random);
    }
  }
}

TEST_CASE("a paused chip takes nothing and goes on when it may") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    b.set(reg::CONTROL, 0);
    b.issue({mark(Queue::load, 1, true).encode()});
    b.chip->step(2000);
    CHECK(b.get(reg::FETCHED) == 0);
    CHECK(b.get(reg::STATUS) == 0x200);
    b.set(reg::CONTROL, 1);
    REQUIRE(b.wait());
  }
}
