// SPDX-License-Identifier: Apache-2.0
// Every error the chip can raise: code, queue, command address, interrupt, sentence; and that it works again after a reset.
#include "host.hpp"

using namespace test;
using contract::Error;
using contract::Queue;
using contract::Slot;

namespace {

/// Runs `bad` as the third command and checks all there is to see of the error.
void expect(Error error, Queue queue, const contract::Command& bad, Host& host) {
  contract::Nop nop;
  host.put(nop);
  host.put(nop);
  host.put(bad);
  host.mark(Queue::load, 1, true);
  INFO(contract::name(error));
  REQUIRE(host.run());
  CHECK(host.error() == static_cast<std::uint32_t>(error));
  CHECK(host.device->read_register(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(queue));
  CHECK(host.device->read_register(reg::ERROR_ADDRESS_LO) == static_cast<std::uint32_t>(ring_at + 128));
  CHECK(host.device->read_register(reg::ERROR_ADDRESS_HI) == static_cast<std::uint32_t>(ring_at >> 32));
  CHECK((host.device->read_register(reg::STATUS) & 1u << 8) != 0);
  CHECK((host.device->read_register(reg::IRQ_STATUS) & 2u) != 0);
  const std::string sentence = host.device->last_error();
  INFO(sentence);
  CHECK(sentence.find(contract::name(error)) == 0);
  CHECK(sentence.find("queue " + std::string(contract::name(queue))) != std::string::npos);
  CHECK(sentence.find("0x100000080") != std::string::npos);

  // A soft reset, and the chip does its work again; the ring's address is still there.
  host.device->write_register(reg::CONTROL, 3);
  host.device->write_register(reg::IRQ_STATUS, 3);
  CHECK(host.error() == 0);
  CHECK(host.device->last_error().empty());
  CHECK(host.device->read_register(reg::DOORBELL) == 0);
  CHECK(host.device->read_register(reg::FETCHED) == 0);
  CHECK(host.device->read_register(reg::MARK_COUNT) == 0);
  host.index = 0;
  contract::Fill fill;
  fill.value = 0x5a;
  fill.local_run = 3;
  fill.slots.signal0 = Slot::on(9);
  host.put(fill);
  contract::Store store;
  store.slots.wait0 = Slot::on(9);
  store.local_run = store.dram_run = 3;
  store.dram_base = 0x99;
  host.put(store);
  host.mark(Queue::store, 2);
  REQUIRE(host.run());
  CHECK(host.device->read_register(reg::IRQ_STATUS) == 1);
  std::uint8_t bytes[3] = {};
  host.device->read_memory(0x99, bytes, 3);
  CHECK((bytes[0] == 0x5a && bytes[2] == 0x5a));
}

template <typename C>
void expect(Error error, Queue queue, const C& bad) {
  Host host;
  expect(error, queue, bad.encode(), host);
}

}  // namespace

TEST_CASE("errors of the decoder", "[errors]") {
  contract::Command unknown;
  unknown.words[0] = 0x77 | 2u << 8;
  Host host;
  expect(Error::bad_opcode, Queue::post, unknown, host);

  contract::Command reserved = contract::Nop{}.encode();
  reserved.words[9] = 1;
  Host other;
  expect(Error::reserved_bit, Queue::load, reserved, other);

  contract::Load load;
  load.queue = Queue::store;
  expect(Error::wrong_queue, Queue::store, load);
  load = {};
  load.local_count1 = 0;
  expect(Error::bad_field, Queue::load, load);
  load = {};
  load.local_run = 2;
  expect(Error::walk_mismatch, Queue::load, load);

  contract::Conv conv;
  conv.activation_type = 4;
  expect(Error::unsupported_type, Queue::array, conv);
  conv = {};
  conv.weight_layout = 1;
  expect(Error::unsupported_weight_layout, Queue::array, conv);
  conv = {};
  conv.sparse = 1;
  expect(Error::unsupported_sparsity, Queue::array, conv);
  contract::Requant requant;
  requant.rounding = 2;
  expect(Error::unsupported_rounding, Queue::post, requant);
  requant = {};
  requant.scalar = 1;
  expect(Error::unsupported_vector, Queue::post, requant);
  contract::SignalRemote signal;
  signal.chip = 1;  // the only one is chip 0
  signal.remote_signal = Slot::on(3).code;
  expect(Error::bad_field, Queue::network, signal);
}

TEST_CASE("errors of the engines", "[errors]") {
  contract::Load load;
  load.local_base = 0x8000;  // the scratchpad of `tiny` ends here
  expect(Error::address_range, Queue::load, load);
  contract::Store store;
  store.local_base = 0x8000;
  expect(Error::address_range, Queue::store, store);
  contract::Conv conv;
  conv.in_base = 0x8000;
  conv.row_bytes = conv.in_rows = 1;
  expect(Error::address_range, Queue::array, conv);
  contract::Lookup lookup;
  lookup.out_base = 0x8000;
  expect(Error::address_range, Queue::post, lookup);

  contract::Nop nop;
  nop.queue = Queue::post;
  nop.slots.signal0 = Slot::on(3);
  Host host;
  host.semaphore(3, contract::semaphore_max);
  expect(Error::semaphore_overflow, Queue::post, nop.encode(), host);
}

TEST_CASE("address_range shows the address", "[errors]") {
  Host host;
  contract::Conv conv;
  conv.in_base = 0x7fff;
  conv.run_bytes = conv.row_bytes = 4;
  conv.in_rows = 1;
  host.put(conv);
  REQUIRE(host.run());
  CHECK(host.device->read_register(reg::ERROR_INFO) == 0x8000);
}

TEST_CASE("a hang is the watchdog's: it names queue and semaphore", "[errors]") {
  contract::Nop nop;
  nop.queue = Queue::array;
  nop.slots.wait1 = Slot::on(13);
  Host host;
  host.put(nop);
  contract::Requant requant;
  requant.last_lanes = 1;
  requant.slots.tile_wait = Slot::on(21);
  host.put(requant);
  REQUIRE(host.run());
  CHECK(host.error() == static_cast<std::uint32_t>(Error::watchdog));
  CHECK(host.device->read_register(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(Queue::array));
  CHECK(host.device->read_register(reg::ERROR_INFO) == (0x06u << 24 | 0x20u | 13u));
  const std::string sentence = host.device->last_error();
  INFO(sentence);
  CHECK(sentence.find("queue array waits on semaphore 13") != std::string::npos);
  CHECK(sentence.find("queue post waits on semaphore 21") != std::string::npos);
}

TEST_CASE("the watchdog waits for its limit of cycles, and for ever when it is off", "[errors]") {
  contract::Nop nop;
  nop.slots.wait0 = Slot::on(1);
  Host host;
  host.device->write_register(reg::WATCHDOG, 10000);
  host.put(nop);
  host.mark(Queue::load);
  CHECK_FALSE(host.run(5000));
  CHECK(host.error() == 0);
  SECTION("a token in time wakes the queue") {
    host.semaphore(1, 1);
    REQUIRE(host.device->wait_interrupt(5000));
    CHECK(host.error() == 0);
    CHECK(host.device->read_register(reg::MARK_COUNT) == 1);
  }
  SECTION("the limit counts over several waits") {
    CHECK(host.device->wait_interrupt(6000));
    CHECK(host.error() == static_cast<std::uint32_t>(Error::watchdog));
  }
  SECTION("off") {
    host.device->write_register(reg::WATCHDOG, 0);
    CHECK_FALSE(host.device->wait_interrupt(1'000'000'000));
    CHECK(host.error() == 0);
  }
  SECTION("hang, reset, then a correct job") {
    CHECK(host.device->wait_interrupt(6000));
    host.device->reset();
    host.set_up();
    host.index = 0;
    host.mark(Queue::post, 77);
    REQUIRE(host.run());
    CHECK(host.error() == 0);
    CHECK(host.record(0)[contract::mark_word::tag] == 77);
  }
}

TEST_CASE("the first error stays", "[errors]") {
  Host host;
  host.put(contract::Command{});
  contract::Load load;
  load.local_base = 0x8000;
  host.put(load);
  REQUIRE(host.run());
  host.device->wait_interrupt(1000);
  CHECK(host.error() == static_cast<std::uint32_t>(Error::bad_opcode));
}
