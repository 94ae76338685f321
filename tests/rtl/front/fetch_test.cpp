// SPDX-License-Identifier: Apache-2.0
#include <Vfront_fetch_16.h>
#include <Vfront_fetch_4.h>
#include <Vfront_fetch_64.h>

#include <cstring>
#include <deque>

#include "bench.hpp"

namespace {

/// Byte `i` of the command that was in the ring at `address` when it was read for the `turn`-th time.
std::uint8_t byte_of(std::uint64_t address, unsigned turn, unsigned i) { return static_cast<std::uint8_t>(address / 64 * 7 + turn * 131 + i * 29); }

/// Fetches with random memory timing, doorbells and back-pressure from a ring of 16.
template <class Dut, unsigned Word>
void fetch_randomly(std::uint64_t ring) {
  const auto seed = twill_seed();
  CAPTURE(seed, Word);
  std::mt19937 random(seed);
  Bench<Dut> bench;
  auto& dut = bench.dut;
  constexpr unsigned ring_size = 16;
  dut.run_i = 1;
  dut.ring_i = ring;
  dut.ring_mask_i = ring_size - 1;
  dut.doorbell_i = 0;

  std::deque<unsigned> asked;  // commands granted and not all delivered
  unsigned beat = 0, granted = 0, delivered = 0, taken = 0;
  for (int cycle = 0; cycle < 60000; cycle++) {
    CAPTURE(cycle);
    const unsigned pace = cycle % 2000 < 1000 ? 90 : 15;
    dut.run_i = cycle % 777 >= 30;
    // The host keeps to its side: it rings at most a ring ahead of what was fetched.
    if (chance(random, 5)) {
      const unsigned room = dut.fetched_o + ring_size - dut.doorbell_i;
      dut.doorbell_i += random() % (room + 1);
    }
    dut.gnt_i = 0;
    dut.data_valid_i = !asked.empty() && chance(random, pace);
    const unsigned at = asked.empty() ? 0 : asked.front();
    if (dut.data_valid_i) {
      std::uint8_t data[64];
      for (unsigned i = 0; i < Word; i++) data[i] = byte_of(ring + at % ring_size * 64, at / ring_size, beat * Word + i);
      std::memcpy(&dut.data_i, data, Word);
    }
    dut.ready_i = chance(random, pace);
    bench.settle();
    dut.gnt_i = dut.req_o && chance(random, pace);
    bench.settle();

    if (dut.gnt_i) {
      REQUIRE(dut.addr_o == ring + granted % ring_size * 64);
      REQUIRE(granted != dut.doorbell_i);
      REQUIRE(granted - taken < 8 + 1);  // the buffer and the output register
      asked.push_back(granted++);
    }
    if (dut.data_valid_i && ++beat == 64 / Word) {
      beat = 0;
      asked.pop_front();
      delivered++;
    }
    if (dut.valid_o) {
      REQUIRE(dut.index_o == taken);
      std::uint8_t command[64];
      std::memcpy(command, dut.cmd_o.data(), 64);
      for (unsigned i = 0; i < 64; i++) REQUIRE(command[i] == byte_of(ring + taken % ring_size * 64, taken / ring_size, i));
      taken += dut.ready_i;
    }
    bench.tick();
    REQUIRE(dut.fetched_o == delivered);
    REQUIRE(bool(dut.left_o) == (taken != dut.doorbell_i));
  }
  CHECK(taken > 1000);
}

/// Cycles the consumer waits for commands when memory answers after `latency` cycles and takes a request each second cycle.
template <class Dut, unsigned Word>
int gaps(unsigned latency, int commands) {
  Bench<Dut> bench;
  auto& dut = bench.dut;
  dut.run_i = dut.gnt_i = 1;
  dut.ring_i = 0;
  dut.ring_mask_i = 0xffff;
  dut.doorbell_i = commands;
  std::deque<int> due;  // cycle of each command's first beat
  int beats = 0, taken = 0, gaps = 0, bus_free = 0;
  for (int cycle = 0; taken < commands && cycle < 100000; cycle++) {
    if (dut.req_o) due.push_back(cycle + static_cast<int>(latency));
    dut.data_valid_i = !due.empty() && due.front() <= cycle && bus_free <= cycle;
    if (dut.data_valid_i && ++beats == 64 / int(Word)) beats = 0, due.pop_front();
    dut.ready_i = 1;
    bench.settle();
    if (dut.valid_o) taken++;
    else if (taken > 8) gaps++;
    bench.tick();
  }
  REQUIRE(taken == commands);
  return gaps;
}

}  // namespace

TEST_CASE("fetch delivers the ring's commands in order whatever memory and decoder do") {
  for (const std::uint64_t ring : {0x12'3456'7000, 0xed'cba9'8bff}) {   // any address passes, whatever the registers keep of it
    fetch_randomly<Vfront_fetch_4, 4>(ring);
    fetch_randomly<Vfront_fetch_16, 16>(ring);
    fetch_randomly<Vfront_fetch_64, 64>(ring);
  }
}

TEST_CASE("fetch goes round a ring of any size") {
  for (unsigned bits : {0, 3, 9, 17}) {
    CAPTURE(bits);
    Bench<Vfront_fetch_16> bench;
    auto& dut = bench.dut;
    dut.run_i = dut.gnt_i = dut.ready_i = 1;
    dut.ring_i = 0;
    dut.ring_mask_i = (1u << bits) - 1;
    dut.doorbell_i = 0;
    unsigned asked = 0, beats = 0;
    while (dut.fetched_o <= dut.ring_mask_i + 2) {
      dut.doorbell_i = dut.fetched_o + 1;   // at most a ring ahead, even of one
      if (dut.req_o && dut.addr_o != std::uint64_t{asked++ & dut.ring_mask_i} * 64) FAIL("command " << asked - 1 << " is not read from its place");
      dut.data_valid_i = beats > 0;
      beats += dut.req_o ? 4 : 0;
      beats -= dut.data_valid_i;
      bench.tick();
    }
  }
}

TEST_CASE("fetch keeps the bus busy when memory answers within the buffer's depth") {
  // A command is 4 beats: with the answer within 8 commands, one command arrives every 4 cycles.
  CHECK(gaps<Vfront_fetch_16, 16>(20, 200) <= 3 * 200);
}

TEST_CASE("fetch does not ask beyond the doorbell nor while paused") {
  Bench<Vfront_fetch_16> bench;
  auto& dut = bench.dut;
  dut.run_i = 1;
  dut.doorbell_i = 0;
  dut.gnt_i = dut.data_valid_i = dut.ready_i = 0;
  for (int i = 0; i < 10; i++) bench.tick();
  CHECK(dut.req_o == 0);
  CHECK(dut.left_o == 0);
  dut.run_i = 0;
  dut.doorbell_i = 1;
  for (int i = 0; i < 10; i++) bench.tick();
  CHECK(dut.req_o == 0);
  CHECK(dut.left_o == 1);
  dut.run_i = 1;
  bench.tick();
  CHECK(dut.req_o == 1);
}
