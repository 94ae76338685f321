// SPDX-License-Identifier: Apache-2.0
#include "draw.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "array_commands.hpp"

namespace twill::fuzz {
namespace {

using contract::Opcode;
using contract::Space;

constexpr auto scratchpad = static_cast<std::uint32_t>(Space::scratchpad), accumulators = static_cast<std::uint32_t>(Space::accumulators);

const contract::CommandInfo& info_of(const contract::Command& command) {
  for (const contract::CommandInfo& info : contract::commands)
    if (info.opcode == opcode_of(command)) return info;
  throw std::logic_error("a command of no opcode");
}

template <class C>
void set_local(C& c, const Walk& w, std::uint32_t space) {
  c.space = space;
  c.local_base = static_cast<std::uint32_t>(w.base), c.local_run = static_cast<std::uint32_t>(w.run);
  c.local_count0 = static_cast<std::uint32_t>(w.count[0]), c.local_count1 = static_cast<std::uint32_t>(w.count[1]),
  c.local_count2 = static_cast<std::uint32_t>(w.count[2]);
  c.local_stride0 = static_cast<std::int32_t>(w.stride[0]), c.local_stride1 = static_cast<std::int32_t>(w.stride[1]),
  c.local_stride2 = static_cast<std::int32_t>(w.stride[2]);
}
template <class C>
void set_dram(C& c, const Walk& w) {
  c.dram_base = static_cast<std::uint64_t>(w.base), c.dram_run = static_cast<std::uint32_t>(w.run);
  c.dram_count0 = static_cast<std::uint32_t>(w.count[0]), c.dram_count1 = static_cast<std::uint32_t>(w.count[1]),
  c.dram_count2 = static_cast<std::uint32_t>(w.count[2]);
  c.dram_stride0 = static_cast<std::int32_t>(w.stride[0]), c.dram_stride1 = static_cast<std::int32_t>(w.stride[1]),
  c.dram_stride2 = static_cast<std::int32_t>(w.stride[2]);
}
template <class C>
void set_remote(C& c, const Walk& w) {
  c.remote_base = static_cast<std::uint64_t>(w.base), c.remote_run = static_cast<std::uint32_t>(w.run);
  c.remote_count0 = static_cast<std::uint32_t>(w.count[0]), c.remote_count1 = static_cast<std::uint32_t>(w.count[1]),
  c.remote_count2 = static_cast<std::uint32_t>(w.count[2]);
  c.remote_stride0 = static_cast<std::int32_t>(w.stride[0]), c.remote_stride1 = static_cast<std::int32_t>(w.stride[1]),
  c.remote_stride2 = static_cast<std::int32_t>(w.stride[2]);
}

}  // namespace

std::optional<std::uint64_t> field(const contract::Command& command, std::string_view name) {
  const contract::CommandInfo& info = info_of(command);
  for (unsigned i = 0; i < info.field_count; ++i)
    if (info.fields[i].name == name) return command.bits(info.fields[i].lsb, info.fields[i].width);
  return std::nullopt;
}

contract::Command Draw::command(Opcode opcode) {
  ArrayCommands<Random> array(random_, static_cast<int>(m_.word_bytes), static_cast<int>(m_.accumulator_words),
                              static_cast<int>(m_.scratchpad_bytes));
  switch (opcode) {
    case Opcode::nop: {
      contract::Nop c;
      c.queue = static_cast<contract::Queue>(random_.below(contract::queues));
      return c.encode();
    }
    case Opcode::mark: {
      contract::Mark c;
      c.queue = static_cast<contract::Queue>(random_.below(contract::queues));
      c.tag = static_cast<std::uint32_t>(random_());
      return c.encode();
    }
    case Opcode::load: return load();
    case Opcode::fill: return fill();
    case Opcode::store: return store();
    case Opcode::conv: return over_banks(array.conv()).encode();
    case Opcode::depthwise: return over_banks(array.depthwise()).encode();
    case Opcode::requant: return requant();
    case Opcode::add: return add();
    case Opcode::mul: return mul();
    case Opcode::pool: return pool();
    case Opcode::lookup: return lookup();
    case Opcode::move: return move();
    case Opcode::send: return send<contract::Send>(false);
    case Opcode::send_add: return send<contract::SendAdd>(true);
    default: throw std::logic_error("no such command is drawn");
  }
}

// ------------------------------------------------------------------------------------------------------------- places and values

/// Where `bytes` may lie in the scratchpad: anywhere, at its ends, at a word, or near what an earlier command left.
std::uint32_t Draw::spot(std::int64_t bytes) {
  const std::int64_t room = std::max<std::int64_t>(0, std::int64_t{m_.scratchpad_bytes} - bytes);
  switch (random_.below(10)) {
    case 0: return 0;
    case 1: return static_cast<std::uint32_t>(room);
    case 2: return random_.from(0, static_cast<std::uint64_t>(room)) / m_.word_bytes * m_.word_bytes;
    case 3:
    case 4:
    case 5:
    case 6:
      if (!recent_.empty())
        return static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(random_.one_of(recent_) + (random_.percent(60) ? 0 : random_.in(-8, 40)), 0, room));
      [[fallthrough]];
    default: return random_.from(0, static_cast<std::uint64_t>(room));
  }
}

std::uint32_t Draw::multiplier() {
  switch (random_.below(8)) {
    case 0: return 0;
    case 1: return 1u << 30;
    case 2: return 0x7fffffffu;
    default: return random_.from(1u << 30, 0x7fffffffu);
  }
}

template <class C>
void Draw::limits(C& c) {
  c.min = random_.percent(60) ? -128 : byte();
  c.max = random_.percent(60) ? 127 : byte();
  if (c.min > c.max) std::swap(c.min, c.max);
}

std::vector<std::uint8_t> Draw::records(std::uint32_t tiles) {
  std::vector<std::uint8_t> bytes(std::size_t{tiles} * m_.word_bytes * contract::parameter_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += contract::parameter_bytes) {
    struct {
      std::int32_t min, max;
    } range;
    limits(range);
    const std::int32_t bias = random_.percent(20)
                                  ? static_cast<std::int32_t>((random_.percent(50) ? 1 : -1) * ((1 << 30) - random_.in(-3, 3)))
                                  : static_cast<std::int32_t>(random_.in(-100000, 100000));
    const std::uint32_t m = multiplier();
    const std::int64_t shift = random_.percent(70)   ? random_.in(-14, -2)
                               : random_.percent(50) ? random_.in(-31, 30)
                                                     : random_.one_of({-31, -1, 0, 1, 30});
    std::memcpy(&bytes[at], &bias, 4);
    std::memcpy(&bytes[at + 4], &m, 4);
    bytes[at + 8] = static_cast<std::uint8_t>(shift);
    bytes[at + 9] = static_cast<std::uint8_t>(random_());
    bytes[at + 10] = static_cast<std::uint8_t>(range.min);
    bytes[at + 11] = static_cast<std::uint8_t>(range.max);
  }
  return bytes;
}

/// A walk of `unit` times all factors bytes within [low, low + bytes); false when it came out too long. One that reads may meet itself.
bool Draw::walk(Walk& w, const std::vector<std::int64_t>& factors, std::int64_t unit, std::int64_t low, std::int64_t bytes, bool reads) {
  w = Walk();
  w.run = unit;
  for (const std::int64_t factor : factors) {
    const auto slot = random_.below(5);
    (slot < 3 ? w.count[slot] : w.run) *= factor;
  }
  std::int64_t reach = w.run, lowest = 0;
  for (std::size_t d = 0; d < 3; ++d) {
    std::int64_t step = reach + (random_.percent(50) ? random_.in(0, 19) * unit : 0);
    if (reads && random_.percent(15)) step = random_.in(0, 3) * unit;
    const std::int64_t far = step * (w.count[d] - 1);
    const bool down = random_.percent(33);
    w.stride[d] = down ? -step : step;
    if (w.count[d] == 1 && random_.percent(30)) w.stride[d] = random_.in(-2000, 2000) * unit;  // without effect
    if (down) lowest -= far;
    reach += far;
  }
  if (reach > bytes) return false;
  const std::int64_t room = (bytes - reach) / unit;
  const std::int64_t at = random_.percent(15) ? 0 : random_.percent(15) ? room : random_.in(0, room);
  w.base = low + at * unit - lowest;
  return true;
}

/// Both sides of a move. `words`: of int32 values; else only where a side is the accumulators.
Draw::Sides Draw::sides(bool local_reads, bool words, Space far_space) {
  for (;;) {
    Sides s;
    s.space = random_.percent(70) ? scratchpad : accumulators;
    const bool local_words = words || s.space == accumulators,
               far_words = far_space == Space::accumulators || (words && far_space != Space::dram);
    std::vector<std::int64_t> factors;
    for (std::uint64_t i = random_.below(7); i > 0; --i) factors.push_back(random_.in(1, 6));
    if (random_.percent(10))
      factors.push_back(random_.one_of<std::int64_t>({m_.word_bytes - 1, m_.word_bytes, m_.word_bytes + 1, 255, 256, 257}));
    std::vector<std::int64_t> more = factors;  // a side of bytes has four times the elements of one of words
    if (local_words || far_words) more.push_back(4);
    const std::int64_t pad = m_.scratchpad_bytes, sums = std::int64_t{m_.accumulator_words} * m_.word_bytes * 4;
    const Window window = random_.one_of(windows);
    if (!walk(s.local, local_words ? factors : more, local_words ? 4 : 1, 0, s.space == scratchpad ? pad : sums, local_reads)) continue;
    const std::int64_t low = far_space == Space::dram ? static_cast<std::int64_t>(window.address) : 0;
    const std::int64_t bytes = far_space == Space::dram         ? static_cast<std::int64_t>(window.bytes)
                               : far_space == Space::scratchpad ? pad
                                                                : sums;
    if (!walk(s.far, far_words ? factors : more, far_words ? 4 : 1, low, bytes, !local_reads)) continue;
    return s;
  }
}

// ---------------------------------------------------------------------------------------------------------------------- commands

contract::Command Draw::load() {
  contract::Load c;
  c.add = random_.percent(25);
  const Sides s = sides(false, c.add != 0, Space::dram);
  set_local(c, s.local, s.space);
  set_dram(c, s.far);
  return c.encode();
}

contract::Command Draw::fill() {
  contract::Fill c;
  const Sides s = sides(false, false, Space::dram);
  set_local(c, s.local, s.space);
  c.value = random_.from(0, 255);
  return c.encode();
}

contract::Command Draw::store() {
  contract::Store c;
  const Sides s = sides(true, false, Space::dram);
  set_local(c, s.local, s.space);
  set_dram(c, s.far);
  return c.encode();
}

template <class C>
contract::Command Draw::send(bool add) {
  C c;
  const auto to = static_cast<Space>(random_.below(add ? 2 : 3));
  const Sides s = sides(true, add, to);
  set_local(c, s.local, s.space);
  set_remote(c, s.far);
  c.remote_space = static_cast<std::uint32_t>(to);
  c.chip = random_.from(0, chips_ - 1);
  return c.encode();
}

contract::Command Draw::requant() {
  contract::Requant c;
  const std::uint32_t bank = m_.accumulator_words / contract::accumulator_banks, word = m_.word_bytes;
  c.out_w = random_.from(1, random_.percent(70) ? 12 : 2 * bank);
  c.out_h = random_.from(1, std::max<std::uint32_t>(1, std::min<std::uint32_t>(m_.accumulator_words, 150) / c.out_w));
  c.tiles = random_.percent(50) ? 1 : random_.from(2, 5);
  c.acc_base = random_.from(0, 3) * bank;
  c.last_lanes = random_.percent(50) ? word : random_.from(1, word);
  const bool planes = random_.percent(20);  // tiles apart instead of side by side
  const std::uint32_t channels = planes ? word : word * (c.tiles - 1) + c.last_lanes;
  c.pix_step = channels + (random_.percent(20) ? random_.from(0, 5) : 0);
  c.row_step = c.out_w * c.pix_step + (random_.percent(20) ? random_.from(0, 9) : 0);
  c.n_step = planes ? c.row_step * c.out_h : word;
  c.row_bytes = random_.percent(60) ? 0xffffff : random_.from(0, c.out_w * c.pix_step + word * c.tiles);
  c.out_base = spot(std::int64_t{c.row_step} * c.out_h * (planes ? c.tiles : 1));
  c.param_base = spot(c.tiles * word * contract::parameter_bytes) / word * word;
  c.keep_parameters = random_.percent(20);
  return c.encode();
}

contract::Command Draw::requant_of(const contract::Command& command) {
  const bool conv = opcode_of(command) == Opcode::conv;
  const auto from = contract::Conv::decode(command);
  auto c = contract::Requant::decode(requant());
  c.out_w = from.out_w;  // CONV and DEPTHWISE have these in the same places
  c.out_h = from.out_h;
  c.acc_base = from.acc_base;
  c.tiles = conv ? from.tiles : contract::Depthwise::decode(command).tiles;
  c.pix_step = m_.word_bytes * (c.tiles - 1) + c.last_lanes;
  c.n_step = m_.word_bytes;
  c.row_step = c.out_w * c.pix_step;
  c.row_bytes = 0xffffff;
  c.out_base = spot(std::int64_t{c.row_step} * c.out_h);
  return c.encode();
}

/// Now and then as many output rows as there are accumulator words for, or about a bank.
template <class C>
C Draw::over_banks(C c) {
  const std::uint32_t bank = m_.accumulator_words / contract::accumulator_banks;
  if (random_.percent(85) || c.out_w > bank) return c;
  c.out_h = random_.percent(30)   ? m_.accumulator_words / c.out_w
            : random_.percent(50) ? bank / c.out_w + random_.from(0, 1)
                                  : random_.from(1, m_.accumulator_words / c.out_w);
  c.tiles = random_.from(1, 2);
  return c;
}

template <class C>
void Draw::runs(C& c) {
  const std::uint32_t word = m_.word_bytes;
  c.run = random_.percent(30) ? random_.from(1, 3) : random_.percent(50) ? random_.from(1, 3 * word) : word * random_.from(1, 6);
  c.count = random_.from(1, 9);
}

template <class C>
void Draw::operands(C& c) {
  runs(c);
  c.a_pitch = pitch(c.run);
  c.b_pitch = random_.percent(20) ? 0 : pitch(c.run);
  c.out_pitch = pitch(c.run);
  c.a_base = spot(std::int64_t{c.a_pitch} * c.count);
  c.b_base = spot(std::int64_t{c.b_pitch} * c.count + c.run);
  c.out_base = spot(std::int64_t{c.out_pitch} * c.count);
  if (random_.percent(25)) c.out_base = c.a_base, c.out_pitch = c.a_pitch;
  c.a_zero = byte();
  c.b_zero = byte();
  c.out_zero = byte();
  limits(c);
  c.out_multiplier = multiplier();
}

contract::Command Draw::add() {
  contract::Add c;
  operands(c);
  const auto shift = [&](std::uint32_t low, std::uint32_t high) {
    return random_.percent(80) ? random_.from(low, high) : random_.percent(50) ? random_.from(0, 31) : random_.one_of({0u, 1u, 31u});
  };
  c.left_shift = shift(20, 20);
  c.subtract = random_.percent(40);
  c.a_multiplier = multiplier();
  c.b_multiplier = multiplier();
  c.a_shift = shift(0, 4);
  c.b_shift = shift(0, 4);
  c.out_shift = shift(14, 21);
  return c.encode();
}

contract::Command Draw::mul() {
  contract::Mul c;
  operands(c);
  c.out_shift = static_cast<std::int32_t>(random_.percent(60) ? random_.in(-9, -4) : random_.in(-31, 30));
  return c.encode();
}

contract::Command Draw::pool() {
  contract::Pool c;
  c.mode = random_.from(0, 2);
  c.in_rows = random_.from(1, 12);
  c.in_cols = random_.from(1, 12);
  c.channels = random_.percent(50) ? random_.from(1, 2 * m_.word_bytes) : m_.word_bytes * random_.from(1, 2);
  c.kernel_y = random_.percent(80) ? random_.from(1, 4) : random_.from(1, 255);
  c.kernel_x = random_.percent(80) ? random_.from(1, 4) : random_.from(1, 255);
  c.stride_y = random_.from(0, 4);
  c.stride_x = random_.from(0, 4);
  c.y_start = static_cast<std::int32_t>(random_.in(1 - static_cast<int>(c.kernel_y), 1));
  c.x_start = static_cast<std::int32_t>(random_.in(1 - static_cast<int>(c.kernel_x), 1));
  c.out_h = random_.from(1, 6);
  c.out_w = random_.from(1, 6);
  c.in_pix_pitch = pitch(c.channels);
  c.in_row_pitch = c.in_pix_pitch * c.in_cols + random_.from(0, 5);
  c.out_pix_pitch = pitch(c.channels);
  c.out_row_pitch = c.out_pix_pitch * c.out_w + random_.from(0, 5);
  c.in_base = spot(std::int64_t{c.in_row_pitch} * c.in_rows);
  c.out_base = spot(std::int64_t{c.out_row_pitch} * c.out_h);
  c.out_zero = byte();
  limits(c);
  c.multiplier = multiplier();
  c.shift = static_cast<std::int32_t>(random_.percent(60) ? random_.in(-9, -2) : random_.in(-31, 30));
  c.bias = static_cast<std::int32_t>(random_.percent(90) ? random_.in(-30000, 30000) : random_.in(-(1 << 30), 1 << 30));
  return c.encode();
}

contract::Command Draw::lookup() {
  contract::Lookup c;
  runs(c);
  c.in_pitch = pitch(c.run);
  c.out_pitch = pitch(c.run);
  c.in_base = spot(std::int64_t{c.in_pitch} * c.count);
  c.out_base = spot(std::int64_t{c.out_pitch} * c.count);
  c.table_base = spot(256) / m_.word_bytes * m_.word_bytes;
  c.keep_table = random_.percent(30);
  return c.encode();
}

contract::Command Draw::move() {
  contract::Move c;
  c.run = random_.from(1, (random_.percent(50) ? 1 : 5) * m_.word_bytes);
  std::uint32_t counts[4];
  std::int64_t in_low = 0, in_high = c.run, out_low = 0, out_high = c.run, step = c.run;
  std::int32_t in[4], out[4];
  for (int i = 0; i < 4; ++i) {
    counts[i] = random_.percent(50) ? 1 : random_.from(2, 5);
    in[i] = static_cast<std::int32_t>(random_.in(-300, 300));
    out[i] = static_cast<std::int32_t>((step + (random_.percent(30) ? random_.in(0, 7) : 0)) *
                                       (random_.percent(30) ? -1 : 1));  // nested: nothing is written twice
    step = std::int64_t{std::abs(out[i])} * counts[i];
    const std::int64_t in_far = std::int64_t{in[i]} * (counts[i] - 1), out_far = std::int64_t{out[i]} * (counts[i] - 1);
    (in_far < 0 ? in_low : in_high) += in_far;
    (out_far < 0 ? out_low : out_high) += out_far;
  }
  c.in_base = static_cast<std::uint32_t>(std::max<std::int64_t>(0, spot(in_high - in_low) - in_low));
  c.out_base = static_cast<std::uint32_t>(std::max<std::int64_t>(0, spot(out_high - out_low) - out_low));
  c.count0 = counts[0], c.count1 = counts[1], c.count2 = counts[2], c.count3 = counts[3];
  c.in_stride0 = in[0], c.in_stride1 = in[1], c.in_stride2 = in[2], c.in_stride3 = in[3];
  c.out_stride0 = out[0], c.out_stride1 = out[1], c.out_stride2 = out[2], c.out_stride3 = out[3];
  c.fill = random_.percent(30);
  c.value = random_.from(0, 255);
  return c.encode();
}

// ------------------------------------------------------------------------------------------------------------------------ limits

contract::Command Draw::at_limits(const contract::Command& command, unsigned changes) {
  const contract::CommandInfo& info = info_of(command);
  contract::Command c = command;
  if (info.field_count == 0) return c;
  for (; changes > 0; --changes) {
    const contract::FieldInfo& field = info.fields[random_.below(info.field_count)];
    const std::uint32_t word = m_.word_bytes, bank = m_.accumulator_words / contract::accumulator_banks;
    const std::uint64_t most = (std::uint64_t{1} << field.width) - 1;
    const std::uint64_t value = random_.one_of<std::uint64_t>({0,
                                                               1,
                                                               2,
                                                               word - 1,
                                                               word,
                                                               word + 1,
                                                               2 * word,
                                                               4 * word,
                                                               bank - 1,
                                                               bank,
                                                               bank + 1,
                                                               m_.accumulator_words - 1,
                                                               m_.accumulator_words,
                                                               contract::line_buffer_words,
                                                               m_.scratchpad_bytes - 1,
                                                               m_.scratchpad_bytes - word,
                                                               most,
                                                               most - 1,
                                                               most / 2,
                                                               most / 2 + 1,
                                                               random_() & most});
    c.set_bits(field.lsb, field.width, value & most);
  }
  return c;
}

contract::Command Draw::spoiled(const contract::Command& command) {
  contract::Command c = command;
  switch (random_.below(6)) {
    case 0: c.set_bits(0, 8, random_() & 0xff); break;
    case 1: c.set_bits(8, 3, random_() & 7u); break;
    case 2: c.set_bits(static_cast<unsigned>(64 + random_.below(448)), 1, 1); break;
    default: c = at_limits(command, 1); break;
  }
  return c;
}

}  // namespace twill::fuzz
