// SPDX-License-Identifier: Apache-2.0
// Chips with a fault each, which fuzzing must find and show in a few commands.
#include "faulty_chip.hpp"
#include "find.hpp"

namespace {

using namespace twill;
using contract::Command;
using faulty::FaultyChip;
using faulty::misreads;
using Kind = fuzz::Fault::Kind;

std::unique_ptr<tb::Chip> right(const std::string& config, const tb::ChipOptions& options) { return tb::make_chip(config, options); }

/// All chips have the bug, or only that of one node.
void expect_found(const FaultyChip::Alter& alter, Kind kind, std::uint64_t most_seeds, std::size_t most_commands, unsigned chips = 1, int only_chip = -1) {
  const fuzz::ChipMaker make = [&](const std::string& config, const tb::ChipOptions& options) -> std::unique_ptr<tb::Chip> {
    if (only_chip >= 0 && options.node != static_cast<unsigned>(only_chip)) return right(config, options);
    return std::make_unique<FaultyChip>(right(config, options), alter);
  };
  const auto found = faulty::find(make, right, {FIRST_CONFIG, "ring:" + std::to_string(chips), chips, 0}, most_seeds, 250);
  CHECK(found.fault.kind == kind);
  CHECK(faulty::commands_of(found.small) <= most_commands);
}

}  // namespace

TEST_CASE("found: dilated rows taken for neighbours") {
  expect_found(misreads<contract::Conv>([](const auto& c) { return c.dilation_y == 3 && c.kernel_y > 1; }, [](auto& c) { c.dilation_y = 1; }), Kind::bytes, 60, 2);
}
TEST_CASE("found: an average pool that forgets its upper limit") {
  expect_found(misreads<contract::Pool>([](const auto& c) { return c.mode == 1 && c.max < 100; }, [](auto& c) { c.max = 127; }), Kind::bytes, 60, 2);
}
TEST_CASE("found: a walk's outer stride without its sign") {
  expect_found(misreads<contract::Store>([](const auto& c) { return c.local_count2 > 1 && c.local_stride2 < 0; }, [](auto& c) { c.local_stride2 = -c.local_stride2; }), Kind::error, 60, 2);
}
TEST_CASE("found: records kept where they should be loaded") {
  expect_found(misreads<contract::Requant>([](const auto& c) { return c.tiles == 1 && c.last_lanes == 1; }, [](auto& c) { c.keep_parameters = 1; }), Kind::bytes, 60, 4);
}
TEST_CASE("found: a last wait that is not waited for") {
  expect_found([](Command& c) { if (fuzz::opcode_of(c) == contract::Opcode::store) c.set_bits(24, 6, 0); }, Kind::bytes, 60, 8);
}
TEST_CASE("found: a command that should be refused is taken") {
  const auto as_nop = [](Command& c) {
    if (contract::check(c) == contract::Error::wrong_queue) c = contract::Nop{}.encode();
  };
  expect_found(as_nop, Kind::error, 200, 1);
}
TEST_CASE("found: a message that adds writes instead") {
  expect_found([](Command& c) { if (fuzz::opcode_of(c) == contract::Opcode::send_add) c.set_bits(0, 8, static_cast<std::uint64_t>(contract::Opcode::send)); }, Kind::bytes, 10, 2, 2);
}
TEST_CASE("found: a mark where there is none") {
  // MARK in place of NOP: memory is as it should be.
  expect_found([](Command& c) { if (c.words[0] == (0x01u | 2u << 8) && c.words[1] == 0) c.set_bits(0, 8, 0x02); }, Kind::marks, 60, 6);
}
TEST_CASE("found: one chip of two refuses what it should take") {
  // The other one has not stopped by then, and has nothing to compare.
  const auto refused = [](Command& c) { if (fuzz::opcode_of(c) == contract::Opcode::lookup) c.set_bits(8, 3, 4); };
  expect_found(refused, Kind::error, 60, 2, 2, 1);
}
