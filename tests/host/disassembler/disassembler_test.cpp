// SPDX-License-Identifier: Apache-2.0
#include "twill/disassembler.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"

using namespace twill;

TEST_CASE("a line shows semaphores and the fields that differ from the defaults", "[disassembler]") {
  contract::Conv conv;
  conv.in_base = 0x1000;
  conv.zero_point = -3;
  conv.tiles = 2;
  conv.slots.wait0 = contract::Slot::on(3);
  conv.slots.wait2 = contract::Slot::on(4);
  conv.slots.signal1 = contract::Slot::on(7);
  conv.slots.tile_wait = contract::Slot::on(26);
  conv.slots.tile_signal = contract::Slot::on(12);
  CHECK(disassemble(conv.encode(), 17) ==
        "    17 array   conv          wait 3,4 tile_wait 26 tile_signal 12 signal 7  in_base=0x1000 zero_point=-3 tiles=2");

  contract::Nop nop;
  nop.queue = contract::Queue::post;
  CHECK(disassemble(nop.encode(), 0) == "     0 post    nop");
}

TEST_CASE("enumerations are named", "[disassembler]") {
  contract::Load load;
  load.space = static_cast<std::uint32_t>(contract::Space::accumulators);
  CHECK(disassemble(load.encode(), 1).find("space=accumulators") != std::string::npos);
  contract::Pool pool;
  pool.mode = static_cast<std::uint32_t>(contract::PoolMode::mean);
  CHECK(disassemble(pool.encode(), 1).find("mode=mean") != std::string::npos);
}

TEST_CASE("what the decoder refuses is said", "[disassembler]") {
  contract::Command zero;
  const std::string line = disassemble(zero, 5);
  CHECK(line.find("!bad_opcode") != std::string::npos);
  CHECK(line.find("00000000") != std::string::npos);
  contract::Conv conv;
  conv.tiles = 0;
  CHECK(disassemble(conv.encode(), 0).find("!bad_field") != std::string::npos);
  conv = {};
  conv.queue = contract::Queue::post;
  CHECK(disassemble(conv.encode(), 0).find("!wrong_queue") != std::string::npos);
}

TEST_CASE("the long form has a line for every field", "[disassembler]") {
  contract::Requant requant;
  requant.param_base = 0x40;
  const std::string text = disassemble_long(requant.encode(), 2);
  CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == 1 + contract::requant_fields.size());
  CHECK(text.find("param_base       0x40") != std::string::npos);
  for (const auto& field : contract::requant_fields) CHECK(text.find(std::string(field.description)) != std::string::npos);
}

TEST_CASE("any 64 bytes disassemble", "[disassembler]") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    contract::Command command;
    for (auto& word : command.words) word = random();
    if (i % 2) command.words[0] = (command.words[0] & ~0xffu) | static_cast<std::uint32_t>(contract::commands[random() % contract::commands.size()].opcode);
    CHECK_FALSE(disassemble(command, static_cast<unsigned>(i)).empty());
    CHECK(disassemble(command, 0).find('\n') == std::string::npos);
    CHECK_FALSE(disassemble_long(command, static_cast<unsigned>(i)).empty());
  }
}
