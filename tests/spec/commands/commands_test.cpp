// SPDX-License-Identifier: Apache-2.0
// The generated encode(), decode() and check() against the table of fields, for every command.
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "catch.hpp"
#include "twill/contract.hpp"

using namespace twill::contract;

namespace {

using All = std::tuple<Nop, Mark, Load, Fill, Store, Conv, Depthwise, Requant, Add, Mul, Pool, Lookup, Move, Send, SendAdd, SignalRemote>;

std::uint64_t seed() {
  const char* text = std::getenv("TWILL_SEED");
  return text ? std::stoull(text) : 1;
}

const CommandInfo& info(Opcode opcode) {
  for (const CommandInfo& each : commands)
    if (each.opcode == opcode) return each;
  throw std::logic_error("no such command");
}

/// The fields of a command drawn bit by bit, the rest as a default-made command has it.
template <typename C>
Command random_command(std::mt19937_64& random) {
  Command command = C{}.encode();
  const CommandInfo& table = info(C::opcode);
  for (unsigned f = 0; f < table.field_count; ++f) command.set_bits(table.fields[f].lsb, table.fields[f].width, random());
  Slots slots;
  for (Slot* slot : {&slots.wait0, &slots.wait1, &slots.wait2, &slots.signal0, &slots.signal1, &slots.signal2})
    if (random() % 2) *slot = Slot::on(static_cast<unsigned>(random() % semaphores));
  command.set_bits(12, 6, slots.wait0.code);
  command.set_bits(18, 6, slots.wait1.code);
  command.set_bits(24, 6, slots.wait2.code);
  command.set_bits(32, 6, slots.signal0.code);
  command.set_bits(38, 6, slots.signal1.code);
  command.set_bits(44, 6, slots.signal2.code);
  return command;
}

template <typename C>
void round_trip(std::mt19937_64& random) {
  for (int i = 0; i < 200; ++i) {
    const Command command = random_command<C>(random);
    INFO(info(C::opcode).name << ", draw " << i);
    REQUIRE(C::decode(command).encode() == command);
  }
}

/// Every single bit that belongs to nothing is refused; every bit of a field is not, but for its own check.
template <typename C>
void reserved_bits() {
  const CommandInfo& table = info(C::opcode);
  std::set<unsigned> defined;
  for (unsigned bit = 0; bit < 11; ++bit) defined.insert(bit);                                                       // opcode, queue
  for (const unsigned lsb : {12u, 18u, 24u, 32u, 38u, 44u}) for (unsigned bit = 0; bit < 6; ++bit) defined.insert(lsb + bit);
  const bool waits = C::opcode == Opcode::conv || C::opcode == Opcode::depthwise || C::opcode == Opcode::requant;
  const bool gives = waits || C::opcode == Opcode::store;
  for (unsigned bit = 0; bit < 6; ++bit) {
    if (waits) defined.insert(50 + bit);
    if (gives) defined.insert(56 + bit);
  }
  for (unsigned f = 0; f < table.field_count; ++f)
    for (unsigned bit = 0; bit < table.fields[f].width; ++bit) defined.insert(table.fields[f].lsb + bit);
  for (unsigned bit = 11; bit < 512; ++bit) {
    Command command = C{}.encode();
    command.words[bit / 32] ^= 1u << bit % 32;
    INFO(table.name << ", bit " << bit);
    REQUIRE((check(command) == Error::reserved_bit) == (defined.count(bit) == 0));
  }
}

/// Each field alone holds its extremes and throws one beyond, naming itself.
template <typename Set>
void limits(const std::string& field, std::int64_t low, std::int64_t high, Set encode_with) {
  INFO(field);
  CHECK_NOTHROW(encode_with(low));
  CHECK_NOTHROW(encode_with(high));
  CHECK_THROWS_AS(encode_with(low - 1), std::out_of_range);
  CHECK_THROWS_AS(encode_with(high + 1), std::out_of_range);
  try {
    encode_with(high + 1);
  } catch (const std::out_of_range& error) {
    CHECK(std::string(error.what()).find(field) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("every command survives encode and decode", "[spec]") {
  std::mt19937_64 random(seed());
  INFO("TWILL_SEED=" << seed());
  std::apply([&random](const auto&... each) { (round_trip<std::decay_t<decltype(each)>>(random), ...); }, All{});
  CHECK(std::tuple_size_v<All> == commands.size());
}

TEST_CASE("a bit no field names is refused", "[spec]") {
  std::apply([](const auto&... each) { (reserved_bits<std::decay_t<decltype(each)>>(), ...); }, All{});
}

TEST_CASE("fields lie where the table says, across words too", "[spec]") {
  std::mt19937_64 random(seed());
  for (int i = 0; i < 2000; ++i) {
    const unsigned lsb = static_cast<unsigned>(random() % 470), width = 1 + static_cast<unsigned>(random() % 40);
    Command command;
    for (auto& word : command.words) word = static_cast<std::uint32_t>(random());
    const Command before = command;
    const std::uint64_t value = random() & ((std::uint64_t{1} << width) - 1);
    command.set_bits(lsb, width, value);
    REQUIRE(command.bits(lsb, width) == value);
    for (unsigned bit = 0; bit < 512; ++bit)
      if (bit < lsb || bit >= lsb + width) REQUIRE(command.bits(bit, 1) == before.bits(bit, 1));
  }
}

TEST_CASE("a value that does not fit its field throws", "[spec]") {
  limits("conv.y_start", -2048, 2047, [](std::int64_t v) { Conv c; c.y_start = static_cast<std::int32_t>(v); return c.encode(); });
  limits("conv.in_rows", 0, 4095, [](std::int64_t v) { Conv c; c.in_rows = static_cast<std::uint32_t>(v); return c.encode(); });
  limits("requant.last_lanes", 0, 255, [](std::int64_t v) { Requant c; c.last_lanes = static_cast<std::uint32_t>(v); return c.encode(); });
  limits("load.dram_base", 0, (std::int64_t{1} << 40) - 1, [](std::int64_t v) { Load c; c.dram_base = static_cast<std::uint64_t>(v); return c.encode(); });
  limits("move.in_stride3", -(1 << 23), (1 << 23) - 1, [](std::int64_t v) { Move c; c.in_stride3 = static_cast<std::int32_t>(v); return c.encode(); });
  limits("mul.out_shift", -128, 127, [](std::int64_t v) { Mul c; c.out_shift = static_cast<std::int32_t>(v); return c.encode(); });
}

TEST_CASE("a command is legal only in its queues", "[spec]") {
  Conv conv;
  for (unsigned queue = 0; queue < 8; ++queue) {
    conv.queue = static_cast<Queue>(queue);
    CHECK((check(conv.encode()) == Error::wrong_queue) == (conv.queue != Queue::array));
    Nop nop;
    nop.queue = static_cast<Queue>(queue);
    CHECK((check(nop.encode()) == Error::wrong_queue) == (queue >= queues));
  }
}

TEST_CASE("reserved encodings are refused by name", "[spec]") {
  Conv conv;
  conv.weight_type = 1;
  CHECK(check(conv.encode()) == Error::unsupported_type);
  conv = {};
  conv.sparse = 1;
  CHECK(check(conv.encode()) == Error::unsupported_sparsity);
  conv = {};
  conv.weight_layout = 2;
  CHECK(check(conv.encode()) == Error::unsupported_weight_layout);
  Requant requant;
  requant.rounding = 1;
  CHECK(check(requant.encode()) == Error::unsupported_rounding);
  requant = {};
  requant.scalar = 1;
  CHECK(check(requant.encode()) == Error::unsupported_vector);
  requant = {};
  requant.reduce = 2;
  CHECK(check(requant.encode()) == Error::unsupported_vector);
  CHECK(check(Send{}.encode()) == Error::none);
  CHECK(check(Command{}) == Error::bad_opcode);
}
