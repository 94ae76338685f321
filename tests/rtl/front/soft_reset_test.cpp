// SPDX-License-Identifier: Apache-2.0
#include <Vfront_soft_reset.h>

#include <deque>

#include "bench.hpp"

TEST_CASE("a soft reset leaves no burst unanswered and breaks no handshake") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_soft_reset> bench;
  auto& dut = bench.dut;

  // A core that issues bursts at random and forgets everything in reset; a memory that answers what it accepted.
  struct Burst {
    unsigned length, sent;
  };
  std::deque<Burst> core_writes, memory_writes;
  std::deque<unsigned> memory_reads;  // beats left
  unsigned memory_acks = 0, resets = 0, next_length = 0;
  bool was_ar = false, was_aw = false, was_w = false;  // pending at the memory's side: must hold
  for (int cycle = 0; cycle < 100000; cycle++) {
    CAPTURE(cycle);
    if (!dut.request_i && chance(random, 1)) dut.request_i = 1;
    const bool in_reset = !dut.core_rst_no;
    if (in_reset) {
      dut.core_arvalid_i = dut.core_awvalid_i = dut.core_wvalid_i = 0;
      core_writes.clear();
    } else {
      if (!dut.core_arvalid_i) dut.core_arvalid_i = chance(random, 30) && memory_reads.size() < 20;
      if (!dut.core_awvalid_i && memory_writes.size() < 20) {
        dut.core_awvalid_i = chance(random, 30);
        next_length = random() % 16;
      }
      if (!dut.core_wvalid_i && !core_writes.empty()) dut.core_wvalid_i = chance(random, 50);
      dut.core_wlast_i = !core_writes.empty() && core_writes.front().sent == core_writes.front().length;
    }
    dut.awlen_i = next_length;
    dut.core_rready_i = chance(random, 50);
    dut.core_bready_i = chance(random, 50);
    dut.arready_i = chance(random, 40);
    dut.awready_i = chance(random, 40);
    dut.wready_i = chance(random, 40);
    if (!dut.rvalid_i) dut.rvalid_i = !memory_reads.empty() && chance(random, 50);
    dut.rlast_i = !memory_reads.empty() && memory_reads.front() == 1;
    if (!dut.bvalid_i) dut.bvalid_i = memory_acks > 0 && chance(random, 50);
    bench.settle();

    if (was_ar) REQUIRE(dut.arvalid_o);
    if (was_aw) REQUIRE(dut.awvalid_o);
    if (was_w) REQUIRE(dut.wvalid_o);
    was_ar = dut.arvalid_o && !dut.arready_i, was_aw = dut.awvalid_o && !dut.awready_i, was_w = dut.wvalid_o && !dut.wready_i;
    REQUIRE(bool(dut.core_arready_o && dut.core_arvalid_i) == bool(dut.arvalid_o && dut.arready_i));
    REQUIRE(bool(dut.core_awready_o && dut.core_awvalid_i) == bool(dut.awvalid_o && dut.awready_i));

    const bool w = dut.wvalid_o && dut.wready_i;
    if (w) {
      REQUIRE(!memory_writes.empty());
      REQUIRE(bool(dut.wlast_o) == (memory_writes.front().sent == memory_writes.front().length));
      if (!(dut.core_wvalid_i && dut.core_wready_o)) REQUIRE(dut.wmask_o);  // ours: writes nothing
    }
    const bool core_w = dut.core_wvalid_i && dut.core_wready_o, core_aw = dut.core_awvalid_i && dut.core_awready_o;
    const bool ar = dut.arvalid_o && dut.arready_i, core_ar = dut.core_arvalid_i && dut.core_arready_o;
    const bool r = dut.rvalid_i && dut.rready_o, b = dut.bvalid_i && dut.bready_o;
    const bool done = dut.done_o;
    if (done) {
      REQUIRE(memory_reads.empty());
      REQUIRE(memory_writes.empty());
      REQUIRE(memory_acks == 0);
    }
    bench.tick();
    if (ar) memory_reads.push_back(1 + random() % 16);
    if (r && --memory_reads.front() == 0) memory_reads.pop_front();
    if (r) dut.rvalid_i = 0;
    if (b) memory_acks--, dut.bvalid_i = 0;
    if (w && memory_writes.front().sent++ == memory_writes.front().length) memory_writes.pop_front(), memory_acks++;
    if (core_w && core_writes.front().sent++ == core_writes.front().length) core_writes.pop_front();
    if (core_aw) {
      core_writes.push_back({dut.awlen_i, 0});
      memory_writes.push_back({dut.awlen_i, 0});
      dut.core_awvalid_i = 0;
    }
    if (core_w) dut.core_wvalid_i = 0;
    if (core_ar) dut.core_arvalid_i = 0;
    if (done) dut.request_i = 0, resets++;
  }
  CHECK(resets > 200);
}
