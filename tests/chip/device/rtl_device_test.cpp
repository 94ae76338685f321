// SPDX-License-Identifier: Apache-2.0
// Each test case runs in a process of its own: a process has one device.
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/contract.hpp>
#include <twill/error.hpp>
#include <twill/rtl_device.hpp>

#include "catch.hpp"

using namespace twill;
namespace reg = contract::reg;

namespace {

constexpr std::uint64_t ring = 0x100000, marks = 0x200000;

std::unique_ptr<RtlDevice> make(RtlOptions options = {}) { return make_rtl_device(rtl_configurations().front(), options); }

void start(Device& device, const std::vector<contract::Command>& commands) {
  device.write_memory(ring, commands.data(), commands.size() * 64);
  device.write_register(reg::RING_LO, ring);
  device.write_register(reg::RING_SIZE, 64);
  device.write_register(reg::MARK_LO, marks);
  device.write_register(reg::MARK_SIZE, 16);
  device.write_register(reg::IRQ_ENABLE, 3);
  device.write_register(reg::CONTROL, 1);
  device.write_register(reg::DOORBELL, static_cast<std::uint32_t>(commands.size()));
}

std::vector<contract::Command> copy_job(std::uint32_t bytes) {
  contract::Load load;
  load.dram_base = 0x1003, load.local_base = 7, load.local_run = load.dram_run = bytes;
  load.slots.signal0 = contract::Slot::on(3);
  contract::Store store;
  store.queue = contract::Queue::store;
  store.slots.wait0 = contract::Slot::on(3);
  store.dram_base = 0x8001, store.local_base = 7, store.local_run = store.dram_run = bytes;
  contract::Mark mark;
  mark.queue = contract::Queue::store, mark.tag = 5, mark.irq = 1;
  return {load.encode(), store.encode(), mark.encode()};
}

/// What the call throws says, or nothing.
template <class Call>
std::string complaint(Call call) {
  try {
    call();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a job runs through the device, twice the same after a reset") {
  auto device = make();
  CHECK(device->kind() == "rtl");
  std::uint64_t cycles[2];
  std::uint32_t record[2][32];
  for (int round = 0; round < 2; round++) {
    std::vector<std::uint8_t> data(5000), got(5000);
    for (std::size_t i = 0; i < data.size(); i++) data[i] = static_cast<std::uint8_t>(i * 7 + round);
    device->write_memory(0x1003, data.data(), data.size());
    const auto before = device->cycles();
    start(*device, copy_job(5000));
    device->close_memory(true);
    CHECK_THROWS_AS(device->read_memory(0, got.data(), 1), std::logic_error);
    REQUIRE(device->wait_interrupt(100000));
    device->close_memory(false);
    cycles[round] = device->cycles() - before;
    CHECK(device->read_register(reg::IRQ_STATUS) == 1);
    CHECK(device->read_register(reg::MARK_COUNT) == 1);
    CHECK(device->last_error().empty());
    device->read_memory(0x8001, got.data(), got.size());
    CHECK(got == data);
    device->read_memory(marks, record[round], 128);
    CHECK(record[round][0] == 5);
    // Cleared, the interrupt is gone, and waiting for another times out after what was asked.
    device->write_register(reg::IRQ_STATUS, 1);
    const auto idle = device->cycles();
    CHECK(!device->wait_interrupt(1000));
    CHECK(device->cycles() - idle >= 1000);
    CHECK(device->cycles() - idle < 1000 + RtlDevice::window);
    device->reset();
    CHECK(device->read_register(reg::RING_SIZE) == 0);
  }
  CHECK(cycles[0] == cycles[1]);
  CHECK(std::memcmp(record[0], record[1], 128) == 0);
}

TEST_CASE("a register write takes effect 64 cycles after the call, at a window boundary") {
  auto device = make();
  const auto now = device->cycles();
  device->write_register(reg::SEMAPHORE, 4 << 8 | 9);
  CHECK(device->cycles() == now);  // posted
  device->run(1);
  CHECK(device->cycles() == now + 64);
  CHECK(device->read_register(reg::SEMAPHORE) == 9);
  device->write_register(reg::RING_SIZE, 2);
  device->write_register(reg::RING_SIZE, 4);  // in order
  CHECK(device->read_register(reg::RING_SIZE) == 4);
  // More accesses than fit into a window wait for the next, none is lost.
  for (std::uint32_t i = 0; i < 100; i++) device->write_register(reg::WATCHDOG, i);
  CHECK(device->read_register(reg::WATCHDOG) == 99);
}

TEST_CASE("an error comes back as a sentence") {
  auto device = make();
  contract::Command bad;
  bad.set_bits(0, 8, 0x99);
  bad.set_bits(8, 3, 2);
  start(*device, {bad});
  REQUIRE(device->wait_interrupt(10000));
  CHECK(device->read_register(reg::IRQ_STATUS) == 2);
  CHECK(device->last_error() == "bad_opcode in the post queue, command at DRAM address 0x100000, info 0x0");
  device->reset();
  CHECK(device->last_error().empty());
  start(*device, copy_job(100));
  CHECK(device->wait_interrupt(10000));
}

TEST_CASE("a register that does not exist is refused") {
  auto device = make();
  CHECK_THROWS_AS(device->read_register(0xffc), InputError);
  device->write_register(0x024, 1);
  CHECK_THROWS_AS(device->run(1000), InputError);
  CHECK(device->read_register(reg::ID) == 0x5457494c);
}

TEST_CASE("a second system in a process, an unknown machine and impossible options are refused with a sentence") {
  const auto huge = complaint([] { make_rtl_device("huge"); });
  CHECK(huge.find("huge") != std::string::npos);
  CHECK(huge.find(rtl_configurations().front()) != std::string::npos);
  CHECK_THROWS_AS(make(RtlOptions{0, 0, {}}), InputError);
  CHECK_THROWS_AS(make(RtlOptions{100, 4096, {}}), InputError);
#if !TWILL_WAVES
  CHECK(complaint([] { make(RtlOptions{100, 0, "wave.fst"}); }).find("trace preset") != std::string::npos);
#endif
  auto device = make();  // refused ones do not count
  CHECK(complaint([] { make(); }).find("reset()") != std::string::npos);
  device.reset();
  CHECK_THROWS_AS(make(), std::logic_error);
}

#if TWILL_WAVES
TEST_CASE("waves are written while they are on") {
  auto device = make(RtlOptions{100, 0, "rtl_device_test.fst", 0, ~std::uint64_t{0}});
  device->run(200);
  device->wave(false);
  device->run(1000);
  device->wave(true);
  device->run(100);
  device.reset();
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("rtl_device_test.fst", "rb"), std::fclose);
  REQUIRE(file);
  std::fseek(file.get(), 0, SEEK_END);
  CHECK(std::ftell(file.get()) > 1000);
}
#endif
