// SPDX-License-Identifier: Apache-2.0
#include <Vfront_error.h>
#include <Vfront_watchdog.h>

#include <twill/contract.hpp>

#include "bench.hpp"

using twill::contract::Error;

namespace {

constexpr std::uint64_t ring = 0x10'0000'0000;

/// An error block whose queues answer blame_o in the next cycle: queue q with command 0x300 + q.
struct ErrorBench : Bench<Vfront_error> {
  ErrorBench() { quiet(); }
  void quiet() {
    dut.decode_i = dut.ecc_i = dut.ecc_nameless_i = dut.remote_i = dut.waits_remote_i = dut.engine_i = dut.overflow_i = dut.watchdog_i = dut.bus_i = 0;
    dut.suspects_i = 31;
    dut.ring_i = ring;
    dut.ring_mask_i = 255;
    dut.awake_i = 31;
  }
  /// One cycle with the sources as set, and the cycles until everything is latched.
  void strike() {
    tick();
    CHECK(dut.stopped_o == 1);
    quiet();
    for (int i = 0; i < 3; i++) {
      const bool asked = dut.blame_o;
      tick();
      for (unsigned q = 0; q < 5; q++) dut.index_i[q] = asked ? 0x300 + q : 0;
      if (dut.irq_o) irqs++;
    }
  }
  int irqs = 0;
};

}  // namespace

TEST_CASE("a word of memory that is lost is the error of the queue that read it") {
  for (unsigned reader = 0; reader < 6; reader++) {
    CAPTURE(reader);
    ErrorBench bench;
    auto& dut = bench.dut;
    dut.ecc_i = 1u << reader;
    dut.ecc_info_i = 0x1001234;
    dut.engine_i = 31;   // whatever the engines made of it
    dut.remote_i = dut.overflow_i = 1;
    dut.overflow_giver_i = 1;
    bench.strike();
    CHECK(bench.irqs == 1);
    CHECK(dut.code_o == unsigned(Error::ecc));
    CHECK(dut.queue_o == (reader < 5 ? reader : 4));
    CHECK(dut.address_o == (reader < 5 ? ring + reader * 64 : 0));   // for a message of another chip: no command
    CHECK(dut.info_o == 0x1001234);
  }
  ErrorBench bench;   // a command, and its index is gone, too
  bench.dut.ecc_i = 4;
  bench.dut.ecc_nameless_i = 1;
  bench.dut.ecc_info_i = 0x30000c0;
  bench.strike();
  CHECK(bench.dut.code_o == unsigned(Error::ecc));
  CHECK(bench.dut.queue_o == 2);
  CHECK(bench.dut.address_o == 0);
}

TEST_CASE("the first error is latched with its queue and its command's address") {
  ErrorBench bench;
  auto& dut = bench.dut;
  bench.tick();
  CHECK(dut.stopped_o == 0);
  dut.engine_i = 0b1010;  // array and store: the array's counts
  dut.engine_code_i = unsigned(Error::address_range) << 5 | unsigned(Error::walk_mismatch) << 15;
  dut.engine_info_i[1] = 0xabcd;
  dut.watchdog_i = 1;
  bench.strike();
  CHECK(bench.irqs == 1);
  CHECK(dut.code_o == unsigned(Error::address_range));
  CHECK(dut.queue_o == 1);
  CHECK(dut.address_o == ring + 1 * 64);
  CHECK(dut.info_o == 0xabcd);
  dut.decode_i = 1;  // a later one changes nothing
  bench.strike();
  CHECK(bench.irqs == 1);
  CHECK(dut.code_o == unsigned(Error::address_range));
  CHECK(dut.address_o == ring + 1 * 64);
  bench.reset();
  CHECK(dut.stopped_o == 0);
  CHECK(dut.code_o == 0);
}

TEST_CASE("each source of an error has its code, queue and command") {
  const auto check = [](ErrorBench& bench, Error error, unsigned queue, std::uint64_t slot) {
    bench.strike();
    CHECK(bench.irqs == 1);
    CHECK(bench.dut.code_o == unsigned(error));
    CHECK(bench.dut.queue_o == queue);
    CHECK(bench.dut.address_o == ring + slot * 64);
  };
  SECTION("decoder") {
    ErrorBench bench;
    bench.dut.decode_i = 1, bench.dut.decode_code_i = unsigned(Error::reserved_bit), bench.dut.decode_queue_i = 6, bench.dut.decode_index_i = 0x1ff;
    check(bench, Error::reserved_bit, 6, 0xff);
  }
  SECTION("a queue signals too often") {
    ErrorBench bench;
    bench.dut.overflow_i = 1, bench.dut.overflow_giver_i = 1 << 3, bench.dut.given_index_i[3] = 0x123;
    check(bench, Error::semaphore_overflow, 3, 0x23);
  }
  SECTION("an engine's tile signal does") {
    ErrorBench bench;
    bench.dut.overflow_i = 1, bench.dut.overflow_giver_i = 1 << 6;
    check(bench, Error::semaphore_overflow, 2, 2);
  }
  SECTION("another chip's signal does") {
    ErrorBench bench;
    bench.dut.overflow_i = 1, bench.dut.overflow_giver_i = 1 << 8;
    bench.strike();
    CHECK(bench.dut.code_o == unsigned(Error::semaphore_overflow));
    CHECK(bench.dut.queue_o == 4);
    CHECK(bench.dut.address_o == 0);
  }
  SECTION("a message of another chip") {
    ErrorBench bench;
    bench.dut.remote_i = 1, bench.dut.remote_code_i = unsigned(Error::remote_access), bench.dut.remote_info_i = 0x12345678;
    bench.strike();
    CHECK(bench.dut.code_o == unsigned(Error::remote_access));
    CHECK(bench.dut.queue_o == 4);
    CHECK(bench.dut.address_o == 0);
    CHECK(bench.dut.info_o == 0x12345678);
  }
  SECTION("the network engine") {
    ErrorBench bench;
    bench.dut.engine_i = 1 << 4, bench.dut.engine_code_i = unsigned(Error::bad_field) << 20;
    check(bench, Error::bad_field, 4, 4);
  }
  SECTION("a wait for another chip: whoever waits for it, though others are older") {
    ErrorBench bench;
    auto& dut = bench.dut;
    dut.watchdog_i = 1;
    dut.waits_remote_i = 0b11000;
    bench.tick();
    dut.watchdog_i = dut.waits_remote_i = 0;
    bench.tick();
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = q;
    dut.slot_i = 0x21u << 6 | 0x3bu << 18;
    bench.tick();
    CHECK(dut.code_o == unsigned(Error::remote_wait));
    CHECK(dut.queue_o == 3);
    CHECK(dut.address_o == ring + 3 * 64);
    CHECK(dut.info_o == (0b11111u << 24 | 0x3b));
  }
  SECTION("watchdog") {
    ErrorBench bench;
    auto& dut = bench.dut;
    dut.watchdog_i = 1;
    bench.tick();
    dut.watchdog_i = 0;
    bench.tick();
    dut.awake_i = 0b10110;
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = 0;
    dut.index_i[1] = 3;                        // after the wrap of the index
    dut.index_i[2] = 0xfffffffe;               // before it: older
    dut.index_i[4] = 5;
    dut.slot_i = 0x21u << 6 | 0x3au << 12;
    bench.tick();
    CHECK(dut.irq_o == 1);
    CHECK(dut.code_o == unsigned(Error::watchdog));
    CHECK(dut.queue_o == 2);
    CHECK(dut.address_o == ring + 0xfe * 64);
    CHECK(dut.info_o == (0b10110u << 24 | 0x3a));
  }
  SECTION("watchdog: one queue stands while others work") {
    ErrorBench bench;
    auto& dut = bench.dut;
    dut.watchdog_i = 1;
    dut.suspects_i = 0b01100;
    dut.waits_remote_i = 0b10000;              // another one waits for another chip
    bench.tick();
    dut.watchdog_i = 0;
    bench.tick();
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = 10 - q;
    dut.slot_i = 0x25u << 18 | 0x3fu;
    bench.tick();
    bench.tick();
    CHECK(dut.code_o == unsigned(Error::watchdog));
    CHECK(dut.queue_o == 3);                   // the older of the two
    CHECK(dut.address_o == ring + 7 * 64);
    CHECK(dut.info_o == (0b11111u << 24 | 0x25));
  }
  SECTION("watchdog with all queues empty: the command that does not come") {
    ErrorBench bench;
    auto& dut = bench.dut;
    dut.watchdog_i = 1;
    bench.tick();
    dut.watchdog_i = 0;
    bench.tick();
    dut.awake_i = 0;
    dut.fetched_i = 0x142;
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = 7;
    dut.slot_i = 0x3fffffff;
    bench.tick();
    CHECK(dut.irq_o == 1);
    CHECK(dut.code_o == unsigned(Error::watchdog));
    CHECK(dut.queue_o == 0);
    CHECK(dut.address_o == ring + 0x42 * 64);
    CHECK(dut.info_o == 0);
  }
  SECTION("memory") {
    ErrorBench bench;
    bench.dut.bus_i = 1;
    check(bench, Error::bus, 0, 0);
  }
}

namespace {

/// One cycle with run_i low: the watchdog begins anew.
void pause(Bench<Vfront_watchdog>& bench) {
  bench.dut.run_i = 0;
  bench.tick();
  CHECK(bench.dut.error_o == 0);
  CHECK(bench.dut.ask_o == 0);
  bench.dut.run_i = 1;
}

}  // namespace

TEST_CASE("the watchdog fires after exactly its limit of cycles without progress") {
  for (std::uint32_t limit : {1u, 5u, 1000u}) {
    CAPTURE(limit);
    Bench<Vfront_watchdog> bench;
    auto& dut = bench.dut;
    dut.run_i = dut.waiting_i = dut.progress_i = 1;
    dut.elapsed_i = 1;
    dut.limit_i = limit;
    pause(bench);
    dut.progress_i = 0;
    unsigned cycles = 0;
    while (!dut.error_o && cycles < 2000) bench.tick(), cycles++;
    CHECK(cycles == limit);
    CHECK(dut.suspects_o == 31);
    bench.tick();
    CHECK(dut.error_o == 1);   // until the chip pauses
    // Progress just in time, an empty chip, a pause and a limit of 0 keep it quiet.
    const auto quiet = [&](const char* why, auto&& set) {
      CAPTURE(why);
      dut.progress_i = dut.waiting_i = 1, dut.limit_i = limit;
      pause(bench);
      dut.progress_i = 0;
      for (unsigned i = 0; i < 3 * limit; i++) {
        set(i);
        bench.settle();
        CHECK(dut.error_o == 0);
        bench.tick();
      }
    };
    quiet("progress", [&](unsigned i) { dut.progress_i = i % limit == limit - 1; });
    quiet("empty", [&](unsigned) { dut.waiting_i = 0; });
    quiet("paused", [&](unsigned) { dut.run_i = 0; });
    quiet("off", [&](unsigned) { dut.limit_i = 0; });
  }
}

TEST_CASE("the watchdog finds one queue that stands while others work, against a model") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr unsigned answer = 13;  // cycles from the end of a span to the error
  unsigned engines = 0, semaphores = 0, none = 0;
  for (int round = 0; round < 300; round++) {
    CAPTURE(round);
    Bench<Vfront_watchdog> bench;
    auto& dut = bench.dut;
    const std::uint32_t limit = 20 + random() % 100, wait_limit = chance(random, 30) ? 0 : limit + random() % 500;
    dut.run_i = dut.waiting_i = dut.progress_i = dut.elapsed_i = 1;
    dut.limit_i = limit, dut.wait_limit_i = wait_limit;
    pause(bench);
    // Queue q stands from cycle from[q] on; before that it moves now and then. Queue 4 works.
    unsigned from[4], waits = random() & 15u;
    for (unsigned& f : from) f = chance(random, 50) ? 1u << 30 : random() % 1000;
    const bool quiet = chance(random, 20);
    unsigned at = 0;
    unsigned asked = 0, runs = 0;  // cycles ago, one bit each; of questions, eight in a row each
    std::uint32_t since[4] = {};
    for (unsigned cycle = 1; cycle < 3000 && at == 0; cycle++) {
      dut.state_i = 1u << 8;
      for (unsigned q = 0; q < 4; q++) {
        const bool stands = !quiet && (cycle >= from[q] || cycle % 16 != q);
        dut.state_i |= (stands ? 2u + (cycle & 1u) : 1u) << (2 * q);
        if (!stands) since[q] = cycle;
      }
      // What it says at other times is of no interest. A token that another queue takes is seen for a cycle, and that is no end of the wait.
      dut.semaphore_i = !(asked & 2u) ? 0x1f : cycle % 8 == 3 ? 0 : waits;
      bench.settle();
      if (dut.error_o) at = cycle;
      runs = dut.ask_o ? runs + 1 : 0;
      REQUIRE(runs <= 8);
      asked = (asked << 1 | dut.ask_o) & 3u;
      if (at) {
        unsigned expected = 0;
        for (unsigned q = 0; q < 4; q++) {
          const std::uint32_t stood = cycle - since[q];
          const bool named = dut.suspects_o >> q & 1u, on_semaphore = waits >> q & 1u;
          if (named) {
            CHECK(stood >= (on_semaphore ? wait_limit : limit));
            (on_semaphore ? semaphores : engines)++;
          }
          if (!on_semaphore && stood > 2 * limit + answer) expected |= 1u << q;
          if (on_semaphore && wait_limit && stood > 2 * (wait_limit + limit) + answer) expected |= 1u << q;
        }
        CHECK((dut.suspects_o & expected) == expected);
        CHECK((dut.suspects_o >> 4) == 0);
      } else {
        for (unsigned q = 0; q < 4; q++) {
          const std::uint32_t stood = cycle - since[q];
          REQUIRE(((waits >> q & 1u) ? wait_limit == 0 || stood <= 2 * (wait_limit + limit) + answer : stood <= 2 * limit + answer));
        }
      }
      bench.tick();
    }
    none += at == 0;
  }
  CHECK(engines > 50);
  CHECK(semaphores > 20);
  CHECK(none > 20);
}

TEST_CASE("a queue that moves while the watchdog looks is not stuck") {
  for (unsigned moves = 0; moves < 12; moves++) {
    CAPTURE(moves);
    Bench<Vfront_watchdog> bench;
    auto& dut = bench.dut;
    dut.run_i = dut.waiting_i = dut.progress_i = dut.elapsed_i = 1;
    dut.limit_i = 50;
    dut.state_i = 2;
    pause(bench);
    while (!dut.ask_o) bench.tick();
    for (unsigned cycle = 0; cycle < 40; cycle++) {
      dut.state_i = cycle == moves ? 1 : 2;
      bench.tick();
      if (cycle < 9) REQUIRE(dut.error_o == 0);
    }
    CHECK(bool(dut.error_o) == (moves > 9));
  }
}

TEST_CASE("a wait for another chip has its own limit; an edge may stand for many cycles") {
  Bench<Vfront_watchdog> bench;
  auto& dut = bench.dut;
  dut.run_i = dut.waiting_i = dut.progress_i = dut.elapsed_i = 1;
  dut.limit_i = 18000;
  dut.remote_limit_i = 20000;
  pause(bench);
  dut.progress_i = 0;
  dut.remote_i = 1;
  for (unsigned i = 0; i < 100; i++) bench.tick();
  CHECK(dut.error_o == 0);
  CHECK(dut.far_o == 1);
  dut.elapsed_i = 4096;
  unsigned still = 100;
  while (dut.far_o) bench.tick(), still += 4096;
  CHECK(still < 20000);   // the sleeper stops in time
  dut.elapsed_i = 1;
  while (!dut.error_o && still < 30000) bench.tick(), still++;
  CHECK(still == 20000);
  pause(bench);
  bench.tick();
  CHECK(dut.error_o == 0);
  dut.remote_i = 0;
  dut.elapsed_i = 4096;
  for (still = 1; !dut.error_o && still < 30000; still += 4096) bench.tick();
  CHECK(still >= 18000);
  CHECK(still < 18000 + 4096);
}
