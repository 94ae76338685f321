// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "twill/error.hpp"

namespace twill::memory {

/// Says at random whether something holds back, for tests that want every handshake to wait now and then. Costs a comparison when it never does.
class Stalls {
 public:
  /// `share` of the answers, 0 to 0.9, are yes; throws InputError for others.
  explicit Stalls(double share = 0, std::uint64_t seed = 0) : below_(static_cast<std::uint32_t>(share * 4294967296.0)), state_(seed ^ 0x2545f4914f6cdd1du) {
    if (!(share >= 0 && share <= 0.9)) throw InputError("the share of stalls can be 0 to 0.9, not " + std::to_string(share));
  }

  bool any() const { return below_ != 0; }
  bool stalled() { return below_ != 0 && next() < below_; }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(std::uint64_t{next()} * n >> 32); }

 private:
  std::uint32_t next() {  // splitmix64
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return static_cast<std::uint32_t>(x >> 32);
  }

  std::uint32_t below_;
  std::uint64_t state_;
};

}  // namespace twill::memory
