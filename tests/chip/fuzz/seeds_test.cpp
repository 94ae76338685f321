// SPDX-License-Identifier: Apache-2.0
// Seeds of random command streams on the chip with assertions, with stalls at its handshakes. TWILL_SEED=N runs from another seed on, TWILL_SEEDS=N
// so many; a failure is shrunk and shown with what runs it again.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "catch.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/run.hpp"
#include "fuzz/shrink.hpp"
#include "twill/tb/chip.hpp"

namespace {

using namespace twill;

std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 0) : usual;
}

std::unique_ptr<tb::Chip> make_chip(const std::string& config, const tb::ChipOptions& options) { return tb::make_chip(config, options); }

void seeds(const fuzz::Choice& choice, std::uint64_t first, std::uint64_t count) {
  first = from_environment("TWILL_SEED", first);
  count = from_environment("TWILL_SEEDS", count);
  std::uint64_t commands = 0, cycles = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const fuzz::Case test = fuzz::generate(seed, choice);
    const fuzz::Verdict verdict = fuzz::judge(test, make_chip);
    commands += verdict.commands;
    cycles += verdict.cycles;
    if (!verdict.fault.found()) continue;
    const fuzz::Case small = fuzz::shrink(test, [&](const fuzz::Case& candidate) { return fuzz::judge(candidate, make_chip).fault.kind == verdict.fault.kind; }, 500);
    FAIL("TWILL_SEED=" << seed << " TWILL_SEEDS=1: " << verdict.fault.text << "\nshrunk: " << fuzz::judge(small, make_chip).fault.text << '\n' << fuzz::listing(small));
  }
  std::cout << count << " seeds from TWILL_SEED=" << first << " on: " << commands << " commands, " << cycles << " cycles\n";
}

fuzz::Choice choice(unsigned chips, const std::string& topology, double stalls) { return {FIRST_CONFIG, topology, chips, stalls}; }

}  // namespace

TEST_CASE("a chip with stalls") { seeds(choice(1, "ring:1", 0.2), 1, 70); }
TEST_CASE("a chip that hardly moves for stalls") { seeds(choice(1, "ring:1", 0.6), 1001, 20); }
TEST_CASE("a chip without stalls") { seeds(choice(1, "ring:1", 0), 2001, 30); }
TEST_CASE("a chip with SEC-DED memories, with stalls") {
  if (const auto built = tb::built_configurations(); std::find(built.begin(), built.end(), "tiny_ecc") == built.end()) {
    std::cout << "skipped: tiny_ecc is not here: this build has no RTL of it\n";
    return;
  }
  seeds({"tiny_ecc", "ring:1", 1, 0.2}, 3001, 30);
}
TEST_CASE("two chips") { seeds(choice(2, "ring:2", 0.2), 1, 8); }
TEST_CASE("four chips in a ring, and without stalls") { seeds(choice(4, "ring:4", 0), 1, 4); }
TEST_CASE("four chips at a switch") { seeds(choice(4, "switch:4", 0.1), 1, 4); }
TEST_CASE("six chips in a mesh") { seeds(choice(6, "mesh:2x3", 0.3), 1, 2); }
TEST_CASE("eight chips in a torus") { seeds(choice(8, "torus:2x4", 0.05), 1, 2); }

TEST_CASE("stalls cost cycles, at the pins and inside") {
  fuzz::Case test = fuzz::generate(3, choice(1, "ring:1", 0));
  const std::uint64_t free = fuzz::judge(test, make_chip).cycles;
  // A chip that is told of stalls by its pins alone has no more to wait for than these.
  const auto at_pins = [](const std::string& config, tb::ChipOptions options) {
    options.inner_stalls = false;
    return tb::make_chip(config, options);
  };
  test.delays.stalls = 0.5;
  const std::uint64_t pins = fuzz::judge(test, at_pins).cycles, all = fuzz::judge(test, make_chip).cycles;
  std::cout << free << " cycles without stalls, " << pins << " with stalls at the pins, " << all << " with those inside\n";
  CHECK(free < pins);
  CHECK(pins < all);
}
