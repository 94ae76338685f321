// SPDX-License-Identifier: Apache-2.0
// What one chip alone does not do: messages of every kind, to every memory.
#include <iostream>

#include "random_network.hpp"
#include "system_programs.hpp"
#include "twill/rtl_system.hpp"
#include "twin.hpp"
#include "workloads.hpp"

using netlist::comparison;

void netlist::run_messages(std::uint64_t seed) {
  INFO("TWILL_SEED=" << seed);
  twill::RtlSystemOptions options;
  options.configurations = {"tiny"};
  options.topology = "ring:2";
  options.threads = 1;  // both chips add to the same hashes
  const auto system = twill::make_rtl_system(options);
  const test::RandomMessages job(2, 60, seed);
  job.run(*system);
  INFO(comparison.first);
  REQUIRE(comparison.different == 0);
  CHECK(job.results(*system) == job.expected());
}

TEST_CASE("messages between two chips") {
  comparison = {};
  netlist::run_messages(twill::test::seed_or(1));
  CHECK(comparison.rtl.value == comparison.netlist.value);
  CHECK(comparison.cycles >= 2000);
  std::cout << comparison.cycles << " cycles of two chips are equal, hash " << std::hex << comparison.rtl.value << " and " << comparison.netlist.value
            << std::dec << '\n';
}
