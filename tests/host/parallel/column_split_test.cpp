// SPDX-License-Identifier: Apache-2.0
// Products split by columns: every byte as the golden model has it, under every schedule, for any number of chips, equal or not, and uneven shapes.
#include "twill/column_split.hpp"

#include <algorithm>
#include <numeric>

#include "catch.hpp"
#include "dense_graphs.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/golden/run.hpp"

using namespace test;

namespace {

constexpr Schedule schedules[] = {Schedule::random, Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first};

struct Shape {
  int m, k, n;
};

const contract::Configuration& configuration(const std::string& name) {
  return *std::find_if(contract::configurations.begin(), contract::configurations.end(), [&](const auto& c) { return c.name == name; });
}

/// Splits, runs, and compares what is left; by rank the chip's configuration.
SplitJob check(const Shape& s, const std::vector<std::string>& configs, bool gathered, std::uint64_t seed) {
  FunctionalOptions options;
  options.schedule = schedules[seed % 4];
  options.seed = seed;
  std::string names;
  std::vector<contract::Configuration> configurations;
  for (const std::string& config : configs) {
    names += " " + config;
    configurations.push_back(configuration(config));
  }
  INFO(s.m << "x" << s.k << "x" << s.n << " on" << names << ", " << (gathered ? "gathered" : "sharded") << ", seed " << seed);
  const DenseGraph dense = DenseGraph(s.m, s.k, seed).dense(s.n);
  const auto chips = static_cast<unsigned>(configs.size());
  const auto system = make_functional_system(configurations, options);
  std::vector<Machine> machines;
  for (unsigned r = 0; r < chips; ++r) machines.push_back(Machine::of(system->chip(r)));
  SplitJob job = split_columns(dense.graph, machines, gathered, dense.input);
  system->reset();
  const auto outcomes = launch(*system, job.programs);
  const auto golden = golden::run(dense.graph, {dense.input})[static_cast<std::size_t>(dense.graph.outputs[0])];
  const auto found = read_results(*system, job);
  REQUIRE(found.size() == (gathered ? chips : 1));
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != golden) FAIL("result " << i << " differs");
  REQUIRE(job.dealt.size() == chips);
  CHECK(std::accumulate(job.dealt.begin(), job.dealt.end(), 0) == s.n);
  for (unsigned r = 0; r < chips; ++r) CHECK(outcomes[r].network.bytes_sent == job.sent[r]);
  return job;
}

SplitJob check(const Shape& s, const std::string& config, unsigned chips, bool gathered, std::uint64_t seed) {
  return check(s, std::vector<std::string>(chips, config), gathered, seed);
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

TEST_CASE("a product split by columns over chips that differ has the bytes of one chip") {
  std::uint64_t seed = 0;
  // Weights and rows that do not fit the smaller scratchpads, or any; fewer columns than chips; a result that stays in the scratchpads of some.
  for (const Shape& s : {Shape{64, 64, 64}, Shape{1, 1, 1}, Shape{5, 7, 3}, Shape{257, 33, 19}, Shape{300, 130, 70}, Shape{600, 900, 50}, Shape{90, 3000, 130},
                         Shape{2, 40000, 37}})
    for (const std::vector<std::string>& configs : {std::vector<std::string>{"tiny", "base"}, {"base", "small", "base", "small"}, {"large", "tiny", "small", "base", "tiny"}})
      for (const bool gathered : {false, true}) check(s, configs, gathered, ++seed);
}

TEST_CASE("200 random products split by columns over random chips") {
  std::mt19937_64 random(23);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1)); };
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> configs(static_cast<std::size_t>(between(1, 6)));
    for (std::string& config : configs) config = std::vector<std::string>{"tiny", "small", "base", "large"}[static_cast<std::size_t>(between(0, 3))];
    check({between(1, 400), between(1, 600), between(1, 260)}, configs, i % 2 == 0, random());
  }
}

TEST_CASE("a faster chip has more columns, and no chip is predicted to take longer than if all had equally many") {
  const Shape s{256, 256, 512};
  for (const bool gathered : {false, true}) {
    const SplitJob job = check(s, {"small", "base", "small", "large"}, gathered, 5);
    INFO(job.dealt[0] << " " << job.dealt[1] << " " << job.dealt[2] << " " << job.dealt[3]);
    CHECK(job.dealt[0] < job.dealt[1]);
    CHECK(job.dealt[1] < job.dealt[3]);
    CHECK(job.dealt[2] < job.dealt[1]);
    const SplitJob even = check(s, "small", 4, gathered, 5);
    CHECK(*std::max_element(job.predicted_cycles.begin(), job.predicted_cycles.end()) < even.predicted_cycles[0]);
  }
}

TEST_CASE("a chip has no more columns than its ring has room for the commands of") {
  const DenseGraph tall = DenseGraph(20000, 1, 6).dense(3000);
  const SplitJob job = split_columns(tall.graph, {Machine::of(configuration("tiny")), Machine::of(configuration("base"))}, false, tall.input);
  INFO(job.dealt[0] << " " << job.dealt[1]);
  CHECK(job.dealt[0] > 0);
  CHECK(job.dealt[0] < 1500);  // half of them are too many for it
}

TEST_CASE("what cannot be split by columns is refused") {
  const DenseGraph two = DenseGraph(4, 4, 1).dense(4).dense(4), one = DenseGraph(4, 4, 1).dense(4);
  const std::vector<Machine> machines(2);
  CHECK_THROWS_AS(split_columns(two.graph, machines, true, two.input), InputError);
  CHECK_THROWS_AS(split_columns(one.graph, {}, true, one.input), InputError);
  CHECK_THROWS_AS(split_columns(one.graph, std::vector<Machine>(contract::chips + 1), true, one.input), InputError);
}
