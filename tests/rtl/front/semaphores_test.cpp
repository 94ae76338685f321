// SPDX-License-Identifier: Apache-2.0
#include <Vfront_semaphores.h>

#include <array>

#include <twill/contract.hpp>

#include "bench.hpp"

using namespace twill;

TEST_CASE("semaphores count every take and give of a cycle exactly") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_semaphores> bench;
  auto& dut = bench.dut;
  std::array<int, contract::semaphores> count{};
  std::array<int, contract::semaphores> visible{};
  int overflows = 0, conflicts = 0;
  bool array_turn = true;

  for (int cycle = 0; cycle < 200000; cycle++) {
    CAPTURE(cycle);
    // Few semaphores are in use at a time, so that many ports meet at the same one; sometimes one is driven to its maximum.
    const unsigned spread = cycle % 1000 < 500 ? 4 : 32, activity = cycle % 3000 < 1000 ? 80 : 20;
    auto pick = [&] { return random() % spread; };

    unsigned wants = 0, want_sems = 0;
    std::array<unsigned, 5> sem{};
    for (unsigned q = 0; q < 5; q++) {
      sem[q] = pick();
      wants |= chance(random, activity) << q;
      want_sems |= sem[q] << (5 * q);
    }
    dut.odd_i = !chance(random, 10);   // an even number of cycles leaves the turn where it was
    dut.queue_take_i = wants;
    dut.queue_sem_i = want_sems;
    dut.array_sem_i = pick();
    dut.post_sem_i = pick();
    dut.array_take_i = dut.post_take_i = 0;
    bench.settle();
    const bool array_may = visible[dut.array_sem_i] > 0, post_may = visible[dut.post_sem_i] > 0;
    if (dut.array_sem_i == dut.post_sem_i) {
      REQUIRE(int(dut.array_ok_o) + int(dut.post_ok_o) == int(array_may));  // one of them, in turn
      REQUIRE(bool(dut.array_ok_o) == (array_may && array_turn));
      if (dut.odd_i) array_turn = !array_turn;
    } else {
      REQUIRE(bool(dut.array_ok_o) == array_may);
      REQUIRE(bool(dut.post_ok_o) == post_may);
    }
    dut.array_take_i = dut.array_ok_o && chance(random, activity);
    dut.post_take_i = dut.post_ok_o && chance(random, activity);
    bench.settle();

    std::array<bool, 32> free{};
    for (unsigned s = 0; s < 32; s++) free[s] = visible[s] > 0;
    if (dut.array_take_i) free[dut.array_sem_i] = false, count[dut.array_sem_i]--;
    if (dut.post_take_i) free[dut.post_sem_i] = false, count[dut.post_sem_i]--;
    for (unsigned q = 0; q < 5; q++) {
      const bool want = wants >> q & 1, expected = want && free[sem[q]];
      CAPTURE(q, sem[q]);
      REQUIRE(bool(dut.queue_ok_o >> q & 1) == expected);
      if (want && visible[sem[q]] > 0 && !expected) conflicts++;
      if (want) free[sem[q]] = false;
      if (expected) count[sem[q]]--;
    }

    unsigned gives = 0, first_over = 0;
    std::uint64_t give_sems = 0;
    for (unsigned g = 0; g < 9; g++) {
      const unsigned s = pick();
      give_sems |= std::uint64_t{s} << (5 * g);
      if (!chance(random, activity)) continue;
      gives |= 1u << g;
      if (count[s] == int(contract::semaphore_max)) {
        if (!first_over) first_over = 1u << g;
      } else {
        count[s]++;
      }
    }
    dut.give_i = gives;
    dut.give_sem_i = give_sems;
    dut.write_i = chance(random, 2);
    dut.write_sem_i = pick();
    dut.write_value_i = chance(random, 50) ? 255 - random() % 4 : random() % 8;
    if (dut.write_i) count[dut.write_sem_i] = dut.write_value_i;
    const unsigned read = pick();
    dut.read_sem_i = read;
    const int before = visible[read];
    bench.tick();
    REQUIRE(int(dut.read_value_o) == before);
    visible = count;
    REQUIRE(bool(dut.overflow_o) == (first_over != 0));
    if (first_over) {
      REQUIRE(dut.overflow_giver_o == first_over);
      overflows++;
    }
  }
  CHECK(overflows > 100);
  CHECK(conflicts > 100);
}
