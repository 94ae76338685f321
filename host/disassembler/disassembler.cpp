// SPDX-License-Identifier: Apache-2.0
#include "twill/disassembler.hpp"

#include <algorithm>
#include <iomanip>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <utility>

namespace twill {
namespace {

using contract::Command;
using contract::CommandInfo;
using contract::FieldInfo;

constexpr unsigned longest_queue = 7, longest_opcode = 13;

const CommandInfo* find(const Command& command) {
  const auto* found = std::find_if(contract::commands.begin(), contract::commands.end(), [&command](const CommandInfo& info) {
    return static_cast<std::uint32_t>(info.opcode) == (command.words[0] & 0xff);
  });
  return found == contract::commands.end() ? nullptr : &*found;
}

/// The command as its C++ type starts out: a field that holds this says nothing.
Command defaults(contract::Opcode opcode) {
  switch (opcode) {
    case contract::Opcode::nop: return contract::Nop{}.encode();
    case contract::Opcode::mark: return contract::Mark{}.encode();
    case contract::Opcode::load: return contract::Load{}.encode();
    case contract::Opcode::fill: return contract::Fill{}.encode();
    case contract::Opcode::store: return contract::Store{}.encode();
    case contract::Opcode::conv: return contract::Conv{}.encode();
    case contract::Opcode::depthwise: return contract::Depthwise{}.encode();
    case contract::Opcode::requant: return contract::Requant{}.encode();
    case contract::Opcode::add: return contract::Add{}.encode();
    case contract::Opcode::mul: return contract::Mul{}.encode();
    case contract::Opcode::pool: return contract::Pool{}.encode();
    case contract::Opcode::lookup: return contract::Lookup{}.encode();
    case contract::Opcode::move: return contract::Move{}.encode();
    case contract::Opcode::send: return contract::Send{}.encode();
    case contract::Opcode::send_add: return contract::SendAdd{}.encode();
    case contract::Opcode::signal_remote: return contract::SignalRemote{}.encode();
  }
  return {};
}

bool ends_with(std::string_view text, std::string_view end) { return text.size() >= end.size() && text.substr(text.size() - end.size()) == end; }

std::string value(const Command& command, const FieldInfo& field) {
  const std::uint64_t bits = command.bits(field.lsb, field.width);
  if (field.is_signed) return std::to_string(command.signed_bits(field.lsb, field.width));
  if (field.name == "space") return std::string(contract::name(static_cast<contract::Space>(bits)));
  // `mode` and the likes of it name their enum at the start of their description.
  if (field.description.substr(0, 10) == "pool_mode:") return std::string(contract::name(static_cast<contract::PoolMode>(bits)));
  if (!ends_with(field.name, "_base") || field.name == "acc_base") return std::to_string(bits);
  std::ostringstream text;
  text << "0x" << std::hex << bits;
  return text.str();
}

/// " wait 3,4", or nothing when no slot is enabled.
std::string semaphores(const char* what, std::initializer_list<contract::Slot> slots) {
  std::string text;
  for (const contract::Slot slot : slots)
    if (slot.enabled()) text += (text.empty() ? std::string(" ") + what + " " : ",") + std::to_string(slot.semaphore());
  return text;
}

std::string all_semaphores(const Command& command) {
  const contract::Slots s = contract::slots(command);
  return semaphores("wait", {s.wait0, s.wait1, s.wait2}) + semaphores("tile_wait", {s.tile_wait}) + semaphores("tile_signal", {s.tile_signal}) +
         semaphores("signal", {s.signal0, s.signal1, s.signal2});
}

std::string words(const Command& command) {
  std::ostringstream text;
  text << std::hex << std::setfill('0');
  for (const std::uint32_t word : command.words) text << ' ' << std::setw(8) << word;
  return text.str();
}

/// Index, queue and opcode in columns, then the semaphores.
std::string head(const Command& command, const CommandInfo& info, unsigned index) {
  std::ostringstream text;
  text << std::setw(6) << index << ' ' << std::left << std::setw(longest_queue) << contract::name(contract::Nop::decode(command).queue) << ' '
       << std::setw(longest_opcode) << info.name << all_semaphores(command);
  return text.str();
}

std::string verdict(const Command& command) {
  const contract::Error error = contract::check(command);
  return error == contract::Error::none ? "" : " !" + std::string(contract::name(error));
}

std::string unknown(const Command& command, unsigned index) {
  std::ostringstream text;
  text << std::setw(6) << index << " ?" << words(command) << verdict(command);
  return text.str();
}

std::string without_trailing_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string disassemble(const Command& command, unsigned index) {
  const CommandInfo* info = find(command);
  if (info == nullptr) return unknown(command, index);
  const Command usual = defaults(info->opcode);
  std::string fields;
  for (unsigned i = 0; i < info->field_count; ++i) {
    const FieldInfo& field = info->fields[i];
    if (command.bits(field.lsb, field.width) != usual.bits(field.lsb, field.width)) fields += " " + std::string(field.name) + "=" + value(command, field);
  }
  return without_trailing_spaces(head(command, *info, index) + (fields.empty() ? "" : " ") + fields + verdict(command));
}

std::string disassemble_long(const Command& command, unsigned index) {
  const CommandInfo* info = find(command);
  if (info == nullptr) return unknown(command, index) + "\n";
  std::ostringstream text;
  text << without_trailing_spaces(head(command, *info, index)) << verdict(command) << '\n';
  for (unsigned i = 0; i < info->field_count; ++i) {
    const FieldInfo& field = info->fields[i];
    const std::string bits = std::to_string(field.lsb + field.width - 1) + ":" + std::to_string(field.lsb);
    text << "       " << std::right << std::setw(7) << bits << "  " << std::left << std::setw(16) << field.name << ' ' << std::setw(12)
         << value(command, field) << ' ' << field.description << '\n';
  }
  return text.str();
}

}  // namespace twill
