// SPDX-License-Identifier: Apache-2.0
// Hsiao's code by its columns, see rtl/common/twill_secded_pkg.sv: slow, and written from the definition.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace secded {

inline unsigned ones(unsigned value) {
  unsigned n = 0;
  for (; value; value &= value - 1) ++n;
  return n;
}

/// The code of 64 or 32 data bits.
class Code {
 public:
  explicit Code(unsigned data_bits) : data_bits_(data_bits), check_bits_(data_bits == 64 ? 8 : 7) {
    for (unsigned column = 0; column < 1u << check_bits_; ++column) {
      const bool left_out = data_bits == 32 && (column == 0b0000111 || column == 0b0111000 || column == 0b1000011);
      if (ones(column) == 3 && !left_out) columns_.push_back(column);
    }
    if (data_bits == 64)
      for (unsigned turn = 0; turn < 8; ++turn) columns_.push_back((0x1fu << turn | 0x1fu >> (8 - turn)) & 0xffu);
    for (unsigned bit = 0; bit < check_bits_; ++bit) columns_.push_back(1u << bit);
  }

  unsigned data_bits() const { return data_bits_; }
  unsigned bits() const { return data_bits_ + check_bits_; }
  /// Of data bits, then check bits.
  const std::vector<unsigned>& columns() const { return columns_; }

  unsigned check(std::uint64_t data) const {
    unsigned sum = 0;
    for (unsigned bit = 0; bit < data_bits_; ++bit)
      if (data >> bit & 1) sum ^= columns_[bit];
    return sum;
  }

  struct Word {
    std::uint64_t data;
    unsigned check;
    bool operator==(const Word& other) const { return data == other.data && check == other.check; }
  };
  Word encoded(std::uint64_t data) const { return {data, check(data)}; }
  Word flipped(Word word, unsigned bit) const {
    if (bit < data_bits_) return {word.data ^ std::uint64_t{1} << bit, word.check};
    return {word.data, word.check ^ 1u << (bit - data_bits_)};
  }

  struct Read {
    std::uint64_t data;
    bool corrected, lost;
  };
  Read read(Word word) const {
    const unsigned syndrome = check(word.data) ^ word.check;
    if (syndrome == 0) return {word.data, false, false};
    const auto found = std::find(columns_.begin(), columns_.end(), syndrome);
    if (found == columns_.end()) return {word.data, false, true};
    return {flipped(word, static_cast<unsigned>(found - columns_.begin())).data, true, false};
  }

 private:
  unsigned data_bits_, check_bits_;
  std::vector<unsigned> columns_;
};

}  // namespace secded
