// SPDX-License-Identifier: Apache-2.0
// The least driver there can be: a ring, a doorbell, registers.
#pragma once
#include <cstring>
#include <memory>
#include <vector>

#include "support.hpp"
#include "twill/functional_device.hpp"

namespace test {

namespace reg = contract::reg;

constexpr std::uint64_t ring_at = 0x1'0000'0000, marks_at = 0x2'0000'0000;

class Host {
 public:
  static constexpr std::uint32_t ring_size = 256, mark_size = 16;

  explicit Host(std::string_view on = "tiny", const FunctionalOptions& options = {}) : device(make_functional_device(on, options)) { set_up(); }

  /// Registers as a driver leaves them before the first doorbell.
  void set_up() {
    device->write_register(reg::RING_LO, static_cast<std::uint32_t>(ring_at));
    device->write_register(reg::RING_HI, static_cast<std::uint32_t>(ring_at >> 32));
    device->write_register(reg::RING_SIZE, ring_size);
    device->write_register(reg::MARK_LO, static_cast<std::uint32_t>(marks_at));
    device->write_register(reg::MARK_HI, static_cast<std::uint32_t>(marks_at >> 32));
    device->write_register(reg::MARK_SIZE, mark_size);
    device->write_register(reg::IRQ_ENABLE, 3);
    device->write_register(reg::CONTROL, 1);
  }

  void semaphore(unsigned which, unsigned value) { device->write_register(reg::SEMAPHORE, which << 8 | value); }

  void put(const contract::Command& command) {
    device->write_memory(ring_at + index++ % ring_size * 64, command.words.data(), 64);
  }
  template <typename C>
  void put(const C& command) {
    put(command.encode());
  }
  void mark(contract::Queue queue, std::uint32_t tag = 1, bool irq = true) {
    contract::Mark mark;
    mark.queue = queue;
    mark.tag = tag;
    mark.irq = irq;
    put(mark);
  }
  void ring() { device->write_register(reg::DOORBELL, index); }

  /// Rings and waits; whether an interrupt came.
  bool run(std::uint64_t cycles = 10'000'000) {
    ring();
    return device->wait_interrupt(cycles);
  }
  std::uint32_t error() { return device->read_register(reg::ERROR_CODE); }

  std::vector<std::uint32_t> record(std::uint32_t i) {
    std::vector<std::uint32_t> words(32);
    device->read_memory(marks_at + i % mark_size * 128, words.data(), 128);
    return words;
  }

  std::unique_ptr<Device> device;
  std::uint32_t index = 0;
};

}  // namespace test
