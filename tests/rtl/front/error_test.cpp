// SPDX-License-Identifier: Apache-2.0
#include <Vfront_error.h>
#include <Vfront_watchdog.h>

#include <algorithm>

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

TEST_CASE("of errors in one cycle the cause is latched, with its command") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  ErrorBench bench;
  auto& dut = bench.dut;
  for (int i = 0; i < 5000; i++) {
    CAPTURE(i);
    bench.reset();
    const auto seldom = [&](unsigned bits) { return chance(random, 20) ? random() & ((1u << bits) - 1) : 0; };
    const auto any_code = [&] {   // none that only the watchdog has
      unsigned code;
      do code = random() & 31;
      while (code == unsigned(Error::watchdog) || code == unsigned(Error::remote_wait));
      return code;
    };
    const std::uint64_t at = (std::uint64_t{random()} << 8 ^ random()) & 0xff'ffff'ffff;
    const std::uint32_t mask = (1u << random() % 18) - 1;
    dut.ring_i = at, dut.ring_mask_i = mask;
    dut.decode_i = seldom(1), dut.decode_code_i = any_code(), dut.decode_queue_i = random() & 7, dut.decode_index_i = random();
    dut.ecc_i = seldom(1) << random() % 6, dut.ecc_nameless_i = dut.ecc_i && seldom(1), dut.ecc_info_i = random();
    dut.engine_i = seldom(5), dut.engine_code_i = 0;
    for (unsigned q = 0; q < 5; q++) dut.engine_code_i |= any_code() << (5 * q);
    dut.remote_i = seldom(1), dut.remote_code_i = any_code(), dut.remote_info_i = random();
    const unsigned giver = random() % 9;
    dut.overflow_i = seldom(1), dut.overflow_giver_i = dut.overflow_i << giver;
    dut.bus_i = seldom(1), dut.waits_remote_i = seldom(5), dut.suspects_i = random() & 31;
    dut.watchdog_i = chance(random, 50);
    for (unsigned q = 0; q < 5; q++) dut.engine_info_i[q] = random(), dut.given_index_i[q] = random();

    // What the queues answer to blame_o, two cycles on; the commands lie close together.
    std::uint32_t index[5];
    const std::uint32_t base = random();
    for (auto& of : index) of = base + random() % (chance(random, 50) ? 100 : 10);
    const unsigned awake = random() & random() & 31, slots = random() & 0x3fffffff;
    const std::uint32_t fetched = random();

    bool any = true, nameless = false;
    unsigned code = 0, queue = 0;
    std::uint32_t info = 0, command = 0;
    const auto of_queue = [&](Error error, unsigned q) { code = unsigned(error), queue = q, command = index[q]; };
    if (dut.decode_i) {
      code = dut.decode_code_i, queue = dut.decode_queue_i, command = dut.decode_index_i;
    } else if (dut.ecc_i) {
      const unsigned reader = __builtin_ctz(dut.ecc_i);
      of_queue(Error::ecc, std::min(reader, 4u));
      nameless = reader == 5 || dut.ecc_nameless_i;
      info = dut.ecc_info_i;
    } else if (dut.engine_i) {
      const unsigned engine = __builtin_ctz(dut.engine_i);
      of_queue(static_cast<Error>(dut.engine_code_i >> (5 * engine) & 31), engine);
      info = dut.engine_info_i[engine];
    } else if (dut.remote_i) {
      code = dut.remote_code_i, queue = 4, info = dut.remote_info_i, nameless = true;
    } else if (dut.overflow_i) {
      of_queue(Error::semaphore_overflow, giver < 5 ? giver : giver - 4);
      if (giver < 5) command = dut.given_index_i[giver];
      nameless = giver == 8;
    } else if (dut.watchdog_i) {
      const unsigned remote = dut.waits_remote_i & dut.suspects_i, blamed = (remote ? remote : dut.suspects_i) & awake;
      code = unsigned(remote ? Error::remote_wait : Error::watchdog);
      command = fetched, info = awake << 24;
      for (unsigned q = 5; q-- > 0;)
        if (blamed >> q & 1 && ((blamed >> q) == 1 || index[q] - base <= command - base)) queue = q, command = index[q];
      if (blamed) info |= slots >> (6 * queue) & 63;
    } else if (dut.bus_i) {
      of_queue(Error::bus, 0);
    } else {
      any = false;
    }

    bench.tick();
    bench.quiet();
    dut.ring_i = at, dut.ring_mask_i = mask;
    dut.decode_i = chance(random, 50);   // comes too late
    REQUIRE(dut.stopped_o == any);
    REQUIRE(dut.blame_o == any);
    if (!any) continue;
    bench.tick();
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = index[q];
    dut.awake_i = awake, dut.slot_i = slots, dut.fetched_i = fetched;
    bench.tick();
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = ~index[q];
    REQUIRE(dut.irq_o == 1);
    for (int cycle = 0; cycle < 2; cycle++) {
      REQUIRE(dut.stopped_o == 1);
      REQUIRE(dut.blame_o == 0);
      REQUIRE(dut.code_o == code);
      REQUIRE(dut.queue_o == queue);
      REQUIRE(dut.info_o == info);
      REQUIRE(dut.address_o == (nameless ? 0 : (at + std::uint64_t{command & mask} * 64) & 0xff'ffff'ffff));
      bench.tick();
      REQUIRE(dut.irq_o == 0);
    }
  }
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
    const unsigned scale = round % 50 == 0 ? 40 : 1;
    const std::uint32_t limit = (20 + random() % 100) * scale, wait_limit = chance(random, 30) ? 0 : limit + random() % 500 * scale;
    dut.run_i = dut.waiting_i = dut.progress_i = dut.elapsed_i = 1;
    dut.limit_i = limit, dut.wait_limit_i = wait_limit;
    pause(bench);
    // Queue q stands from cycle from[q] on; before that it moves now and then. One queue works.
    unsigned from[5], waits = random() & 31u, worker = random() % 5;
    for (unsigned& f : from) f = chance(random, 50) ? 1u << 30 : random() % 1000 * scale;
    const bool quiet = chance(random, 20);
    unsigned at = 0;
    unsigned asked = 0, runs = 0;  // cycles ago, one bit each; of questions, eight in a row each
    std::uint32_t since[5] = {};
    for (unsigned cycle = 1; cycle < 3000 * scale && at == 0; cycle++) {
      dut.state_i = 0;
      for (unsigned q = 0; q < 5; q++) {
        const bool stands = q != worker && !quiet && (cycle >= from[q] || cycle % 16 != q);
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
        for (unsigned q = 0; q < 5; q++) {
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
        bench.reset();
        CHECK(dut.error_o == 0);
      } else {
        for (unsigned q = 0; q < 5; q++) {
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

TEST_CASE("a wait for another chip has its own limit, an edge may stand for many cycles") {
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
