// SPDX-License-Identifier: Apache-2.0
// Columns dealt by what machines can do: first in proportion to the speed of each, then word by word from the slowest rank to others as long as that helps.
#include "deal_columns.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace twill::parallel {
namespace {

/// In proportion to `speed`, rounded down to words; what that leaves goes word by word to whoever then is done first.
std::vector<int> in_proportion(int columns, const std::vector<Machine>& machines, const std::vector<double>& speed) {
  const double all = std::accumulate(speed.begin(), speed.end(), 0.0);
  std::vector<int> dealt;
  int left = columns;
  for (std::size_t r = 0; r < machines.size(); ++r) {
    const int word = static_cast<int>(machines[r].word);
    dealt.push_back(static_cast<int>(columns * speed[r] / all) / word * word);
    left -= dealt.back();
  }
  while (left > 0) {
    const auto done = [&](std::size_t r) { return (dealt[r] + static_cast<int>(machines[r].word)) / speed[r]; };
    std::size_t first = 0;
    for (std::size_t r = 1; r < machines.size(); ++r)
      if (done(r) < done(first)) first = r;
    const int some = std::min(left, static_cast<int>(machines[first].word));
    dealt[first] += some;
    left -= some;
  }
  return dealt;
}

/// All columns to one rank, the others idle: the one that so is done first.
std::vector<int> to_one(int columns, unsigned ranks, const ColumnCost& cost) {
  unsigned best = 0;
  for (unsigned r = 1; r < ranks; ++r)
    if (cost(r, columns) < cost(best, columns)) best = r;
  std::vector<int> dealt(ranks, 0);
  dealt[best] = columns;
  return dealt;
}

std::uint64_t slowest(const std::vector<int>& dealt, const ColumnCost& cost) {
  std::uint64_t cycles = 0;
  for (unsigned r = 0; r < dealt.size(); ++r) cycles = std::max(cycles, cost(r, dealt[r]));
  return cycles;
}

/// Moves words from the slowest rank to others as long as that helps.
std::vector<int> balanced(std::vector<int> dealt, const std::vector<Machine>& machines, const ColumnCost& cost) {
  const auto ranks = static_cast<unsigned>(machines.size());
  std::vector<std::uint64_t> cycles;
  for (unsigned r = 0; r < ranks; ++r) cycles.push_back(cost(r, dealt[r]));
  std::set<int> words;
  for (const Machine& m : machines) words.insert(static_cast<int>(m.word));
  struct Move {
    unsigned to = 0;
    int some = 0;
    std::uint64_t from_cycles = 0, to_cycles = 0;
    std::uint64_t slower() const { return std::max(from_cycles, to_cycles); }
  };
  for (;;) {
    const auto slowest = static_cast<unsigned>(std::max_element(cycles.begin(), cycles.end()) - cycles.begin());
    Move best{slowest, 0, cycles[slowest], 0};
    for (unsigned to = 0; to < ranks; ++to) {
      if (to == slowest) continue;
      // A word of some machine; what the slowest has beyond whole words; what is left of the other's last word.
      std::set<int> amounts = words;
      const auto beyond = [&](unsigned rank) { return dealt[rank] % static_cast<int>(machines[rank].word); };
      amounts.insert({beyond(slowest), static_cast<int>(machines[to].word) - beyond(to)});
      for (int some : amounts) {
        some = std::min(some, dealt[slowest]);
        if (some == 0) continue;
        const Move move{to, some, cost(slowest, dealt[slowest] - some), cost(to, dealt[to] + some)};
        if (move.slower() < best.slower()) best = move;
      }
    }
    if (best.some == 0) return dealt;
    dealt[slowest] -= best.some;
    dealt[best.to] += best.some;
    cycles[slowest] = best.from_cycles;
    cycles[best.to] = best.to_cycles;
  }
}

}  // namespace

std::vector<int> deal_columns(int columns, const std::vector<Machine>& machines, const ColumnCost& cost) {
  const auto ranks = static_cast<unsigned>(machines.size());
  const auto speed_at = [&](unsigned rank, int some) { return some / static_cast<double>(std::max<std::uint64_t>(1, cost(rank, some))); };
  std::vector<double> speed;
  for (unsigned r = 0; r < ranks; ++r)
    speed.push_back(speed_at(r, std::min(columns, std::max(columns / static_cast<int>(ranks), static_cast<int>(machines[r].word)))));
  std::vector<int> dealt = in_proportion(columns, machines, speed);
  for (unsigned r = 0; r < ranks; ++r)  // not all of a machine's time grows with its columns: what it does with about so many counts
    if (dealt[r] > 0) speed[r] = speed_at(r, dealt[r]);
  dealt = in_proportion(columns, machines, speed);

  dealt = balanced(std::move(dealt), machines, cost);
  std::vector<int> one = to_one(columns, ranks, cost);
  return slowest(one, cost) < slowest(dealt, cost) ? one : dealt;
}

}  // namespace twill::parallel
