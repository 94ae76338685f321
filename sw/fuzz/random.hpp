// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace twill::fuzz {

/// Random numbers that are the same on every host. Streams of one seed have nothing to do with one another, so what one thing draws does
/// not change when another is left out.
class Random {
 public:
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : state_(seed * 0x9e3779b97f4a7c15u ^ stream * 0xd1342543de82ef95u) {
    (*this)();
  }

  result_type operator()() {  // splitmix64
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
  }

  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  std::uint32_t from(std::uint64_t low, std::uint64_t high) { return static_cast<std::uint32_t>(low + below(high - low + 1)); }
  bool percent(unsigned share) { return below(100) < share; }
  template <class Values>
  auto& one_of(Values& values) {
    return *std::next(std::begin(values), static_cast<std::ptrdiff_t>(below(std::size(values))));
  }
  template <class Value>
  Value one_of(std::initializer_list<Value> values) {
    return *(values.begin() + below(values.size()));
  }

 private:
  std::uint64_t state_;
};

}  // namespace twill::fuzz
