// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/crc.hpp"

#include <array>
#include <cmath>

namespace twill::noc {
namespace {

constexpr std::uint16_t reflected(std::uint16_t bits) {
  std::uint16_t result = 0;
  for (unsigned i = 0; i < 16; ++i) result = static_cast<std::uint16_t>(result | (bits >> i & 1u) << (15 - i));
  return result;
}

using Tables = std::array<std::array<std::uint16_t, 256>, 4>;

/// What a byte adds to the register when 0 to 3 more bytes follow it; bits come lowest first, so the register is mirrored.
constexpr Tables make_tables() {
  Tables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned value = byte;
    for (unsigned i = 0; i < 8; ++i) value = value >> 1 ^ (value & 1u ? reflected(crc_polynomial) : 0u);
    tables[0][byte] = static_cast<std::uint16_t>(value);
  }
  for (unsigned t = 1; t < 4; ++t)
    for (unsigned byte = 0; byte < 256; ++byte) {
      const unsigned value = tables[t - 1][byte];
      tables[t][byte] = static_cast<std::uint16_t>(value >> 8 ^ tables[0][value & 0xffu]);
    }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint16_t frame_crc(const contract::Flit& frame) {
  std::uint32_t state = 0xffff;
  for (unsigned i = 0; i < frame_checked_bits / 32; ++i) {
    const std::uint32_t word = frame.words[i] ^ state;
    state = tables[3][word & 0xffu] ^ tables[2][word >> 8 & 0xffu] ^ tables[1][word >> 16 & 0xffu] ^ tables[0][word >> 24];
  }
  return static_cast<std::uint16_t>(state);
}

double undetected_rate(double bit_error_rate) {
  const double p = bit_error_rate, right = 1 - p;
  if (p <= 0) return 0;
  // Of more than 6 wrong bits: summed, because one minus the others would be lost in rounding.
  double pattern = std::pow(p, 7) * std::pow(right, frame_bits - 7.0), patterns = 1, more = 0;
  for (unsigned i = 0; i < 7; ++i) patterns *= static_cast<double>(frame_bits - i) / (i + 1);
  for (unsigned wrong = 7; wrong <= frame_bits; ++wrong) {
    more += patterns * pattern;
    patterns *= static_cast<double>(frame_bits - wrong) / (wrong + 1);
    pattern *= p / right;
  }
  return static_cast<double>(undetected_5) * std::pow(p, 5) * std::pow(right, frame_bits - 5.0) +
         static_cast<double>(undetected_6) * std::pow(p, 6) * std::pow(right, frame_bits - 6.0) + more * 0x1p-16;
}

}  // namespace twill::noc
