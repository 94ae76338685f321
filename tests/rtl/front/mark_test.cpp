// SPDX-License-Identifier: Apache-2.0
#include <Vfront_mark.h>

#include <deque>

#include "bench.hpp"

TEST_CASE("marks leave in the order they were taken and interrupt when acknowledged") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_mark> bench;
  auto& dut = bench.dut;
  constexpr std::uint64_t ring = 0x7f'0000'0000;
  constexpr unsigned records = 8;
  dut.ring_i = ring;
  dut.ring_mask_i = records - 1;

  unsigned valid = 0, irqs = 0, tags[5] = {}, sent = 0, taken = 0, acknowledged = 0;
  std::deque<bool> flight;        // interrupt bits of records taken and not acknowledged
  bool expect_irq = false, offered = false;
  for (int cycle = 0; cycle < 50000; cycle++) {
    CAPTURE(cycle);
    const unsigned pace = cycle % 2000 < 1000 ? 80 : 5;
    for (unsigned q = 0; q < 5; q++) {
      if (!(valid >> q & 1) && chance(random, 20)) {  // holds until ready
        valid |= 1u << q;
        tags[q] = random();
        irqs = (irqs & ~(1u << q)) | (random() & 1) << q;
      }
      dut.tag_i[q] = tags[q];
    }
    dut.valid_i = valid;
    dut.irq_i = irqs;
    dut.mark_ready_i = dut.mark_valid_o && chance(random, pace);
    dut.mark_done_i = acknowledged < sent && chance(random, pace);
    bench.settle();

    REQUIRE(bool(dut.irq_o) == expect_irq);
    REQUIRE(dut.count_o == acknowledged);
    REQUIRE(bool(dut.mark_valid_o) == offered);
    const unsigned ready = dut.ready_o;
    REQUIRE((ready & ~valid) == 0);
    REQUIRE((ready & (ready - 1)) == 0);
    REQUIRE(bool(dut.snapshot_o) == (ready != 0));
    if (offered) REQUIRE(dut.mark_addr_o == ring + sent % records * 128);
    if (!offered && valid && flight.size() < 8) REQUIRE(ready == (valid & (~valid + 1)));

    expect_irq = false;
    if (dut.mark_ready_i) sent++, offered = false;
    if (dut.mark_done_i) {
      expect_irq = flight.front();
      flight.pop_front();
      acknowledged++;
    }
    if (ready) {
      REQUIRE(!offered);  // one record at a time
      const unsigned q = __builtin_ctz(ready);
      REQUIRE(dut.snapshot_queue_o == q);
      REQUIRE(dut.snapshot_tag_o == tags[q]);
      REQUIRE(dut.sequence_o == taken);
      taken++;
      offered = true;
      flight.push_back(irqs >> q & 1);
      valid &= ~(1u << q);
    }
    REQUIRE(flight.size() <= 8);
    bench.tick();
  }
  CHECK(acknowledged > 2000);
}

TEST_CASE("a ring of any size lies at any address") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (unsigned bits = 0; bits <= 17; bits++) {
    CAPTURE(bits);
    Bench<Vfront_mark> bench;
    auto& dut = bench.dut;
    const std::uint64_t ring = (std::uint64_t{random()} << 8 ^ random()) & 0xff'ffff'ffff;   // any, whatever the registers keep of it
    const std::uint32_t mask = (1u << bits) - 1;
    dut.ring_i = ring;
    dut.ring_mask_i = mask;
    dut.valid_i = 1;
    dut.mark_ready_i = dut.mark_done_i = 0;
    std::uint32_t sent = 0;
    while (sent <= mask + 2) {
      const bool offered = dut.mark_valid_o;
      if (offered && dut.mark_addr_o != ((ring + std::uint64_t{sent & mask} * 128) & 0xff'ffff'ffff)) FAIL("record " << sent << " is not in its place");
      dut.mark_ready_i = dut.mark_done_i = offered;
      bench.tick();
      sent += offered;
      if (dut.count_o != sent) FAIL("count is " << dut.count_o << " after " << sent);
    }
  }
}
