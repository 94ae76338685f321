// SPDX-License-Identifier: Apache-2.0
// Bounds of shares: against Wilson's interval as tables have it, and by trying.
#include "inject/share.hpp"

#include <random>

#include "catch.hpp"

namespace {

using namespace twill::cli;

TEST_CASE("the bounds of a share are Wilson's") {
  const Share ten = Share::of(10, 100);
  CHECK(ten.value == Approx(0.1));
  CHECK(ten.low == Approx(0.05523).epsilon(1e-3));
  CHECK(ten.high == Approx(0.17437).epsilon(1e-3));
  CHECK(ten.text() == "10.0 % (5.5 to 17.4 %)");
  CHECK(Share::of(0, 50).low == 0);
  CHECK(Share::of(0, 50).high == Approx(0.07135).epsilon(1e-3));
  CHECK(Share::of(50, 50).high == 1);
  CHECK(Share::of(0, 0).high == 1);
  CHECK(weighted({{1.0, 10, 100}}).value == Approx(0.1));
}

TEST_CASE("a share of parts lies within its bounds in 93 of 100 trials and more, and they are no wider than need be") {
  const std::vector<double> weights{0.7, 0.2, 0.1}, rates{0.01, 0.2, 0.5};
  const double truth = 0.7 * 0.01 + 0.2 * 0.2 + 0.1 * 0.5;
  std::mt19937 random(1);
  unsigned within = 0;
  double width = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<Stratum> strata;
    for (std::size_t i = 0; i < 3; ++i) {
      std::binomial_distribution<std::uint64_t> hits(400, rates[i]);
      strata.push_back({weights[i], hits(random), 400});
    }
    const Share share = weighted(strata);
    within += share.low <= truth && truth <= share.high;
    width += (share.high - share.low) / 2000;
  }
  CHECK(within > 1860);
  CHECK(width < 0.03);
}

}  // namespace
