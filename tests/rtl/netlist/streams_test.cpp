// SPDX-License-Identifier: Apache-2.0
// What networks do not do: every opcode in every mode, at the limits of its fields and beyond, in the streams of `twill fuzz`.
// TWILL_SEED=N runs from another seed on, TWILL_SEEDS=N so many.
#include <cstdlib>
#include <iostream>

#include "catch.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/run.hpp"
#include "random_network.hpp"
#include "twin.hpp"

using namespace twill;
using netlist::comparison;

TEST_CASE("random command streams") {
  comparison = {};
  const char* many = std::getenv("TWILL_SEEDS");
  const std::uint64_t first = test::seed_or(11), seeds = many ? std::strtoull(many, nullptr, 0) : 2;
  for (std::uint64_t seed = first; seed < first + seeds; seed++) {
    INFO("TWILL_SEED=" << seed << " TWILL_SEEDS=1");
    const fuzz::Verdict verdict = fuzz::judge(fuzz::generate(seed, {"tiny", "ring:1", 1, 0.1}), tb::make_chip);
    INFO(comparison.first);
    REQUIRE(comparison.different == 0);
    INFO(verdict.fault.text);
    CHECK_FALSE(verdict.fault.found());
  }
  CHECK(comparison.rtl.value == comparison.netlist.value);
  CHECK(comparison.cycles >= 10000);
  std::cout << comparison.cycles << " cycles of " << seeds << " command streams are equal, hash " << std::hex << comparison.rtl.value
            << " and " << comparison.netlist.value << std::dec << '\n';
}
