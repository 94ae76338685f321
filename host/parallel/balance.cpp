// SPDX-License-Identifier: Apache-2.0
#include "balance.hpp"

#include <algorithm>

namespace twill::parallel {

Balance::Balance(const Chain& chain, std::vector<std::vector<std::uint64_t>> estimates, Measure measure)
    : chain_(chain), estimates_(std::move(estimates)), measure_(std::move(measure)) {
  const std::size_t n = chain.operators().size();
  crossing_.assign(n + 1, 0);
  for (std::size_t i = 1; i < n; ++i)
    for (int t : chain.stage(i, n).arriving) crossing_[i] += chain.bytes(t);
}

std::vector<std::size_t> Balance::cuts(const std::vector<unsigned>& machines) {
  constexpr int most_rounds = 40;  // each maps at least one more stage; the first few do nearly all the good
  for (int round = 0;; ++round) {
    std::vector<std::size_t> best = best_known(machines);
    if (best.empty()) return best;
    bool all_measured = true;
    for (std::size_t s = 0; s < machines.size(); ++s) {
      const Interval interval{machines[s], best[s], best[s + 1]};
      if (measured_.count(interval)) continue;
      all_measured = false;
      measured_[interval] = std::apply(measure_, interval);
    }
    if (all_measured || round == most_rounds) return best;
  }
}

std::uint64_t Balance::cost(unsigned machine, std::size_t first, std::size_t last) const {
  if (const auto found = measured_.find({machine, first, last}); found != measured_.end()) return found->second;
  std::uint64_t sum = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (estimates_[machine][i] == never) return never;
    sum += estimates_[machine][i];
  }
  return sum;
}

std::vector<std::size_t> Balance::best_known(const std::vector<unsigned>& machines) const {
  struct Best {
    std::uint64_t slowest = never, bytes = 0;
    std::size_t from = 0;
    bool operator<(const Best& other) const { return std::pair(slowest, bytes) < std::pair(other.slowest, other.bytes); }
  };
  const std::size_t n = chain_.operators().size(), stages = machines.size();
  // best[s][i]: the first i operators in s stages.
  std::vector<std::vector<Best>> best(stages + 1, std::vector<Best>(n + 1));
  best[0][0].slowest = 0;
  for (std::size_t s = 1; s <= stages; ++s)
    for (std::size_t end = s; end <= n; ++end)
      for (std::size_t begin = s - 1; begin < end; ++begin) {
        const Best& before = best[s - 1][begin];
        if (before.slowest == never) continue;
        const Best with{std::max(before.slowest, cost(machines[s - 1], begin, end)), before.bytes + crossing_[begin], begin};
        if (with < best[s][end]) best[s][end] = with;
      }
  if (best[stages][n].slowest == never) return {};
  std::vector<std::size_t> cuts(stages + 1, n);
  for (std::size_t s = stages; s > 0; --s) cuts[s - 1] = best[s][cuts[s]].from;
  return cuts;
}

}  // namespace twill::parallel
