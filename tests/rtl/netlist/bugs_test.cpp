// SPDX-License-Identifier: Apache-2.0
// The seeded bugs: one bit of the netlist is inverted, anywhere in the chip. Each runs in a process of its own (SystemC elaborates once), which
// ends at the first difference.
// TWILL_FAULT=N runs one, TWILL_SEEDS=N so many command streams for each.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "compare_networks.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/run.hpp"
#include "random_network.hpp"
#include "twill/rtl_device.hpp"
#include "twin.hpp"

using namespace twill;
using netlist::comparison;

namespace {

/// Two networks, then `streams` command streams, until the netlist differs.
void run_all(std::uint64_t streams) {
  RtlOptions options;
  options.dram_latency = 20;
  const auto device = make_rtl_device("tiny", options);
  for (std::uint64_t seed = 1; seed <= 2; seed++) {
    const Graph graph = test::random_network(seed, {4, 7, 10, {}, 3, 6});
    test::run_and_compare(*device, graph, test::random_inputs(graph, seed), false);
  }
  for (std::uint64_t seed = 11; seed < 11 + streams; seed++) fuzz::judge(fuzz::generate(seed, {"tiny", "ring:1", 1, 0.1}), tb::make_chip);
}

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::strtoull(given, nullptr, 0) : otherwise;
}

}  // namespace

TEST_CASE("netlists with one bit inverted differ") {
  constexpr unsigned faults = 8;
  const std::uint64_t streams = number_in("TWILL_SEEDS", 2), only = number_in("TWILL_FAULT", 0);
  unsigned found = 0;
  for (unsigned fault = 1; fault <= faults; fault++) {
    if (only && fault != only) continue;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      comparison.fault = fault;
      comparison.exit_if_different = true;
      try {
        run_all(streams);
      } catch (...) {
        std::_Exit(2);
      }
      std::_Exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) < 2);
    found += WEXITSTATUS(status) == 1;
    std::cout << "bit " << fault << (WEXITSTATUS(status) == 1 ? " shows\n" : " does not show\n");
  }
  std::cout << found << " of " << faults << " netlists with one bit inverted differ\n";
  if (!only) CHECK(found >= 3);
}
