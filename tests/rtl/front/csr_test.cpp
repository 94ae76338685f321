// SPDX-License-Identifier: Apache-2.0
#include <Vfront_csr.h>

#include <map>

#include <twill/contract.hpp>

#include "bench.hpp"

namespace {

struct Lite : Bench<Vfront_csr> {
  std::mt19937 random{twill_seed()};

  Lite() {
    dut.sem_value_i = 0x5a;
    dut.counter_i = 0;
  }
  struct Answer {
    std::uint32_t data;
    unsigned response;
  };
  /// Address and data come in any order, the master takes its time.
  unsigned write(std::uint32_t address, std::uint32_t data, unsigned strobe = 15) {
    bool sent_address = false, sent_data = false;
    for (int cycle = 0; cycle < 1000; cycle++) {
      if (!sent_address && !dut.s_axil_awvalid) dut.s_axil_awvalid = random() & 1, dut.s_axil_awaddr = address;
      if (!sent_data && !dut.s_axil_wvalid) dut.s_axil_wvalid = random() & 1, dut.s_axil_wdata = data, dut.s_axil_wstrb = strobe;
      dut.s_axil_bready = random() & 1;
      settle();
      const bool a = dut.s_axil_awvalid && dut.s_axil_awready, d = dut.s_axil_wvalid && dut.s_axil_wready;
      const bool done = dut.s_axil_bvalid && dut.s_axil_bready;
      const unsigned response = dut.s_axil_bresp;
      if (dut.s_axil_bvalid) REQUIRE((sent_address && sent_data));
      tick();
      if (a) sent_address = true, dut.s_axil_awvalid = 0;
      if (d) sent_data = true, dut.s_axil_wvalid = 0;
      if (done) return response;
    }
    FAIL("a write was not answered");
    return 0;
  }
  Answer read(std::uint32_t address) {
    bool sent = false;
    for (int cycle = 0; cycle < 1000; cycle++) {
      if (!sent && !dut.s_axil_arvalid) dut.s_axil_arvalid = random() & 1, dut.s_axil_araddr = address;
      dut.s_axil_rready = random() & 1;
      settle();
      const bool a = dut.s_axil_arvalid && dut.s_axil_arready, done = dut.s_axil_rvalid && dut.s_axil_rready;
      const Answer answer{dut.s_axil_rdata, dut.s_axil_rresp};
      if (dut.counter_read_o) counter_word = dut.counter_word_o;
      tick();
      dut.counter_i = 0x1000 + counter_word;
      if (a) sent = true, dut.s_axil_arvalid = 0;
      if (done) return answer;
    }
    FAIL("a read was not answered");
    return {};
  }
  unsigned counter_word = 0;
};

}  // namespace

TEST_CASE("registers have their reset values, keep what may be written and refuse the rest") {
  using namespace twill::contract;
  Lite bench;
  CAPTURE(twill_seed());
  struct Row {
    std::uint32_t reset, mask;  // mask: bits that can be written
  };
  for (unsigned word = 0; word < 7; word++) bench.dut.network_i[word] = 0x2000 + word;
  for (unsigned word = 0; word < 3; word++) bench.dut.corrected_i[word] = 0x3000 + word;
  // RO registers fed by the core read what it says: 0 here.
  std::map<std::uint32_t, Row> rows = {
      {0x000, {0x5457494c, 0}}, {0x004, {version, 0}}, {0x008, {std::uint32_t(hash), 0}}, {0x00c, {std::uint32_t(hash >> 32), 0}},
      {0x010, {16, 0}}, {0x014, {262144, 0}}, {0x018, {1024, 0}}, {0x01c, {16, 0}}, {0x020, {1, 0}},
      {0x040, {0, 1}}, {0x044, {0, 0}}, {0x048, {0, 0}}, {0x04c, {0, 3}}, {0x050, {0, ~0u}}, {0x054, {0, 0xff}},
      {0x058, {0, ~0u}}, {0x05c, {0, ~0u}}, {0x060, {0, 0}}, {0x064, {0, ~0u}}, {0x068, {0, 0xff}}, {0x06c, {0, ~0u}},
      {0x070, {0, 0}}, {0x074, {1000000, ~0u}}, {0x078, {100000000, ~0u}}, {0x07c, {0x5a, 0}}, {0x080, {0, 0}}, {0x084, {0, 0}},
      {0x088, {0, 0}}, {0x08c, {0, 0}}, {0x090, {0, 0}}, {0x094, {0x100, 0x7f3f}}, {0x098, {0, ~0u}}, {0x09c, {1000000000, ~0u}}, {0x0a0, {0, 0}}, {0x0a4, {0, 0}}, {0x0a8, {0, 0}}, {0x0ac, {0, 0}},
      {0x0b0, {0x3000, 0}}, {0x0b4, {0x3001, 0}}, {0x0b8, {0x3002, 0}}};
  std::map<std::uint32_t, std::uint32_t> value;
  for (std::uint32_t address = 0; address < 0x200; address += 4) {
    CAPTURE(address);
    const auto answer = bench.read(address);
    if (address >= 0x100 && address < 0x170) {
      CHECK(answer.response == 0);
      CHECK(answer.data == 0x1000 + 4 + (address - 0x100) / 4);
    } else if (address >= 0x180 && address < 0x19c) {
      CHECK(answer.response == 0);
      CHECK(answer.data == 0x2000 + (address - 0x180) / 4);
    } else if (rows.count(address)) {
      CHECK(answer.response == 0);
      CHECK(answer.data == rows[address].reset);
    } else {
      CHECK(answer.response == 2);
      CHECK(answer.data == 0);
      CHECK(bench.write(address, ~0u) == 2);
    }
  }
  CHECK(bench.read(0x002).response == 2);  // not a word
  CHECK(bench.write(0x051, 0) == 2);
  for (auto& [address, row] : rows) value[address] = row.reset;
  for (int i = 0; i < 3000; i++) {
    auto it = rows.begin();
    std::advance(it, bench.random() % rows.size());
    const auto [address, row] = *it;
    const std::uint32_t data = bench.random() & (address == 0x040 ? ~2u : ~0u);
    const unsigned strobe = bench.random() & 15;
    CAPTURE(i, address, data, strobe);
    CHECK(bench.write(address, data, strobe) == 0);
    std::uint32_t lanes = 0;
    for (unsigned b = 0; b < 4; b++)
      if (strobe >> b & 1) lanes |= 0xffu << (8 * b);
    value[address] = (value[address] & ~(row.mask & lanes)) | (data & row.mask & lanes);
    REQUIRE(bench.read(address).data == value[address]);
    const auto& dut = bench.dut;
    REQUIRE(dut.run_o == value[0x040]);
    REQUIRE(dut.ring_o == (std::uint64_t{value[0x054]} << 32 | value[0x050]));
    REQUIRE(dut.ring_mask_o == ((value[0x058] - 1) & 0x1ffff));
    REQUIRE(dut.doorbell_o == value[0x05c]);
    REQUIRE(dut.mark_o == (std::uint64_t{value[0x068]} << 32 | value[0x064]));
    REQUIRE(dut.mark_mask_o == ((value[0x06c] - 1) & 0x1ffff));
    REQUIRE(dut.watchdog_o == value[0x074]);
    REQUIRE(dut.watchdog_remote_o == value[0x078]);
    REQUIRE(dut.watchdog_wait_o == value[0x09c]);
    REQUIRE(dut.node_o == (value[0x094] & 0x3f));
    REQUIRE(dut.chips_o == value[0x094] >> 8);
    REQUIRE(dut.remote_o == value[0x098]);
  }
}

TEST_CASE("the registers are quiet but for an access that is under way, and a soft reset") {
  Lite bench;
  auto& dut = bench.dut;
  CAPTURE(twill_seed());
  dut.s_axil_rready = dut.s_axil_bready = 1;
  for (int i = 0; i < 100; i++) {
    CAPTURE(i);
    const unsigned kind = bench.random() % 3;  // a read, a write, the two halves of a write apart
    dut.s_axil_arvalid = kind == 0;
    dut.s_axil_awvalid = kind == 1;
    dut.s_axil_wvalid = kind != 0;
    dut.s_axil_araddr = dut.s_axil_awaddr = 0x054, dut.s_axil_wdata = i, dut.s_axil_wstrb = 15;
    bench.tick();
    dut.s_axil_arvalid = dut.s_axil_awvalid = dut.s_axil_wvalid = 0;
    REQUIRE(dut.quiet_o == 0);
    for (int wait = 0; kind == 2 && wait < 10; wait++) {
      bench.tick();
      REQUIRE(dut.quiet_o == 0);
    }
    dut.s_axil_awvalid = kind == 2;
    bench.tick();
    dut.s_axil_awvalid = 0;
    for (int wait = 0; wait < 4; wait++) bench.tick();
    REQUIRE(dut.quiet_o == 1);
  }
  bench.write(0x040, 2);   // a soft reset
  for (int wait = 0; wait < 10; wait++) bench.tick();
  CHECK(dut.quiet_o == 0);
  dut.soft_reset_done_i = 1;
  bench.tick();
  dut.soft_reset_done_i = 0;
  bench.tick();
  CHECK(dut.quiet_o == 1);
}

TEST_CASE("what the core says is read where it belongs") {
  using twill::contract::Error;
  Lite bench;
  auto& dut = bench.dut;
  CAPTURE(twill_seed());
  for (int i = 0; i < 100; i++) {
    CAPTURE(i);
    dut.active_i = bench.random() & 31, dut.left_i = bench.random() & 1, dut.stopped_i = bench.random() & 1;
    dut.unrest_i = bench.random() & 15, dut.clearing_i = bench.random() & 1;
    dut.fetched_i = bench.random(), dut.mark_count_i = bench.random(), dut.sem_value_i = bench.random() & 255;
    dut.error_code_i = i & 1 ? unsigned(Error::watchdog) : bench.random() & 31, dut.error_queue_i = bench.random() & 7;
    dut.error_address_i = (std::uint64_t{bench.random() & 255} << 32) | bench.random(), dut.error_info_i = bench.random();
    dut.waits_i = bench.random(), dut.slots_i = bench.random() & 0x3fffffff;
    dut.cycle_i = std::uint64_t{bench.random()} << 32 | bench.random();
    for (auto& word : dut.network_i.m_storage) word = bench.random();
    for (auto& word : dut.corrected_i.m_storage) word = bench.random();
    const bool barked = dut.error_code_i == unsigned(Error::watchdog) || dut.error_code_i == unsigned(Error::remote_wait);
    const unsigned status = dut.unrest_i << 11 | dut.clearing_i << 10 | dut.left_i << 9 | dut.stopped_i << 8 | dut.active_i;
    std::map<std::uint32_t, std::uint32_t> rows = {
        {0x044, status}, {0x060, dut.fetched_i}, {0x070, dut.mark_count_i}, {0x07c, dut.sem_value_i}, {0x080, dut.error_code_i},
        {0x084, dut.error_queue_i}, {0x088, std::uint32_t(dut.error_address_i)}, {0x08c, std::uint32_t(dut.error_address_i >> 32)},
        {0x090, dut.error_info_i}, {0x0a0, std::uint32_t(dut.cycle_i)}, {0x0a4, std::uint32_t(dut.cycle_i >> 32)},
        {0x0a8, barked ? dut.waits_i : 0}, {0x0ac, barked ? dut.slots_i : 0}};
    for (unsigned word = 0; word < 3; word++) rows[0x0b0 + 4 * word] = dut.corrected_i[word];
    for (unsigned word = 0; word < 7; word++) rows[0x180 + 4 * word] = dut.network_i[word];
    for (const auto& [address, value] : rows) {
      CAPTURE(address);
      REQUIRE(bench.read(address).data == value);
    }
  }
}

TEST_CASE("the interrupt line is status and enable, status is cleared by writing ones") {
  Lite bench;
  auto& dut = bench.dut;
  dut.irq_mark_i = 1;
  bench.tick();
  dut.irq_mark_i = 0;
  bench.settle();
  CHECK(dut.irq_o == 0);
  CHECK(bench.read(0x048).data == 1);
  bench.write(0x04c, 3);
  CHECK(dut.irq_o == 1);
  dut.irq_error_i = 1;
  bench.tick();
  dut.irq_error_i = 0;
  bench.write(0x048, 1);
  CHECK(bench.read(0x048).data == 2);
  CHECK(dut.irq_o == 1);
  bench.write(0x048, 2);
  CHECK(bench.read(0x048).data == 0);
  CHECK(dut.irq_o == 0);
  // An event in the very cycle of the clearing is not lost.
  dut.irq_mark_i = 1;
  bench.write(0x048, 1);
  dut.irq_mark_i = 0;
  CHECK(bench.read(0x048).data == 1);
}

TEST_CASE("what is waited for is shown where the watchdog has stopped the chip") {
  using twill::contract::Error;
  Lite bench;
  auto& dut = bench.dut;
  dut.waits_i = 0x12345678, dut.slots_i = 0x3abcdef0;
  for (unsigned code = 0; code < 32; code++) {
    CAPTURE(code);
    dut.error_code_i = code;
    const bool shown = code == unsigned(Error::watchdog) || code == unsigned(Error::remote_wait);
    CHECK(bench.read(0x0a8).data == (shown ? 0x12345678u : 0));
    CHECK(bench.read(0x0ac).data == (shown ? 0x3abcdef0u : 0));
  }
}

TEST_CASE("CYCLE_LO latches CYCLE_HI, a doorbell starts, a soft reset holds until the core is done") {
  Lite bench;
  auto& dut = bench.dut;
  dut.cycle_i = 0x11'ffff'ffff;
  CHECK(bench.read(0x0a0).data == 0xffffffff);
  dut.cycle_i = 0x12'0000'0000;
  CHECK(bench.read(0x0a4).data == 0x11);
  dut.s_axil_bready = 1;
  dut.s_axil_awvalid = dut.s_axil_wvalid = 1, dut.s_axil_awaddr = 0x05c, dut.s_axil_wdata = 9, dut.s_axil_wstrb = 15;
  bench.tick();
  dut.s_axil_awvalid = dut.s_axil_wvalid = 0;
  int starts = 0;
  for (int i = 0; i < 10; i++) {
    bench.tick();
    starts += dut.start_o;
    if (dut.start_o) CHECK(dut.doorbell_o == 9);
  }
  CHECK(starts == 1);
  bench.write(0x07c, 0x1f07);
  CHECK(dut.sem_o == 31);
  CHECK(dut.sem_value_o == 7);
  bench.write(0x040, 3);
  CHECK(dut.soft_reset_o == 1);
  CHECK(dut.run_o == 0);  // not before the reset is over
  CHECK(bench.read(0x040).data == 3);
  dut.soft_reset_done_i = 1;
  bench.tick();
  dut.soft_reset_done_i = 0;
  CHECK(bench.read(0x040).data == 1);
  CHECK(dut.run_o == 1);
  CHECK(bench.read(0x05c).data == 0);
}

TEST_CASE("a write in the very cycle in which a soft reset ends comes after it") {
  Lite bench;
  auto& dut = bench.dut;
  // One write that takes effect `lead` cycles after the reset's end.
  const auto write_after_end = [&](std::uint32_t address, std::uint32_t data, unsigned strobe, int lead) {
    dut.s_axil_bready = 1;
    dut.s_axil_awvalid = dut.s_axil_wvalid = 1, dut.s_axil_awaddr = address, dut.s_axil_wdata = data, dut.s_axil_wstrb = strobe;
    for (int cycle = 0; cycle < 8; cycle++) {  // at its edge 0 the write is registered, at edge 1 it takes effect
      dut.soft_reset_done_i = cycle == 1 - lead;
      bench.tick();
      dut.s_axil_awvalid = dut.s_axil_wvalid = 0;
    }
    dut.soft_reset_done_i = 0;
  };
  for (const int lead : {-1, 0, 1}) {
    CAPTURE(lead);
    const bool kept = lead >= 0;
    bench.write(0x05c, 0x12345678);
    bench.write(0x040, 3);
    write_after_end(0x05c, 0xabcd, 15, lead);
    CHECK(bench.read(0x05c).data == (kept ? 0xabcdu : 0u));
    CHECK(bench.read(0x040).data == 1);
    bench.write(0x05c, 0x12345678);
    bench.write(0x040, 3);
    write_after_end(0x05c, 0xabcd, 2, lead);  // the other bytes are the reset's
    CHECK(bench.read(0x05c).data == (kept ? 0xab00u : 0u));
    bench.write(0x040, 3);
    write_after_end(0x040, 2, 15, lead);
    CHECK(bench.read(0x040).data == (kept ? 2u : 0u));  // a second reset, or part of the first
    CHECK(dut.soft_reset_o == kept);
    dut.soft_reset_done_i = 1;
    bench.tick();
    dut.soft_reset_done_i = 0;
    bench.write(0x040, 3);
    write_after_end(0x040, 1, 15, lead);  // asks for none
    CHECK(bench.read(0x040).data == 1);
  }
}
