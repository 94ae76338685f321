// SPDX-License-Identifier: Apache-2.0
// CONV and DEPTHWISE exactly as the text of the contract says them, word by word and byte by byte, for reading: no
// incremental address, no walk shared with the chip.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "twill/contract.hpp"

namespace command_model {

struct Machine {
  int word;       // R = C = word bytes
  int acc_words;
  std::vector<std::uint8_t> scratchpad;
  std::vector<std::vector<std::int32_t>> sums;  // [word][column]

  Machine(int word_bytes, int accumulator_words, int scratchpad_bytes)
      : word(word_bytes), acc_words(accumulator_words), scratchpad(scratchpad_bytes),
        sums(accumulator_words, std::vector<std::int32_t>(word_bytes)) {}

  int bank_words() const { return acc_words / 4; }
  int tile_words(int outputs) const { return (outputs + bank_words() - 1) / bank_words() * bank_words(); }
  int byte(std::int64_t address) const { return static_cast<std::int8_t>(scratchpad.at(static_cast<std::size_t>(address & 0xffffff))); }
};

/// Called when the last pass has written the last word of a tile in a bank, with the number of the bank.
using BankLeft = std::function<void(int bank)>;

inline void store(Machine& m, int acc_base, int tile_words, int n, int index, bool overwrite, const std::vector<std::int32_t>& values) {
  std::vector<std::int32_t>& at = m.sums[(acc_base + n * tile_words + index) % m.acc_words];
  for (int c = 0; c < m.word; ++c) at[c] = static_cast<std::int32_t>((overwrite ? 0u : static_cast<std::uint32_t>(at[c])) + static_cast<std::uint32_t>(values[c]));
}

inline void leave(const Machine& m, int acc_base, int tile_words, int n, int outputs, const BankLeft& left) {
  for (int index = 0; index < outputs; index += m.bank_words()) left((acc_base + n * tile_words + index) % m.acc_words / m.bank_words());
}

inline void run(Machine& m, const twill::contract::Conv& c, const BankLeft& left) {
  const int outputs = static_cast<int>(c.out_w * c.out_h), tile_words = m.tile_words(outputs);
  const int pieces = (static_cast<int>(c.run_bytes) + m.word - 1) / m.word;
  std::int64_t tile = c.weight_base;
  for (int n = 0; n < static_cast<int>(c.tiles); ++n) {
    bool first = !c.accumulate;
    for (int ky = 0; ky < static_cast<int>(c.kernel_y); ++ky)
      for (int kx = 0; kx < static_cast<int>(c.kernel_x); ++kx)
        for (int piece = 0; piece < pieces; ++piece) {
          for (int oy = 0; oy < static_cast<int>(c.out_h); ++oy)
            for (int ox = 0; ox < static_cast<int>(c.out_w); ++ox) {
              const std::int64_t address = std::int64_t{c.in_base} + std::int64_t{n} * c.n_step + std::int64_t{oy} * c.y_step +
                                           std::int64_t{ky} * c.ky_step + std::int64_t{ox} * c.x_step + std::int64_t{kx} * c.kx_step + piece * m.word;
              const std::int64_t row = c.y_start + std::int64_t{oy} * c.stride_y + std::int64_t{ky} * c.dilation_y;
              std::vector<std::int32_t> values(m.word);
              for (int l = 0; l < m.word; ++l) {
                const std::int64_t run = piece * m.word + l;
                const std::int64_t position = c.x_start + std::int64_t{ox} * c.x_step + std::int64_t{kx} * c.kx_step + run;
                const bool valid = row >= 0 && row < c.in_rows && run < c.run_bytes && position >= 0 && position < c.row_bytes;
                const int x = valid ? m.byte(address + l) : c.zero_point;
                for (int col = 0; col < m.word; ++col) values[col] += x * m.byte(tile + l * m.word + col);
              }
              store(m, static_cast<int>(c.acc_base), tile_words, n, oy * static_cast<int>(c.out_w) + ox, first, values);
            }
          first = false;
          tile += m.word * m.word;
        }
    leave(m, static_cast<int>(c.acc_base), tile_words, n, outputs, left);
  }
}

inline void run(Machine& m, const twill::contract::Depthwise& d, const BankLeft& left) {
  const int outputs = static_cast<int>(d.out_w * d.out_h), tile_words = m.tile_words(outputs);
  const int rows = static_cast<int>(d.rows), kernel_w = static_cast<int>(d.kernel_w), stream_w = static_cast<int>(d.stream_w);
  std::int64_t tile = d.weight_base;
  for (int n = 0; n < static_cast<int>(d.tiles); ++n) {
    bool first = !d.accumulate;
    for (int py = 0; py < static_cast<int>(d.phases_y); ++py)
      for (int px = 0; px < static_cast<int>(d.phases_x); ++px)
        for (int block = 0; block < static_cast<int>(d.blocks); ++block) {
          const auto word = [&](int p) {  // stream word number p
            const std::int64_t y = p / stream_w, x = p % stream_w;
            const std::int64_t address = std::int64_t{d.in_base} + n * m.word + y * d.y_step + x * d.x_step + std::int64_t{py} * d.phase_y_step +
                                         std::int64_t{px} * d.phase_x_step + std::int64_t{block} * d.block_step;
            const std::int64_t row = d.y_start + (y + block * rows) * static_cast<int>(d.stride_y) + py;
            const std::int64_t column = d.x_start + x * static_cast<int>(d.stride_x) + px;
            const bool inside = row >= 0 && row < d.in_rows && column >= 0 && column < d.in_cols;
            std::vector<int> bytes(m.word);
            for (int l = 0; l < m.word; ++l) bytes[l] = inside && n * m.word + l < static_cast<int>(d.channels) ? m.byte(address + l) : d.zero_point;
            return bytes;
          };
          std::vector<std::vector<int>> stream;
          for (int p = 0; p < (static_cast<int>(d.out_h) + rows - 2) * stream_w + static_cast<int>(d.out_w) + kernel_w - 1; ++p) stream.push_back(word(p));
          for (int oy = 0; oy < static_cast<int>(d.out_h); ++oy)
            for (int ox = 0; ox < static_cast<int>(d.out_w); ++ox) {
              std::vector<std::int32_t> values(m.word);
              for (int j = 0; j < rows; ++j)
                for (int i = 0; i < kernel_w; ++i) {
                  const int array_row = (rows * kernel_w - 1) - (j * kernel_w + i);
                  const std::vector<int>& at = stream.at((oy + j) * stream_w + ox + i);
                  for (int col = 0; col < m.word; ++col) values[col] += at[col] * m.byte(tile + array_row * m.word + col);
                }
              store(m, static_cast<int>(d.acc_base), tile_words, n, oy * static_cast<int>(d.out_w) + ox, first, values);
            }
          first = false;
          tile += m.word * m.word;
        }
    leave(m, static_cast<int>(d.acc_base), tile_words, n, outputs, left);
  }
}

}  // namespace command_model
