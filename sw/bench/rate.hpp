// SPDX-License-Identifier: Apache-2.0
// How fast something simulates, on a machine that others use, too.
#pragma once
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace twill::cli {

/// Simulated cycles in a second of processor time: of many slices of a run the median, and the best, which is the one that others
/// disturbed least (caches and memory are shared even where the processor is not).
struct SimulationRate {
  double median = 0, best = 0;
};

/// Repeats `slice`, which simulates about a tenth of a second and returns how many cycles that were, for so many seconds of processor time.
template <class Slice>
SimulationRate measure_rate(double seconds, Slice slice) {
  std::vector<double> rates;
  for (double passed = 0; passed < seconds;) {
    const std::clock_t start = std::clock();
    const auto cycles = static_cast<double>(slice());
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    rates.push_back(cycles / took);
    passed += took;
  }
  std::sort(rates.begin(), rates.end());
  return {rates[rates.size() / 2], rates.back()};
}

}  // namespace twill::cli
