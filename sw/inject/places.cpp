// SPDX-License-Identifier: Apache-2.0
#include "inject/places.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace twill::cli {
namespace {

/// A register of this last name, anywhere within a block of the chip.
struct Name {
  std::string_view block, last;
};
struct Known {
  Name name;
  std::optional<State> state;  ///< none: a register of a plain memory's ports
};

constexpr Known plain[] = {{{"u_scratchpad", "even"}, State::scratchpad},
                           {{"u_scratchpad", "odd"}, State::scratchpad},
                           {{"u_accumulators", "words0"}, State::accumulators},
                           {{"u_accumulators", "words1"}, State::accumulators},
                           {{"u_accumulators", "words2"}, State::accumulators},
                           {{"u_accumulators", "words3"}, State::accumulators},
                           {{"u_queues", "ram"}, State::queues},
                           {{"u_scratchpad", "words_q"}, std::nullopt},
                           {{"u_accumulators", "read0_q"}, std::nullopt},
                           {{"u_accumulators", "read1_q"}, std::nullopt},
                           {{"u_accumulators", "read2_q"}, std::nullopt},
                           {{"u_accumulators", "read3_q"}, std::nullopt}};
constexpr Known with_ecc[] = {{{"u_scratchpad", "words"}, State::scratchpad},
                              {{"u_accumulators", "words"}, State::accumulators},
                              {{"u_queues", "words"}, State::queues}};

bool is(const std::string& name, const Name& known) {
  return block_of(name) == known.block && name.substr(name.rfind('.') + 1) == known.last;
}

template <class Table>
const Known* find(const Table& table, const std::string& name) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Known& known) { return is(name, known.name); });
  return found == std::end(table) ? nullptr : &*found;
}

template <class Table>
void check(const Table& table, const std::vector<tb::Register>& registers) {
  for (const Known& known : table)
    if (std::none_of(registers.begin(), registers.end(), [&](const tb::Register& r) { return is(r.name, known.name); }))
      throw std::logic_error("no register " + std::string(known.name.block) + "." + std::string(known.name.last) +
                             " in this chip, by which sw/inject/places.cpp knows a memory");
}

/// Data of each memory: a command of a queue stands with its index.
std::array<std::uint64_t, 3> data_bits(const contract::Configuration& machine) {
  return {std::uint64_t{machine.scratchpad_bytes} * 8, std::uint64_t{machine.accumulator_words} * machine.word_bytes * 32,
          std::uint64_t{contract::queues} * contract::queue_depth * (contract::command_bytes * 8 + 32)};
}

}  // namespace

std::string block_of(const std::string& name) { return name.compare(0, 2, "u_") == 0 ? name.substr(0, name.find('.')) : "twill_chip"; }

Places::Places(const std::vector<tb::Register>& registers, const contract::Configuration& machine) {
  if (machine.ecc)
    check(with_ecc, registers);
  else
    check(plain, registers);
  std::array<std::uint64_t, 3> found{};
  for (std::size_t reg = 0; reg < registers.size(); ++reg) {
    const tb::Register& r = registers[reg];
    const Known* const in_plain = find(plain, r.name);
    // With SEC-DED the plain memories are declared, too, and nothing uses them.
    if (machine.ecc && in_plain) continue;
    const Known* const known = machine.ecc ? find(with_ecc, r.name) : in_plain;
    if (!known || !known->state) {
      others_.push_back(reg);
      continue;
    }
    const unsigned code = !machine.ecc ? std::min(r.bits, 64u) : r.bits % 72 == 0 ? 72u : 39u;
    memories_.push_back({*known->state, reg, code});
    const unsigned data = !machine.ecc ? r.bits : r.bits / code * (code == 72 ? 64 : 32);
    found[static_cast<std::size_t>(*known->state)] += std::uint64_t{r.elements} * data;
  }
  for (std::size_t state = 0; state < found.size(); ++state)
    if (const std::uint64_t all = data_bits(machine)[state]; found[state] != all)
      throw std::logic_error("sw/inject/places.cpp knows " + std::to_string(found[state]) + " bits of the " +
                             std::string(name(states[state])) + ", which have " + std::to_string(all) + " on " + std::string(machine.name));
}

}  // namespace twill::cli
