// SPDX-License-Identifier: Apache-2.0
// The scratchpad against an array of bytes: random requests on all ports in every cycle, with grants, latency and
// visibility as the documentation states them.
#include <algorithm>
#include <ctime>

#include "Vscratchpad_16.h"
#include "Vscratchpad_32.h"
#include "Vscratchpad_4.h"
#include "Vscratchpad_64.h"
#include "Vscratchpad_8.h"
#include "Vscratchpad_speed.h"
#include "catch.hpp"
#include "traffic.hpp"

namespace {

using scratchpad::random_traffic;

/// Nanoseconds a cycle of the scratchpad driven from registers, processor time, the best of many short runs.
double nanoseconds(unsigned busy, unsigned step) {
  constexpr int cycles = 100000;
  Vscratchpad_speed chip;
  const auto run = [&](int n) {
    for (int i = 0; i < n; ++i) {
      chip.clk_i = 1;
      chip.eval();
      chip.clk_i = 0;
      chip.eval();
    }
  };
  chip.rst_ni = 0;
  run(2);
  chip.rst_ni = 1;
  chip.busy_i = static_cast<std::uint8_t>(busy);
  chip.step_i = static_cast<std::uint8_t>(step);
  double best = 1e9;
  for (int i = 0; i < 40; ++i) {
    const std::clock_t start = std::clock();
    run(cycles);
    best = std::min(best, 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / cycles);
  }
  return best;
}

}  // namespace

TEST_CASE("random traffic on all ports, words of 4 bytes") {
  random_traffic<Vscratchpad_4>(4, 32768, 60000, pins::seed("scratchpad 4"));
}

TEST_CASE("random traffic on all ports, words of 16 bytes") {
  random_traffic<Vscratchpad_16>(16, 262144, 60000, pins::seed("scratchpad 16"));
}

TEST_CASE("random traffic on all ports, words of 8 bytes") {
  random_traffic<Vscratchpad_8>(8, 32768, 30000, pins::seed("scratchpad 8"));
}

TEST_CASE("random traffic on all ports, words of 32 bytes") {
  random_traffic<Vscratchpad_32>(32, 131072, 30000, pins::seed("scratchpad 32"));
}

TEST_CASE("random traffic on all ports, words of 64 bytes") {
  random_traffic<Vscratchpad_64>(64, 262144, 30000, pins::seed("scratchpad 64"));
}

TEST_CASE("what the scratchpad costs the simulator", "[.speed]") {
  std::cout << "idle (clock and bench included): " << nanoseconds(0, 16) << " ns a cycle\n";
  std::cout << "feeder, aligned: " << nanoseconds(4, 16) << '\n';
  std::cout << "feeder, any address: " << nanoseconds(4, 13) << '\n';
  std::cout << "feeder, weights and post write, aligned: " << nanoseconds(4 + 1 + 32, 16) << '\n';
  std::cout << "feeder, weights and post write, any address: " << nanoseconds(4 + 1 + 32, 13) << '\n';
  std::cout << "all seven ports, any address: " << nanoseconds(127, 13) << '\n';
}
