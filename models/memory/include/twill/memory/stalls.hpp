// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "twill/error.hpp"

namespace twill::memory {

/// Says at random whether something holds back, for tests that want every handshake to wait now and then. Costs a comparison when it never does.
class Stalls {
 public:
  static constexpr double most = 0.9;

  /// `share` of the answers, 0 to `most`, are yes; throws InputError for others.
  explicit Stalls(double share = 0, std::uint64_t seed = 0) : below_(threshold(share)), seed_(seed ^ 0x2545f4914f6cdd1du), state_(seed_) {}

  /// As after construction: the same answers again. So what is reset together with what it holds back goes as if it were new.
  void reset() { state_ = seed_; }

  bool any() const { return below_ != 0; }
  bool stalled() { return below_ != 0 && next() < below_; }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(std::uint64_t{next()} * n >> 32); }

 private:
  static std::uint32_t threshold(double share) {
    if (!(share >= 0 && share <= most)) throw InputError("the share of stalls can be 0 to 0.9, not " + std::to_string(share));
    return static_cast<std::uint32_t>(share * 4294967296.0);
  }

  std::uint32_t next() {  // splitmix64
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return static_cast<std::uint32_t>(x >> 32);
  }

  std::uint32_t below_;
  std::uint64_t seed_, state_;
};

}  // namespace twill::memory
