// SPDX-License-Identifier: Apache-2.0
// Columns dealt to machines that differ: all of them, and never so that another deal of whole words would be done sooner.
#include "deal_columns.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include "catch.hpp"

using namespace twill;
using namespace twill::parallel;

namespace {

Machine machine(std::uint32_t word) {
  Machine m;
  m.word = word;
  return m;
}

/// As an array takes it: its columns in whole words, a word in 100,000 / word cycles, after `start` cycles.
ColumnCost array_cost(const std::vector<Machine>& machines, std::uint64_t start = 0) {
  return [&machines, start](unsigned rank, int columns) -> std::uint64_t {
    if (columns == 0) return 0;
    const std::uint64_t word = machines[rank].word;
    return start + (static_cast<std::uint64_t>(columns) + word - 1) / word * (100000 / word);
  };
}

std::uint64_t slowest(const std::vector<int>& dealt, const ColumnCost& cost) {
  std::uint64_t most = 0;
  for (unsigned r = 0; r < dealt.size(); ++r) most = std::max(most, cost(r, dealt[r]));
  return most;
}

}  // namespace

TEST_CASE("columns are dealt in proportion to what machines can do") {
  const std::vector<Machine> machines{machine(16), machine(8), machine(16), machine(8)};
  CHECK(deal_columns(640, machines, array_cost(machines)) == std::vector<int>{256, 64, 256, 64});
}

TEST_CASE("equal machines have equally many columns") {
  const std::vector<Machine> machines(4, machine(16));
  CHECK(deal_columns(256, machines, array_cost(machines)) == std::vector<int>(4, 64));
}

TEST_CASE("a machine that would only slow the others down has no columns") {
  const std::vector<Machine> machines{machine(32), machine(4)};
  CHECK(deal_columns(64, machines, array_cost(machines)) == std::vector<int>{64, 0});
}

TEST_CASE("a fast machine that takes long to begin has what it can still make in time") {
  const std::vector<Machine> machines{machine(16), machine(16)};
  const ColumnCost cost = [](unsigned rank, int columns) -> std::uint64_t { return static_cast<std::uint64_t>(columns) + (rank == 0 && columns > 0 ? 128 : 0); };
  CHECK(deal_columns(256, machines, cost) == std::vector<int>{64, 192});
}

TEST_CASE("no chip is slower in company than it would be alone") {
  const std::vector<Machine> machines{machine(4), machine(8)};
  // As a mapper may have it, whose tiles suit some numbers of columns better than others.
  const ColumnCost cost = [](unsigned rank, int columns) -> std::uint64_t {
    if (columns == 0) return 0;
    return columns == 3000 ? 1000000 * (2 - rank) : 4000000 + static_cast<std::uint64_t>(columns);
  };
  CHECK(deal_columns(3000, machines, cost) == std::vector<int>{0, 3000});
}

TEST_CASE("no deal of whole words is done sooner") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; ++i) {
    const std::vector<Machine> machines{machine(4u << random() % 4), machine(4u << random() % 4), machine(4u << random() % 4)};
    const int columns = 1 + static_cast<int>(random() % 300);
    const ColumnCost cost = array_cost(machines, random() % 20000);
    const std::vector<int> dealt = deal_columns(columns, machines, cost);
    REQUIRE(std::accumulate(dealt.begin(), dealt.end(), 0) == columns);
    REQUIRE(*std::min_element(dealt.begin(), dealt.end()) >= 0);
    std::uint64_t best = UINT64_MAX;
    const int a = static_cast<int>(machines[0].word), b = static_cast<int>(machines[1].word);
    for (int first = 0; first < columns + a; first += a)
      for (int second = 0, left = columns - std::min(first, columns); second < left + b; second += b) {
        const int one = std::min(first, columns), two = std::min(second, left);
        best = std::min(best, slowest({one, two, columns - one - two}, cost));
      }
    INFO(columns << " columns on words of " << machines[0].word << ", " << machines[1].word << ", " << machines[2].word << ": " << dealt[0] << " " << dealt[1] << " "
                 << dealt[2]);
    CHECK(slowest(dealt, cost) <= best);
  }
}
