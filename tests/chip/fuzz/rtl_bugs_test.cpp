// SPDX-License-Identifier: Apache-2.0
// Bugs in the RTL, which fuzzing must find: one that only stalls show, a hang, a failed assertion, a lost interrupt, a lost credit between
// chips. They share one model of the checked chip, in which a number says which of them is there (CMakeLists.txt).
#include "buggy_chip.hpp"
#include "find.hpp"
#include "verilated_chip.hpp"

namespace {

using namespace twill;
using Kind = fuzz::Fault::Kind;

enum Bug { none, held_back, token, address, interrupt, credit };
Bug bug = none;

/// Chips with a bug, one system of them at a time.
fuzz::ChipMaker with(Bug which) {
  return [which](const std::string&, const tb::ChipOptions& options) -> std::unique_ptr<tb::Chip> {
    bug = which;
    return std::make_unique<tb::VerilatedChip<Vtwill_buggy, buggy_word, false>>(options);
  };
}

faulty::Found expect_found(Bug which, Kind kind, double stalls, unsigned chips, std::uint64_t most_seeds, unsigned most_runs) {
  const auto found =
      faulty::find(with(which), with(none), {FIRST_CONFIG, "ring:" + std::to_string(chips), chips, stalls}, most_seeds, most_runs);
  CHECK(found.fault.kind == kind);
  CHECK(faulty::commands_of(found.small) < 60);
  return found;
}

}  // namespace

extern "C" unsigned char twill_seeded_bug(int number) { return number == bug; }

TEST_CASE("found: a command lost in the decoder when its queue is held back, which only stalls show") {
  const auto found = expect_found(held_back, Kind::broken, 0.3, 1, 20, 100);
  CHECK(found.small.delays.stalls > 0);
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    CHECK(fuzz::judge(fuzz::generate(seed, {FIRST_CONFIG, "ring:1", 1, 0}), with(held_back)).fault.text == "");
}
TEST_CASE("found: of two tokens for a semaphore in one cycle one is lost, and somebody waits for ever") {
  expect_found(token, Kind::hang, 0, 1, 60, 30);
}
TEST_CASE("found: an address that changes while memory does not take it, by the assertion") {
  expect_found(address, Kind::broken, 0.2, 1, 20, 100);
}
TEST_CASE("found: an interrupt that is lost") { expect_found(interrupt, Kind::unended, 0, 1, 60, 100); }
TEST_CASE("found: a credit between two chips that is lost") { expect_found(credit, Kind::restless, 0, 2, 20, 60); }
