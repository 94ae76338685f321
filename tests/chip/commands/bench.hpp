// SPDX-License-Identifier: Apache-2.0
// A chip with a command ring and a mark ring, for streams written by hand.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <twill/contract.hpp>
#include <twill/tb/chip.hpp>

#include "at_rest.hpp"
#include "catch.hpp"

namespace bench {

using namespace twill;
using contract::Command;
using contract::Slot;

inline std::uint32_t seed() {
  const char* text = std::getenv("TWILL_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 1;
}

/// The machines these tests run on, of those built in.
inline std::vector<std::string> machines() {
  std::vector<std::string> names;
  for (const std::string& name : tb::built_configurations())
    if (name == "tiny" || name == "base" || name == "tiny_ecc") names.push_back(name);
  return names;
}

struct Record {
  std::array<std::uint32_t, 32> words{};
  std::uint64_t cycle() const { return std::uint64_t{words[3]} << 32 | words[2]; }
  std::uint32_t engine(contract::Queue queue, contract::State state) const {
    constexpr unsigned field[] = {3, 0, 1, 2};
    return words[4 + 4 * static_cast<unsigned>(queue) + field[static_cast<unsigned>(state)]];
  }
};

class Bench {
 public:
  static constexpr std::uint64_t ring = 0x10'0000'0000, marks = 0x20'0000'0000;  // beyond 32 bits
  static constexpr std::uint32_t ring_size = 64, mark_size = 16;

  std::unique_ptr<tb::Chip> chip;
  std::uint32_t word, scratchpad, acc_words;

  explicit Bench(const std::string& machine, tb::ChipOptions options = {}) : Bench(tb::make_chip(machine, options)) {}
  explicit Bench(std::unique_ptr<tb::Chip> made) : chip(std::move(made)) {
    word = get(contract::reg::CAP_WORD);
    scratchpad = get(contract::reg::CAP_SCRATCHPAD);
    acc_words = get(contract::reg::CAP_ACCUMULATOR);
    configure();
  }

  /// Whatever the test did is done: nothing is left in the chip, unless an error has stopped it or the test says so.
  ~Bench() {
    if (leaves_work || std::uncaught_exceptions() > 0) return;
    try {
      test::expect_rest([&] { return chip->read_register(contract::reg::STATUS).data; });
    } catch (const std::exception& error) {
      FAIL_CHECK(error.what());
    }
  }
  bool leaves_work = false;

  std::uint32_t get(std::uint32_t offset) {
    const auto answer = chip->read_register(offset);
    REQUIRE(answer.ok);
    return answer.data;
  }
  void set(std::uint32_t offset, std::uint32_t value) { REQUIRE(chip->write_register(offset, value).ok); }

  void configure() {
    using namespace contract::reg;
    set(RING_LO, static_cast<std::uint32_t>(ring)), set(RING_HI, ring >> 32), set(RING_SIZE, ring_size);
    set(MARK_LO, static_cast<std::uint32_t>(marks)), set(MARK_HI, marks >> 32), set(MARK_SIZE, mark_size);
    set(IRQ_ENABLE, 3);
    set(CONTROL, 1);
    rung_ = marked_ = 0;
  }

  void poke(std::uint64_t address, const std::vector<std::uint8_t>& bytes) { chip->memory().write(address, bytes.data(), bytes.size()); }
  std::vector<std::uint8_t> peek(std::uint64_t address, std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    chip->memory().read(address, data.data(), bytes);
    return data;
  }

  std::uint32_t issued() const { return rung_; }

  /// Puts the commands into the ring as it drains, and rings for each batch.
  void issue(const std::vector<Command>& commands) {
    std::size_t next = 0;
    for (int i = 0; next < commands.size(); i++) {
      REQUIRE(i < 100000);
      const std::uint32_t room = ring_size - (rung_ - get(contract::reg::FETCHED));
      if (room == 0) {
        chip->step(50);
        continue;
      }
      for (std::uint32_t n = 0; n < room && next < commands.size(); n++)
        chip->memory().write(ring + rung_++ % ring_size * 64, commands[next++].words.data(), 64);
      set(contract::reg::DOORBELL, rung_);
    }
  }

  /// Steps until the interrupt line is up; false after `cycles`.
  bool wait(std::uint64_t cycles = 200000) {
    for (std::uint64_t i = 0; i < cycles && !chip->interrupt(); i++) chip->step(1);
    return chip->interrupt();
  }

  /// The interrupt's causes, cleared.
  std::uint32_t acknowledge() {
    const std::uint32_t status = get(contract::reg::IRQ_STATUS);
    set(contract::reg::IRQ_STATUS, status);
    return status;
  }

  /// Issues, waits for a MARK's interrupt, and expects no error.
  void run(const std::vector<Command>& commands, std::uint64_t cycles = 200000) {
    issue(commands);
    REQUIRE(wait(cycles));
    CAPTURE(get(contract::reg::ERROR_CODE), get(contract::reg::ERROR_QUEUE), get(contract::reg::ERROR_INFO));
    REQUIRE(acknowledge() == 1);
  }

  /// The next record of the mark ring; it must be there.
  Record mark() {
    REQUIRE(marked_ < get(contract::reg::MARK_COUNT));
    Record record;
    chip->memory().read(marks + marked_++ % mark_size * 128, record.words.data(), 128);
    CHECK(record.words[31] == 0x4b52414d);
    CHECK(record.words[30] == marked_ - 1);
    for (unsigned engine = 0; engine < 5; engine++) {
      std::uint32_t sum = 0;
      for (unsigned i = 0; i < 4; i++) sum += record.words[4 + 4 * engine + i];
      CHECK(sum == record.words[2]);
    }
    return record;
  }

 private:
  std::uint32_t rung_ = 0, marked_ = 0;
};

inline contract::Mark mark(contract::Queue queue, std::uint32_t tag, bool irq) {
  contract::Mark m;
  m.queue = queue, m.tag = tag, m.irq = irq;
  return m;
}

/// A contiguous move.
inline contract::Load load(std::uint64_t dram, std::uint32_t local, std::uint32_t bytes) {
  contract::Load c;
  c.dram_base = dram, c.local_base = local, c.local_run = c.dram_run = bytes;
  return c;
}
inline contract::Store store(std::uint64_t dram, std::uint32_t local, std::uint32_t bytes) {
  contract::Store c;
  c.queue = contract::Queue::store;
  c.dram_base = dram, c.local_base = local, c.local_run = c.dram_run = bytes;
  return c;
}

inline std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t n) {
  std::vector<std::uint8_t> bytes(n);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Issues the commands and expects the chip to stop with this error of the command at `index` among them.
inline void expect_error(Bench& b, const std::vector<Command>& commands, contract::Error error, contract::Queue queue, std::uint32_t index) {
  namespace reg = contract::reg;
  index += b.issued();
  b.issue(commands);
  REQUIRE(b.wait());
  CHECK(b.acknowledge() == 2);
  CHECK(contract::name(static_cast<contract::Error>(b.get(reg::ERROR_CODE))) == contract::name(error));
  CHECK(b.get(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(queue));
  CHECK(b.get(reg::ERROR_ADDRESS_LO) == static_cast<std::uint32_t>(Bench::ring) + index % Bench::ring_size * 64);
  CHECK(b.get(reg::ERROR_ADDRESS_HI) == Bench::ring >> 32);
  CHECK((b.get(reg::STATUS) & 0x100) != 0);
}

}  // namespace bench
