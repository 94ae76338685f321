// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

using namespace bench;
using contract::Error;
using contract::Queue;
namespace reg = contract::reg;

namespace {

/// Issues the commands and expects the chip to stop with this error of the command at `index` among them.
void expect_error(Bench& b, const std::vector<Command>& commands, Error error, Queue queue, std::uint32_t index) {
  index += b.issued();
  b.issue(commands);
  REQUIRE(b.wait());
  CHECK(b.acknowledge() == 2);
  CHECK(contract::name(static_cast<Error>(b.get(reg::ERROR_CODE))) == contract::name(error));
  CHECK(b.get(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(queue));
  CHECK(b.get(reg::ERROR_ADDRESS_LO) == static_cast<std::uint32_t>(Bench::ring) + index % Bench::ring_size * 64);
  CHECK(b.get(reg::ERROR_ADDRESS_HI) == Bench::ring >> 32);
  CHECK((b.get(reg::STATUS) & 0x100) != 0);
}

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
    cases.push_back({Error::not_fitted, Queue::network, send.encode()});
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

TEST_CASE("a paused chip takes nothing; it goes on when it may") {
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
