// SPDX-License-Identifier: Apache-2.0
// Chips with a fault each, which fuzzing must find and show in a few commands.
#include <algorithm>
#include <iostream>

#include "catch.hpp"
#include "faulty_chip.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/run.hpp"
#include "fuzz/shrink.hpp"

namespace {

using namespace twill;
using contract::Command;
using faulty::FaultyChip;
using faulty::misreads;

struct Found {
  std::uint64_t seeds;
  std::size_t commands;
  std::string fault, listing;
};

/// The first seed that fails, made small.
Found find(const FaultyChip::Alter& alter, const fuzz::Choice& choice, std::uint64_t most_seeds) {
  const fuzz::ChipMaker make = [&](const std::string& config, const tb::ChipOptions& options) -> std::unique_ptr<tb::Chip> {
    return std::make_unique<FaultyChip>(tb::make_chip(config, options), alter);
  };
  for (std::uint64_t seed = 1; seed <= most_seeds; ++seed) {
    const fuzz::Case test = fuzz::generate(seed, choice);
    const std::string fault = fuzz::judge(test, make).fault;
    if (fault.empty()) continue;
    const fuzz::Case small = fuzz::shrink(test, [&](const fuzz::Case& candidate) { return fuzz::same_fault(fault, fuzz::judge(candidate, make).fault); }, 250);
    REQUIRE(!fuzz::judge(small, make).fault.empty());
    // The case is what fails, not the machinery: a chip without the fault runs it.
    CHECK(fuzz::judge(small, [](const std::string& config, const tb::ChipOptions& options) { return tb::make_chip(config, options); }).fault.empty());
    return {seed, static_cast<std::size_t>(std::count_if(small.ops.begin(), small.ops.end(), [](const fuzz::Op& op) { return !op.fixed; })), fault, fuzz::listing(small)};
  }
  return {};
}

void expect_found(const FaultyChip::Alter& alter, std::uint64_t most_seeds, std::size_t most_commands, unsigned chips = 1) {
  const Found found = find(alter, {FIRST_CONFIG, chips == 1 ? "ring:1" : "ring:2", chips, 0}, most_seeds);
  REQUIRE(found.seeds > 0);
  std::cout << "seed " << found.seeds << ": " << found.fault << "\n" << found.listing;
  INFO(found.listing);
  CHECK(found.commands <= most_commands);
}

}  // namespace

TEST_CASE("found: dilated rows taken for neighbours") {
  expect_found(misreads<contract::Conv>([](const auto& c) { return c.dilation_y == 3 && c.kernel_y > 1; }, [](auto& c) { c.dilation_y = 1; }), 60, 2);
}
TEST_CASE("found: an average pool that forgets its upper limit") {
  expect_found(misreads<contract::Pool>([](const auto& c) { return c.mode == 1 && c.max < 100; }, [](auto& c) { c.max = 127; }), 60, 2);
}
TEST_CASE("found: a walk's outer stride without its sign") {
  expect_found(misreads<contract::Store>([](const auto& c) { return c.local_count2 > 1 && c.local_stride2 < 0; }, [](auto& c) { c.local_stride2 = -c.local_stride2; }), 60, 2);
}
TEST_CASE("found: records kept where they should be loaded") {
  expect_found(misreads<contract::Requant>([](const auto& c) { return c.tiles == 1 && c.last_lanes == 1; }, [](auto& c) { c.keep_parameters = 1; }), 60, 4);
}
TEST_CASE("found: a last wait that is not waited for") {
  expect_found([](Command& c) { if ((c.words[0] & 0xff) == static_cast<std::uint32_t>(contract::Opcode::store)) c.set_bits(24, 6, 0); }, 60, 8);
}
TEST_CASE("found: a command that should be refused is taken") {
  const auto as_nop = [](Command& c) {
    if (contract::check(c) == contract::Error::wrong_queue) c = contract::Nop{}.encode();
  };
  expect_found(as_nop, 200, 1);
}
TEST_CASE("found: a message that adds writes instead") {
  expect_found([](Command& c) { if ((c.words[0] & 0xff) == static_cast<std::uint32_t>(contract::Opcode::send_add)) c.set_bits(0, 8, static_cast<std::uint64_t>(contract::Opcode::send)); }, 10, 2, 2);
}
TEST_CASE("found: a count that says nothing happened") {
  // MARK in place of NOP: memory is as it should be, only the count of marks is not.
  expect_found([](Command& c) { if ((c.words[0] & 0xffffffffu) == (0x01u | 2u << 8) && c.words[1] == 0) c.set_bits(0, 8, 0x02); }, 60, 6);
}
