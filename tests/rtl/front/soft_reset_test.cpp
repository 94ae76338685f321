// SPDX-License-Identifier: Apache-2.0
#include <Vfront_soft_reset.h>

#include <algorithm>
#include <deque>

#include "bench.hpp"

namespace {

/// A write burst from the cycle its address is shown.
struct Burst {
  unsigned length, sent = 0;  // beats less one; beats
  bool taken = false;         // its address
  bool complete() const { return sent > length; }
};

/// What a memory wants of a burst before it is ready for the rest: AXI4 leaves it the choice.
enum class Order { any, address_first, data_first };

}  // namespace

TEST_CASE("a soft reset leaves no burst unanswered and breaks no handshake") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_soft_reset> bench;
  auto& dut = bench.dut;

  // A core that issues bursts at random, sends beats once it has shown their address, and forgets everything in reset; a memory that
  // answers what it accepted.
  std::deque<Burst> core_writes, memory_writes;
  std::deque<unsigned> memory_reads;  // beats left
  unsigned memory_acks = 0, resets = 0, next_length = 0, early = 0, early_masked = 0;
  Order order = Order::any;
  bool was_ar = false, was_aw = false, was_w = false;  // pending at the memory's side: must hold
  bool was_last = false, was_masked = false;
  bool ar_closed = false, aw_closed = false, w_closed = false;
  for (int cycle = 0; cycle < 100000; cycle++) {
    CAPTURE(cycle);
    if (!dut.request_i && chance(random, 1)) dut.request_i = 1;
    const bool in_reset = !dut.core_rst_no;
    bool core_shows = false;
    if (in_reset) {
      dut.core_arvalid_i = dut.core_awvalid_i = dut.core_wvalid_i = 0;
      core_writes.clear();
    } else {
      if (!dut.core_arvalid_i) dut.core_arvalid_i = chance(random, 30) && memory_reads.size() < 20;
      if (!dut.core_awvalid_i && memory_writes.size() < 20) {
        core_shows = dut.core_awvalid_i = chance(random, 30);
        next_length = random() % (chance(random, 5) ? 256 : 16);
      }
      if (!dut.core_wvalid_i && !core_writes.empty()) dut.core_wvalid_i = chance(random, 50);
      dut.core_wlast_i = !core_writes.empty() && core_writes.front().sent == core_writes.front().length;
    }
    dut.awlen_i = next_length;
    dut.core_rready_i = chance(random, 50);
    dut.core_bready_i = chance(random, 50);
    dut.arready_i = chance(random, 40);
    if (!dut.rvalid_i) dut.rvalid_i = !memory_reads.empty() && chance(random, 50);
    dut.rlast_i = !memory_reads.empty() && memory_reads.front() == 1;
    if (!dut.bvalid_i) dut.bvalid_i = memory_acks > 0 && chance(random, 50);
    bench.settle();

    // The burst whose beat is next, and whether that is the one whose address waits.
    const auto receiving = std::find_if(memory_writes.begin(), memory_writes.end(), [](const Burst& b) { return !b.complete(); });
    const bool waits = !memory_writes.empty() && !memory_writes.back().taken;
    const bool its_data = waits && receiving != memory_writes.end() && &*receiving == &memory_writes.back();
    const bool data_begun = waits && (memory_writes.back().sent > 0 || (its_data && dut.wvalid_o));
    dut.awready_i = chance(random, 40) && (order != Order::data_first || data_begun);
    dut.wready_i = chance(random, 40) && (order != Order::address_first || !its_data);
    bench.settle();

    // What is pending when a reset is asked for passes, and nothing after it.
    REQUIRE(dut.arvalid_o == (dut.core_arvalid_i && !ar_closed));
    REQUIRE(dut.awvalid_o == (dut.core_awvalid_i && !aw_closed));
    REQUIRE(dut.wmask_o == w_closed);
    if (!w_closed) REQUIRE(dut.wvalid_o == dut.core_wvalid_i);
    if (dut.request_i) {
      ar_closed |= !dut.core_arvalid_i || dut.arready_i;
      aw_closed |= !dut.core_awvalid_i || dut.awready_i;
      w_closed |= !dut.core_wvalid_i || dut.wready_i;
    }
    if (was_ar) REQUIRE(dut.arvalid_o);
    if (was_aw) REQUIRE(dut.awvalid_o);
    if (was_w) {
      REQUIRE(dut.wvalid_o);
      REQUIRE(dut.wlast_o == was_last);
      REQUIRE(dut.wmask_o == was_masked);
    }
    const bool shown = dut.awvalid_o && !was_aw;
    was_ar = dut.arvalid_o && !dut.arready_i, was_aw = dut.awvalid_o && !dut.awready_i, was_w = dut.wvalid_o && !dut.wready_i;
    was_last = dut.wlast_o, was_masked = dut.wmask_o;
    REQUIRE(bool(dut.core_arready_o && dut.core_arvalid_i) == bool(dut.arvalid_o && dut.arready_i));
    REQUIRE(bool(dut.core_awready_o && dut.core_awvalid_i) == bool(dut.awvalid_o && dut.awready_i));
    REQUIRE(dut.core_rvalid_o == (dut.rvalid_i && dut.core_rst_no));
    REQUIRE(dut.core_bvalid_o == (dut.bvalid_i && dut.core_rst_no));
    REQUIRE(dut.rready_o == (dut.core_rready_i || !dut.core_rst_no));
    REQUIRE(dut.bready_o == (dut.core_bready_i || !dut.core_rst_no));
    REQUIRE(dut.read_owed_o == !memory_reads.empty());
    REQUIRE(dut.write_owed_o == (!memory_writes.empty() || memory_acks > 0));
    REQUIRE(dut.busy_o == (dut.arvalid_o || dut.awvalid_o || dut.wvalid_o || dut.read_owed_o || dut.write_owed_o));

    if (dut.wvalid_o) REQUIRE(receiving != memory_writes.end());  // shown in an earlier cycle
    const bool w = dut.wvalid_o && dut.wready_i;
    if (w) {
      REQUIRE(bool(dut.wlast_o) == (receiving->sent == receiving->length));
      const bool ours = !(dut.core_wvalid_i && dut.core_wready_o);
      REQUIRE(ours == bool(dut.wmask_o));  // ours: writes nothing
      early += !receiving->taken;
      early_masked += !receiving->taken && ours;
      receiving->sent++;
    }
    const bool core_w = dut.core_wvalid_i && dut.core_wready_o, aw = dut.awvalid_o && dut.awready_i;
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
    if (core_shows) core_writes.push_back({next_length});
    if (shown) memory_writes.push_back({next_length});
    if (aw) {
      memory_writes.back().taken = true;
      order = static_cast<Order>(random() % 3);
      dut.core_awvalid_i = 0;
    }
    if (!memory_writes.empty() && memory_writes.front().taken && memory_writes.front().complete()) memory_writes.pop_front(), memory_acks++;
    if (core_w && core_writes.front().sent++ == core_writes.front().length) core_writes.pop_front();
    if (core_w) dut.core_wvalid_i = 0;
    if (core_ar) dut.core_arvalid_i = 0;
    if (done) dut.request_i = ar_closed = aw_closed = w_closed = 0, resets++;
  }
  CHECK(resets > 200);
  CHECK(early > 300);
  CHECK(early_masked > 20);
}

TEST_CASE("a soft reset waits for hundreds of bursts") {
  Bench<Vfront_soft_reset> bench;
  auto& dut = bench.dut;
  constexpr unsigned bursts = 1000;
  dut.rlast_i = dut.core_wlast_i = 1;   // of one beat each
  dut.arready_i = dut.awready_i = dut.wready_i = 1;
  for (unsigned shown = 0; shown < bursts; shown++) {
    dut.core_arvalid_i = dut.core_awvalid_i = 1;
    dut.core_wvalid_i = shown > 0;
    bench.tick();
  }
  dut.core_arvalid_i = dut.core_awvalid_i = 0;
  bench.tick();
  dut.core_wvalid_i = 0;
  dut.request_i = dut.rvalid_i = 1;
  for (unsigned answered = 0; answered < bursts; answered++) {
    bench.settle();
    REQUIRE(dut.done_o == 0);
    dut.core_rready_i = dut.core_bready_i = 1;
    dut.bvalid_i = answered > 0;   // the last reads and writes end apart from each other
    bench.tick();
  }
  dut.rvalid_i = 0;
  CHECK(dut.read_owed_o == 0);
  CHECK(dut.write_owed_o == 1);
  CHECK(dut.done_o == 0);
  bench.tick();
  dut.bvalid_i = 0;
  bench.settle();
  CHECK(dut.write_owed_o == 0);
  CHECK(dut.done_o == 1);
}
