// SPDX-License-Identifier: Apache-2.0
// What `twill inject` takes for memories is in the chip, all of it, and a memory under another name is missed.
#include "inject/places.hpp"

#include <stdexcept>

#include "catch.hpp"
#include "common/machine_choice.hpp"

namespace {

using namespace twill;
using namespace twill::cli;

std::vector<tb::Register> registers_of(const std::string& config) {
  tb::ChipOptions options;
  options.registers = true;
  return tb::make_chip(config, options)->registers();
}

TEST_CASE("the memories of both machines with registers are found whole, and all else stands in blocks") {
  const std::string config = GENERATE("tiny", "tiny_ecc");
  const auto registers = registers_of(config);
  const contract::Configuration& machine = configuration_named(config);
  const Places places(registers, machine);  // compares the bits with the machine's
  std::array<bool, 3> found{};
  for (const Places::Memory& memory : places.memories()) {
    found[static_cast<std::size_t>(memory.state)] = true;
    INFO(registers[memory.reg].name);
    CHECK(registers[memory.reg].bits >= memory.code_bits);
  }
  CHECK(found == std::array<bool, 3>{true, true, true});
  for (const std::size_t reg : places.others())
    CHECK(registers[reg].elements * registers[reg].bits < 16384);  // none is as large as a memory
}

TEST_CASE("a memory that is renamed, or a part of one, does not become an unprotected register") {
  const std::string config = GENERATE("tiny", "tiny_ecc");
  const contract::Configuration& machine = configuration_named(config);
  const auto registers = registers_of(config);
  const Places places(registers, machine);
  for (const Places::Memory& memory : places.memories()) {
    auto renamed = registers;
    renamed[memory.reg].name += "_q";
    INFO(registers[memory.reg].name);
    CHECK_THROWS_AS(Places(renamed, machine), std::logic_error);
  }
}

}  // namespace
