// SPDX-License-Identifier: Apache-2.0
// GEMMs and MLPs split by rows on RTL chips: golden bytes on every topology, and the array hardly waits for the sums of others.
#include "catch.hpp"
#include "dense_graphs.hpp"
#include "twill/configurations.hpp"
#include "twill/golden/run.hpp"
#include "twill/row_split.hpp"
#include "twill/rtl_system.hpp"

using namespace test;

namespace {

std::unique_ptr<RtlSystem> make(const std::string& topology) {
  RtlSystemOptions options;
  options.configurations = {rtl_configurations().front()};
  options.topology = topology;
  options.threads = 2;
  return make_rtl_system(options);
}

Machine machine() {
  for (const auto& c : contract::configurations)
    if (c.name == rtl_configurations().front()) return Machine::of(c);
  throw std::logic_error("no machine");
}

/// Runs a job and compares every result; the cycles of the chip that took longest.
std::uint64_t run(System& system, const DenseGraph& dense, const SplitJob& job) {
  system.reset();
  std::uint64_t cycles = 0;
  for (const Outcome& outcome : launch(system, job.programs)) cycles = std::max(cycles, outcome.marks.back().cycle());
  const auto golden = golden::run(dense.graph, {dense.input})[static_cast<std::size_t>(dense.graph.outputs[0])];
  for (const Bytes& result : read_results(system, job)) CHECK(result == golden);
  return cycles;
}

void run_all(const std::string& topology) {
  const auto system = make(topology);
  const unsigned chips = system->chips();
  std::uint64_t seed = chips;
  for (const RowResult result : {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather}) {
    INFO(topology << ", " << name(result));
    for (const auto& [m, k, n] : {std::array<int, 3>{70, 90, 75}, {300, 50, 33}, {3, 5, 2}}) {
      const DenseGraph dense = DenseGraph(m, k, ++seed).dense(n);
      run(*system, dense, split_rows(dense.graph, machine(), chips, result, dense.input));
    }
    const DenseGraph mlp = DenseGraph(150, 20, ++seed).dense(70).table().dense(30);
    run(*system, mlp, split_mlp(mlp.graph, machine(), chips, result, mlp.input));
  }
}

}  // namespace

TEST_CASE("row split on a ring of 2") { run_all("ring:2"); }
TEST_CASE("row split on a ring of 3") { run_all("ring:3"); }
TEST_CASE("row split on a mesh of 6") { run_all("mesh:2x3"); }
TEST_CASE("row split on a torus of 8") { run_all("torus:2x4"); }
TEST_CASE("row split on a switch of 4") { run_all("switch:4"); }

TEST_CASE("the sums of others hide behind the array") {
  const auto system = make("ring:4");
  const int word = static_cast<int>(machine().word);
  const DenseGraph dense = DenseGraph(256, 64 * word, 3).dense(24 * word);
  for (const RowResult result : {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather}) {
    INFO(name(result));
    const SplitJob job = split_rows(dense.graph, machine(), 4, result, dense.input);
    CHECK(job.array_cycles == 256 * 16 * 24);  // a quarter of all
    CHECK(static_cast<double>(run(*system, dense, job)) < 1.12 * static_cast<double>(job.array_cycles));
  }
}
