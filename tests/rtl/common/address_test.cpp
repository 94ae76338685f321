// SPDX-License-Identifier: Apache-2.0
#include <Vcommon_axi_address.h>

#include <deque>
#include <tuple>

#include "bench.hpp"

TEST_CASE("an address channel is two deep, keeps order, and what it shows stays until it is taken") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vcommon_axi_address> bench;
  auto& dut = bench.dut;
  std::deque<std::tuple<unsigned, std::uint64_t, unsigned>> model;
  unsigned full = 0, asking = 50, taking = 50;
  for (int cycle = 0; cycle < 100000; cycle++) {
    CAPTURE(cycle);
    if (cycle % 100 == 0) asking = random() % 101, taking = random() % 101;
    dut.in_valid_i = chance(random, asking);
    dut.in_id_i = random() & 1, dut.in_addr_i = (std::uint64_t{random()} << 8 | random() % 256) & 0xff'ffff'ffff, dut.in_beats_i = 1 + random() % 16;
    dut.ready_i = chance(random, taking);
    bench.settle();
    REQUIRE(bool(dut.in_ready_o) == (model.size() < 2));
    REQUIRE(bool(dut.valid_o) == !model.empty());
    if (!model.empty()) REQUIRE(model.front() == std::tuple<unsigned, std::uint64_t, unsigned>(dut.id_o, dut.addr_o, dut.len_o));
    full += model.size() == 2;
    const bool push = dut.in_valid_i && dut.in_ready_o;
    if (dut.valid_o && dut.ready_i) model.pop_front();
    if (push) model.emplace_back(dut.in_id_i, dut.in_addr_i, dut.in_beats_i - 1);
    bench.tick();
  }
  CHECK(full > 10000);
}
