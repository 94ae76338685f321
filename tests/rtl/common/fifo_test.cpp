// SPDX-License-Identifier: Apache-2.0
#include <Vcommon_fifo_2.h>
#include <Vcommon_fifo_32.h>
#include <Vcommon_fifo_4.h>

#include <deque>

#include "bench.hpp"

namespace {

/// Random pushes and pops in spells that fill it, empty it and hold it at either end.
template <class Model>
void random_traffic(std::size_t depth) {
  const auto seed = twill_seed();
  CAPTURE(seed, depth);
  std::mt19937 random(seed);
  Bench<Model> bench;
  auto& dut = bench.dut;
  std::deque<std::uint64_t> model;
  unsigned full = 0, empty = 0, both = 0, refused = 0, pushing = 50, popping = 50;
  for (int cycle = 0; cycle < 100000; cycle++) {
    CAPTURE(cycle);
    if (cycle % 200 == 0) {
      constexpr unsigned rates[] = {0, 5, 50, 95, 100};
      pushing = rates[random() % 5], popping = rates[random() % 5];
    }
    dut.in_valid_i = chance(random, pushing);
    dut.in_data_i = (std::uint64_t{random()} << 8 ^ random()) & 0xff'ffff'ffff;
    dut.out_ready_i = chance(random, popping);
    bench.settle();
    REQUIRE(bool(dut.in_ready_o) == (model.size() < depth));
    REQUIRE(bool(dut.out_valid_o) == !model.empty());
    if (!model.empty()) REQUIRE(dut.out_data_o == model.front());
    const bool push = dut.in_valid_i && dut.in_ready_o, pop = dut.out_valid_o && dut.out_ready_i;
    full += model.size() == depth, empty += model.empty(), both += push && pop;
    refused += model.size() == depth && dut.in_valid_i && pop;
    if (pop) model.pop_front();
    if (push) model.push_back(dut.in_data_i);
    bench.tick();
    if (chance(random, 1) && chance(random, 10)) {
      dut.in_valid_i = 1;  // lost in the reset
      bench.reset();
      model.clear();
    }
  }
  CHECK(full > 1000);
  CHECK(empty > 1000);
  CHECK(both > 1000);
  CHECK(refused > 100);  // a full one takes nothing even while it is popped
}

}  // namespace

TEST_CASE("a FIFO of 2 keeps order, bounds and data") { random_traffic<Vcommon_fifo_2>(2); }
TEST_CASE("a FIFO of 4 keeps order, bounds and data") { random_traffic<Vcommon_fifo_4>(4); }
TEST_CASE("a FIFO of 32 keeps order, bounds and data") { random_traffic<Vcommon_fifo_32>(32); }
