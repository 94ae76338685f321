// SPDX-License-Identifier: Apache-2.0
// Shares that were found by trying, with the bounds within which the true ones lie (95 % confidence).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace twill::cli {

struct Share {
  double value = 0, low = 0, high = 1;

  /// `hits` of `tries`, each try by itself: Wilson's interval. Without a try nothing is known: 0 to 1.
  static Share of(std::uint64_t hits, std::uint64_t tries);

  /// "1.0 % (0.3 to 3.6 %)"
  std::string text() const;
};

/// A part of a whole, tried by itself.
struct Stratum {
  double weight;  ///< what share of the whole it is
  std::uint64_t hits, tries;
};

/// Of the whole: weights sum to 1, and in each part there was a try. Normal approximation, in which a part has a hit and a miss more than
/// were seen, so that one without hits is not taken for certain.
Share weighted(const std::vector<Stratum>& strata);

}  // namespace twill::cli
