// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace twill::post_test {
namespace {

std::int32_t saturate(std::int64_t x) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(x, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

std::uint8_t clamp_byte(std::int64_t y, std::int32_t low, std::int32_t high) {
  return static_cast<std::uint8_t>(std::min<std::int64_t>(std::max<std::int64_t>(y, low), high));
}

std::int32_t int32(const std::uint8_t* bytes) {
  return static_cast<std::int32_t>(bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24);
}

}  // namespace

std::int32_t requantize(std::int32_t x, std::int32_t multiplier, int shift) {
  const std::int64_t shifted = saturate(static_cast<std::int64_t>(x) * (std::int64_t{1} << std::max(shift, 0)));
  const std::int64_t h = (shifted * multiplier + (std::int64_t{1} << 30)) >> 31;
  const int e = std::max(-shift, 0);
  if (e == 0) return static_cast<std::int32_t>(h);
  return static_cast<std::int32_t>((h + (std::int64_t{1} << (e - 1)) - (h < 0 ? 1 : 0)) >> e);
}

std::uint8_t& Reference::at(std::int64_t address) {
  address &= 0xffffff;
  if (address >= static_cast<std::int64_t>(scratchpad.size())) throw std::out_of_range("byte " + std::to_string(address));
  return scratchpad[static_cast<std::size_t>(address)];
}

void Reference::run(const contract::Command& command) {
  switch (static_cast<contract::Opcode>(command.bits(0, 8))) {
    case contract::Opcode::requant: return run(contract::Requant::decode(command));
    case contract::Opcode::add: return run(contract::Add::decode(command));
    case contract::Opcode::mul: return run(contract::Mul::decode(command));
    case contract::Opcode::pool: return run(contract::Pool::decode(command));
    case contract::Opcode::lookup: return run(contract::Lookup::decode(command));
    case contract::Opcode::move: return run(contract::Move::decode(command));
    default: throw std::invalid_argument("not a post command");
  }
}

void Reference::run(const contract::Requant& c) {
  for (unsigned n = 0; n < c.tiles; ++n) {
    if (n > 0 || !c.keep_parameters) {
      records.resize(word * 16);
      for (unsigned i = 0; i < word * 16; ++i) records[i] = at(c.param_base + std::int64_t{n} * word * 16 + i);
    }
    for (unsigned y = 0; y < c.out_h; ++y)
      for (unsigned x = 0; x < c.out_w; ++x) {
        const unsigned lanes = n + 1 == c.tiles ? c.last_lanes : word;
        bool written = false;
        for (unsigned l = 0; l < lanes; ++l) {
          const std::int64_t position = std::int64_t{x} * c.pix_step + std::int64_t{n} * c.n_step;
          if (position + l >= c.row_bytes) continue;
          const std::uint8_t* record = &records[l * 16];
          const auto byte = [&](int i) { return static_cast<std::int8_t>(record[i]); };
          const std::uint32_t biased = static_cast<std::uint32_t>(sum(n, y * c.out_w + x, l)) + static_cast<std::uint32_t>(int32(record));
          const std::int64_t scaled = requantize(static_cast<std::int32_t>(biased), int32(record + 4), byte(8));
          at(c.out_base + position + std::int64_t{y} * c.row_step + l) = clamp_byte(scaled + byte(9), byte(10), byte(11));
          written = true;
        }
        words_written += written;
      }
  }
}

void Reference::run(const contract::Add& c) {
  const auto scale = [&](std::int32_t x, std::int32_t zero, std::uint32_t multiplier, std::uint32_t shift) -> std::int64_t {
    return requantize(saturate(std::int64_t{x - zero} * (std::int64_t{1} << c.left_shift)), static_cast<std::int32_t>(multiplier), -static_cast<int>(shift));
  };
  for (unsigned i = 0; i < c.count; ++i) {
    for (unsigned j = 0; j < c.run; ++j) {
      const std::int64_t a = scale(value(c.a_base + std::int64_t{i} * c.a_pitch + j), c.a_zero, c.a_multiplier, c.a_shift);
      const std::int64_t b = scale(value(c.b_base + std::int64_t{i} * c.b_pitch + j), c.b_zero, c.b_multiplier, c.b_shift);
      const std::int64_t y = requantize(saturate(c.subtract ? a - b : a + b), static_cast<std::int32_t>(c.out_multiplier), -static_cast<int>(c.out_shift));
      at(c.out_base + std::int64_t{i} * c.out_pitch + j) = clamp_byte(y + c.out_zero, c.min, c.max);
    }
    count_run(c.run);
  }
}

void Reference::run(const contract::Mul& c) {
  for (unsigned i = 0; i < c.count; ++i) {
    for (unsigned j = 0; j < c.run; ++j) {
      const std::int32_t a = value(c.a_base + std::int64_t{i} * c.a_pitch + j) - c.a_zero;
      const std::int32_t b = value(c.b_base + std::int64_t{i} * c.b_pitch + j) - c.b_zero;
      const std::int64_t y = requantize(a * b, static_cast<std::int32_t>(c.out_multiplier), c.out_shift);
      at(c.out_base + std::int64_t{i} * c.out_pitch + j) = clamp_byte(y + c.out_zero, c.min, c.max);
    }
    count_run(c.run);
  }
}

void Reference::run(const contract::Pool& c) {
  const auto inside = [](int first, unsigned count, unsigned size) {
    return std::pair{std::max(first, 0), std::min(first + static_cast<int>(count), static_cast<int>(size))};
  };
  for (unsigned oy = 0; oy < c.out_h; ++oy)
    for (unsigned ox = 0; ox < c.out_w; ++ox) {
      const auto [row, row_end] = inside(c.y_start + static_cast<int>(oy * c.stride_y), c.kernel_y, c.in_rows);
      const auto [column, column_end] = inside(c.x_start + static_cast<int>(ox * c.stride_x), c.kernel_x, c.in_cols);
      const int taps = (row_end - row) * (column_end - column);
      for (unsigned channel = 0; channel < c.channels; ++channel) {
        std::int32_t sum_of_taps = 0, largest = -128;
        for (int y = row; y < row_end; ++y)
          for (int x = column; x < column_end; ++x) {
            const std::int32_t tap = value(c.in_base + std::int64_t{y} * c.in_row_pitch + std::int64_t{x} * c.in_pix_pitch + channel);
            sum_of_taps += tap;
            largest = std::max(largest, tap);
          }
        std::int64_t result = 0;
        switch (static_cast<contract::PoolMode>(c.mode)) {
          case contract::PoolMode::max: result = largest; break;
          case contract::PoolMode::average: result = sum_of_taps > 0 ? (sum_of_taps + taps / 2) / taps : (sum_of_taps - taps / 2) / taps; break;
          case contract::PoolMode::mean: {
            const std::uint32_t biased = static_cast<std::uint32_t>(sum_of_taps) + static_cast<std::uint32_t>(c.bias);
            result = std::int64_t{requantize(static_cast<std::int32_t>(biased), static_cast<std::int32_t>(c.multiplier), c.shift)} + c.out_zero;
          }
        }
        at(c.out_base + std::int64_t{oy} * c.out_row_pitch + std::int64_t{ox} * c.out_pix_pitch + channel) = clamp_byte(result, c.min, c.max);
      }
      count_run(c.channels);
    }
}

void Reference::run(const contract::Lookup& c) {
  if (!c.keep_table) {
    table.resize(256);
    for (unsigned i = 0; i < 256; ++i) table[i] = at(c.table_base + i);
  }
  for (unsigned i = 0; i < c.count; ++i) {
    for (unsigned j = 0; j < c.run; ++j)
      at(c.out_base + std::int64_t{i} * c.out_pitch + j) = table[at(c.in_base + std::int64_t{i} * c.in_pitch + j) ^ 0x80];
    count_run(c.run);
  }
}

void Reference::run(const contract::Move& c) {
  for (std::int64_t i3 = 0; i3 < c.count3; ++i3)
    for (std::int64_t i2 = 0; i2 < c.count2; ++i2)
      for (std::int64_t i1 = 0; i1 < c.count1; ++i1)
        for (std::int64_t i0 = 0; i0 < c.count0; ++i0) {
          const std::int64_t from = c.in_base + i0 * c.in_stride0 + i1 * c.in_stride1 + i2 * c.in_stride2 + i3 * c.in_stride3;
          const std::int64_t to = c.out_base + i0 * c.out_stride0 + i1 * c.out_stride1 + i2 * c.out_stride2 + i3 * c.out_stride3;
          for (unsigned j = 0; j < c.run; ++j) at(to + j) = c.fill ? static_cast<std::uint8_t>(c.value) : at(from + j);
          count_run(c.run);
        }
}

}  // namespace twill::post_test
