// SPDX-License-Identifier: Apache-2.0
// What one chip alone does not do: messages of every kind, to every memory.
#include <cstdlib>
#include <iostream>

#include "system_programs.hpp"
#include "twill/rtl_system.hpp"
#include "twin.hpp"

TEST_CASE("messages between two chips") {
  using netlist::comparison;
  comparison = {};
  twill::RtlSystemOptions options;
  options.configurations = {"tiny"};
  options.topology = "ring:2";
  options.threads = 1;  // both chips add to the same hashes
  const auto system = twill::make_rtl_system(options);
  const char* given = std::getenv("TWILL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 0) : 1;
  INFO("TWILL_SEED=" << seed);
  const test::RandomMessages job(2, 60, seed);
  job.run(*system);
  INFO(comparison.first);
  REQUIRE(comparison.different == 0);
  CHECK(job.results(*system) == job.expected());
  CHECK(comparison.rtl.value == comparison.netlist.value);
  CHECK(comparison.cycles >= 2000);
  std::cout << comparison.cycles << " cycles of two chips are equal, hash " << std::hex << comparison.rtl.value << " and " << comparison.netlist.value
            << std::dec << '\n';
}
