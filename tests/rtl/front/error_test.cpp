// SPDX-License-Identifier: Apache-2.0
#include <Vfront_error.h>
#include <Vfront_watchdog.h>

#include <twill/contract.hpp>

#include "bench.hpp"

using twill::contract::Error;

namespace {

void quiet(Vfront_error& dut) {
  dut.decode_i = dut.engine_i = dut.overflow_i = dut.watchdog_i = dut.bus_i = 0;
  dut.ring_i = 0x10'0000'0000;
  dut.ring_mask_i = 255;
  for (unsigned q = 0; q < 5; q++) dut.index_i[q] = 0x300 + q;
}

}  // namespace

TEST_CASE("the first error is latched with its queue and its command's address") {
  Bench<Vfront_error> bench;
  auto& dut = bench.dut;
  quiet(dut);
  bench.tick();
  CHECK(dut.stopped_o == 0);
  dut.engine_i = 0b1010;  // array and store: the array's counts
  dut.engine_code_i = unsigned(Error::address_range) << 5 | unsigned(Error::walk_mismatch) << 15;
  dut.engine_info_i[1] = 0xabcd;
  dut.watchdog_i = 1;
  bench.tick();
  CHECK(dut.stopped_o == 1);
  CHECK(dut.irq_o == 1);
  CHECK(dut.code_o == unsigned(Error::address_range));
  CHECK(dut.queue_o == 1);
  CHECK(dut.address_o == 0x10'0000'0000 + 1 * 64);
  CHECK(dut.info_o == 0xabcd);
  quiet(dut);
  dut.decode_i = 1;  // a later one changes nothing
  bench.tick();
  CHECK(dut.irq_o == 0);
  CHECK(dut.code_o == unsigned(Error::address_range));
  bench.reset();
  CHECK(dut.stopped_o == 0);
  CHECK(dut.code_o == 0);
}

TEST_CASE("each source of an error has its code") {
  struct Case {
    Error error;
    unsigned queue;
    std::uint64_t slot;  // of the command in the ring
  };
  const auto expect = [](Bench<Vfront_error>& bench, Case c) {
    bench.tick();
    CHECK(bench.dut.code_o == unsigned(c.error));
    CHECK(bench.dut.queue_o == c.queue);
    CHECK(bench.dut.address_o == 0x10'0000'0000 + c.slot * 64);
  };
  {
    Bench<Vfront_error> bench;
    quiet(bench.dut);
    bench.dut.decode_i = 1, bench.dut.decode_code_i = unsigned(Error::reserved_bit), bench.dut.decode_queue_i = 6, bench.dut.decode_index_i = 0x1ff;
    expect(bench, {Error::reserved_bit, 6, 0xff});
  }
  {
    Bench<Vfront_error> bench;
    quiet(bench.dut);
    bench.dut.overflow_i = 1, bench.dut.overflow_queue_i = 2;
    expect(bench, {Error::semaphore_overflow, 2, 2});
  }
  {
    Bench<Vfront_error> bench;
    quiet(bench.dut);
    bench.dut.watchdog_i = 1, bench.dut.watchdog_queue_i = 3, bench.dut.watchdog_info_i = 0x1f000021;
    expect(bench, {Error::watchdog, 3, 3});
    CHECK(bench.dut.info_o == 0x1f000021);
  }
  {
    Bench<Vfront_error> bench;
    quiet(bench.dut);
    bench.dut.bus_i = 1;
    expect(bench, {Error::bus, 0, 0});
  }
}

TEST_CASE("the watchdog fires after exactly its limit of cycles without progress and blames the oldest command") {
  for (std::uint32_t limit : {1u, 5u, 1000u}) {
    CAPTURE(limit);
    Bench<Vfront_watchdog> bench;
    auto& dut = bench.dut;
    dut.run_i = 1;
    dut.limit_i = limit;
    dut.empty_i = 0b11001;
    for (unsigned q = 0; q < 5; q++) dut.index_i[q] = 0;
    dut.index_i[1] = 3;                        // after the wrap of the index
    dut.index_i[2] = 0xfffffffe;               // before it: older
    dut.slot_i = 0x21u << 6 | 0x3au << 12;
    dut.progress_i = 1;
    bench.tick();
    dut.progress_i = 0;
    unsigned cycles = 0;
    while (!dut.error_o && cycles < 2000) bench.tick(), cycles++;
    CHECK(cycles == limit + 1);
    CHECK(dut.error_queue_o == 2);
    CHECK(dut.error_info_o == (0b00110u << 24 | 0x3a));
    // Progress just in time, an empty chip and a limit of 0 keep it quiet.
    for (unsigned i = 0; i < 10 * limit && i < 3000; i++) {
      dut.progress_i = i % limit == 0;
      bench.tick();
      if (i > 0) CHECK(dut.error_o == 0);
    }
    dut.progress_i = 0;
    dut.empty_i = 31;
    for (unsigned i = 0; i < 3 * limit; i++) bench.tick();
    CHECK(dut.error_o == 0);
    dut.empty_i = 0;
    dut.limit_i = 0;
    for (unsigned i = 0; i < 3 * limit; i++) bench.tick();
    CHECK(dut.error_o == 0);
  }
}
