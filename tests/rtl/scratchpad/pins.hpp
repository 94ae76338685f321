// SPDX-License-Identifier: Apache-2.0
// Bytes in and out of Verilated ports, whatever type their width gave them; byte 0 is the lowest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "verilated.h"

namespace pins {

template <typename T>
std::uint8_t byte_of(const T& port, std::size_t i) { return static_cast<std::uint8_t>(static_cast<std::uint64_t>(port) >> (8 * i)); }
template <std::size_t N>
std::uint8_t byte_of(const VlWide<N>& port, std::size_t i) { return static_cast<std::uint8_t>(port[i / 4] >> (i % 4 * 8)); }

template <typename T>
void set_byte(T& port, std::size_t i, std::uint8_t value) {
  const auto shifted = static_cast<std::uint64_t>(value) << (8 * i);
  port = static_cast<T>((static_cast<std::uint64_t>(port) & ~(std::uint64_t{0xff} << (8 * i))) | shifted);
}
template <std::size_t N>
void set_byte(VlWide<N>& port, std::size_t i, std::uint8_t value) {
  port[i / 4] = (port[i / 4] & ~(0xffu << (i % 4 * 8))) | static_cast<std::uint32_t>(value) << (i % 4 * 8);
}

template <typename T>
std::vector<std::uint8_t> bytes(const T& port, std::size_t count) {
  std::vector<std::uint8_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = byte_of(port, i);
  return out;
}
template <typename T>
void set_bytes(T& port, const std::vector<std::uint8_t>& from) {
  for (std::size_t i = 0; i < from.size(); ++i) set_byte(port, i, from[i]);
}

/// The seed of a random test: TWILL_SEED where set, else a fixed one; printed so that a failure can be run again.
inline std::uint64_t seed(const std::string& test, std::uint64_t usual = 1) {
  const char* set = std::getenv("TWILL_SEED");
  const std::uint64_t value = set ? std::strtoull(set, nullptr, 0) : usual;
  std::cout << test << ": TWILL_SEED=" << value << '\n';
  return value;
}

}  // namespace pins
