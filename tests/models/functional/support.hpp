// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "twill/configurations.hpp"
#include "twill/functional/command_rules.hpp"
#include "twill/functional/execute.hpp"

namespace test {

using namespace twill;

inline const contract::Configuration& machine(std::string_view name) {
  for (const auto& each : contract::configurations)
    if (each.name == name) return each;
  throw std::logic_error("no machine " + std::string(name));
}

/// Seeded from TWILL_SEED (1 when it is not set); tests print seed().
inline std::uint64_t seed() {
  const char* text = std::getenv("TWILL_SEED");
  return text ? std::stoull(text) : 1;
}

class Random {
 public:
  explicit Random(std::uint64_t stream) : engine_(seed() * 1000003 + stream) {}
  /// low to high, both possible
  int in(int low, int high) { return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1)); }
  bool flip() { return in(0, 1) == 1; }
  std::int8_t byte() { return static_cast<std::int8_t>(in(-128, 127)); }
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
  std::vector<std::int8_t> bytes(std::size_t n) {
    std::vector<std::int8_t> v(n);
    for (auto& each : v) each = byte();
    return v;
  }

 private:
  std::mt19937_64 engine_;
};

/// Puts bytes into the scratchpad.
inline void put(functional::State& state, std::size_t address, const std::vector<std::int8_t>& bytes) {
  REQUIRE(address + bytes.size() <= state.scratchpad.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::int8_t*>(state.scratchpad.data()) + address);
}

inline std::int8_t get(const functional::State& state, std::size_t address) { return static_cast<std::int8_t>(state.scratchpad.at(address)); }

inline std::uint32_t round_up(std::uint32_t value, std::uint32_t to) { return (value + to - 1) / to * to; }
inline std::uint32_t address24(std::int64_t address) { return static_cast<std::uint32_t>(address) & 0xffffffu; }

/// The command passes every rule of this machine.
template <typename C>
void require_legal(const C& command, const contract::Configuration& on) {
  const functional::Verdict verdict = functional::check_command(command.encode(), on);
  INFO(verdict.reason);
  REQUIRE(verdict.legal());
}

}  // namespace test
