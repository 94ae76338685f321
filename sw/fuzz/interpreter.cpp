// SPDX-License-Identifier: Apache-2.0
#include "interpreter.hpp"

#include <algorithm>
#include <cstring>

#include "footprint.hpp"
#include "twill/functional/execute.hpp"

namespace twill::fuzz {
namespace {

using contract::Opcode;
using functional::State;

bool multiplier_legal(std::uint32_t m) { return m == 0 || (m >= 1u << 30 && m < 1u << 31); }

template <class C>
bool limits_legal(const C& c) {
  return c.min <= c.max;
}

bool records_legal(const State& state, const contract::Requant& c) {
  const std::uint32_t tile = state.machine.word_bytes * contract::parameter_bytes;
  for (std::uint32_t n = c.keep_parameters ? 1 : 0; n < c.tiles; ++n)
    for (std::uint32_t at = c.param_base + n * tile, end = at + tile; at < end; at += contract::parameter_bytes) {
      if (at + contract::parameter_bytes > state.scratchpad.size()) return false;
      functional::RequantRecord record;
      std::uint32_t rest;
      std::memcpy(&record, &state.scratchpad[at], sizeof record);
      std::memcpy(&rest, &state.scratchpad[at + 12], 4);
      if (!multiplier_legal(static_cast<std::uint32_t>(record.multiplier)) || record.shift < -31 || record.shift > 30 ||
          !limits_legal(record) || rest != 0)
        return false;
    }
  return true;
}

/// Array rows without a tap hold zero.
bool weights_legal(const State& state, const contract::Depthwise& c) {
  const std::uint32_t word = state.machine.word_bytes, passes = c.tiles * c.phases_x * c.phases_y * c.blocks;
  for (std::uint32_t pass = 0; pass < passes; ++pass)
    for (std::uint32_t at = c.rows * c.kernel_w * word; at < word * word; ++at) {
      const std::uint64_t address = c.weight_base + std::uint64_t{pass} * word * word + at;
      if (address >= state.scratchpad.size() || state.scratchpad[address] != 0) return false;
    }
  return true;
}

}  // namespace

Interpreter::Interpreter(const contract::Configuration& machine, unsigned chips, const std::vector<Image>& images) {
  for (unsigned chip = 0; chip < chips; ++chip) chips_.push_back(std::make_unique<Chip>(machine));
  for (const Image& image : images) place(image);
}

void Interpreter::place(const Image& image) {
  const std::vector<std::uint8_t> bytes = image.contents();
  chips_.at(image.chip)->dram.write(image.address, bytes.data(), bytes.size());
}

bool Interpreter::operands_legal(const Op& op) const {
  const Chip& chip = *chips_.at(op.chip);
  switch (opcode_of(op.command)) {
    case Opcode::requant: {
      const auto c = contract::Requant::decode(op.command);
      return (!c.keep_parameters || chip.has_records) && records_legal(chip.state, c);
    }
    case Opcode::depthwise: return weights_legal(chip.state, contract::Depthwise::decode(op.command));
    case Opcode::add: {
      const auto c = contract::Add::decode(op.command);
      return limits_legal(c) && multiplier_legal(c.a_multiplier) && multiplier_legal(c.b_multiplier) && multiplier_legal(c.out_multiplier);
    }
    case Opcode::mul: {
      const auto c = contract::Mul::decode(op.command);
      return limits_legal(c) && multiplier_legal(c.out_multiplier);
    }
    case Opcode::pool: {
      const auto c = contract::Pool::decode(op.command);
      return limits_legal(c) && (c.mode != static_cast<std::uint32_t>(contract::PoolMode::mean) || multiplier_legal(c.multiplier));
    }
    case Opcode::lookup: return !contract::Lookup::decode(op.command).keep_table || chip.has_table;
    default: return true;
  }
}

void Interpreter::run(const Op& op) {
  Chip& chip = *chips_.at(op.chip);
  switch (const Opcode opcode = opcode_of(op.command)) {
    case Opcode::nop:
    case Opcode::mark:
    case Opcode::signal_remote: return;
    case Opcode::send:
    case Opcode::send_add: return send(contract::Send::decode(op.command), op.chip, opcode == Opcode::send_add);
    case Opcode::requant: chip.has_records = true; break;
    case Opcode::lookup: chip.has_table = true; break;
    default: break;
  }
  functional::execute(op.command, chip.state, chip.dram);
}

void Interpreter::send(const contract::Send& c, unsigned from, bool add) {
  const auto bytes_of = [](State& state, std::uint32_t space) {
    return space == static_cast<std::uint32_t>(contract::Space::scratchpad) ? state.scratchpad.data()
                                                                            : reinterpret_cast<std::uint8_t*>(state.accumulators.data());
  };
  std::vector<std::uint8_t> stream;
  const Walk source = local_walk(c), target = remote_walk(c);
  const std::uint8_t* const local = bytes_of(chips_.at(from)->state, c.space);
  source.each_run([&](std::int64_t at) { stream.insert(stream.end(), local + at, local + at + source.run); });
  Chip& to = *chips_.at(c.chip);
  const std::uint8_t* next = stream.data();
  target.each_run([&](std::int64_t at) {
    if (c.remote_space == static_cast<std::uint32_t>(contract::Space::dram)) {
      for (std::int64_t i = 0; i < target.run; ++i)
        to.dram.write(static_cast<std::uint64_t>(at + i) & ((std::uint64_t{1} << 40) - 1), next + i, 1);
    } else if (std::uint8_t* const there = bytes_of(to.state, c.remote_space) + at; add) {
      for (std::int64_t i = 0; i < target.run; i += 4) {
        std::uint32_t value, sum;
        std::memcpy(&value, next + i, 4);
        std::memcpy(&sum, there + i, 4);
        sum += value;
        std::memcpy(there + i, &sum, 4);
      }
    } else {
      std::memcpy(there, next, static_cast<std::size_t>(target.run));
    }
    next += target.run;
  });
}

}  // namespace twill::fuzz
