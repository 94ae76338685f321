// SPDX-License-Identifier: Apache-2.0
#include "inject/share.hpp"

#include <algorithm>
#include <cmath>

#include "common/format.hpp"

namespace twill::cli {
namespace {

constexpr double z = 1.959964;  // of 95 %

}  // namespace

Share Share::of(std::uint64_t hits, std::uint64_t tries) {
  if (tries == 0) return {};
  const auto n = static_cast<double>(tries);
  const double p = static_cast<double>(hits) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {p, hits == 0 ? 0 : std::max(0.0, middle - half), hits == tries ? 1 : std::min(1.0, middle + half)};
}

std::string Share::text() const { return percent(value) + " (" + decimal(100 * low, 1) + " to " + percent(high) + ")"; }

Share weighted(const std::vector<Stratum>& strata) {
  double value = 0, variance = 0;
  for (const Stratum& stratum : strata) {
    const auto n = static_cast<double>(stratum.tries), p = (static_cast<double>(stratum.hits) + 1) / (n + 2);
    value += stratum.weight * static_cast<double>(stratum.hits) / n;
    variance += stratum.weight * stratum.weight * p * (1 - p) / n;
  }
  const double half = z * std::sqrt(variance);
  return {value, std::max(0.0, value - half), std::min(1.0, value + half)};
}

}  // namespace twill::cli
