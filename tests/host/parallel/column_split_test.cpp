// SPDX-License-Identifier: Apache-2.0
// Products split by columns: every byte as the golden model has it, under every schedule, for any number of chips and uneven shapes.
#include "twill/column_split.hpp"

#include "catch.hpp"
#include "dense_graphs.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/golden/run.hpp"

using namespace test;

namespace {

constexpr Schedule schedules[] = {Schedule::random, Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first};

struct Shape {
  int m, k, n;
};

/// Splits, runs, and compares what is left.
void check(const Shape& s, const std::string& config, unsigned chips, bool gathered, std::uint64_t seed) {
  FunctionalOptions options;
  options.schedule = schedules[seed % 4];
  options.seed = seed;
  INFO(s.m << "x" << s.k << "x" << s.n << " on " << chips << " " << config << " chips, " << (gathered ? "gathered" : "sharded") << ", seed " << seed);
  const DenseGraph dense = DenseGraph(s.m, s.k, seed).dense(s.n);
  const auto system = make_functional_system(config, chips, options);
  const SplitJob job = split_columns(dense.graph, Machine::of(system->chip(0)), chips, gathered, dense.input);
  system->reset();
  const auto outcomes = launch(*system, job.programs);
  const auto golden = golden::run(dense.graph, {dense.input})[static_cast<std::size_t>(dense.graph.outputs[0])];
  const auto found = read_results(*system, job);
  REQUIRE(found.size() == (gathered ? chips : 1));
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != golden) FAIL("result " << i << " differs");
  for (unsigned r = 0; r < chips; ++r) CHECK(outcomes[r].network.bytes_sent == job.sent[r]);
}

}  // namespace

TEST_CASE("a product split by columns has the bytes of one chip") {
  std::uint64_t seed = 0;
  // Uneven in every way; fewer columns than chips, or words of them; weights and rows that do not fit the scratchpad.
  for (const Shape& s : {Shape{64, 64, 64}, Shape{1, 1, 1}, Shape{5, 7, 3}, Shape{257, 33, 19}, Shape{300, 130, 70}, Shape{600, 900, 50}, Shape{90, 3000, 130}})
    for (const unsigned chips : {1u, 2u, 3u, 4u, 6u, 8u, 16u})
      for (const bool gathered : {false, true}) check(s, chips % 2 ? "tiny" : "base", chips, gathered, ++seed);
}

TEST_CASE("200 random products split by columns") {
  std::mt19937_64 random(17);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1)); };
  for (int i = 0; i < 200; ++i)
    check({between(1, 400), between(1, 600), between(1, 260)}, i % 3 == 0 ? "base" : i % 3 == 1 ? "tiny" : "small", static_cast<unsigned>(between(2, 16)), i % 2 == 0,
          random());
}

TEST_CASE("what cannot be split by columns is refused") {
  const DenseGraph two = DenseGraph(4, 4, 1).dense(4).dense(4), one = DenseGraph(4, 4, 1).dense(4);
  const Machine machine;
  CHECK_THROWS_AS(split_columns(two.graph, machine, 2, true, two.input), InputError);
  CHECK_THROWS_AS(split_columns(one.graph, machine, 0, true, one.input), InputError);
  CHECK_THROWS_AS(split_columns(one.graph, machine, contract::chips + 1, true, one.input), InputError);
}
