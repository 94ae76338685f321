// SPDX-License-Identifier: Apache-2.0
// Random networks on the RTL: golden bytes both ways, the prediction, and the same run twice.
#include <cmath>

#include "built.hpp"
#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/rtl_device.hpp"

using namespace twill;

namespace {

void random_networks(const std::string& configuration, std::uint64_t first, int count, const test::RandomNetworkOptions& network = {},
                     int most_refused = 0) {
  if (!test::built(configuration)) return;
  const auto device = make_rtl_device(configuration);
  int refused = 0;
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    const Graph graph = test::random_network(seed, network);
    for (bool every_layer : {false, true}) {
      INFO("seed " << seed << " on " << configuration << (every_layer ? ", every layer" : ""));
      try {
        const test::Run run = test::run_and_compare(*device, graph, test::random_inputs(graph, seed), every_layer);
        const double measured = static_cast<double>(run.result.report.total.cycles),
                     predicted = static_cast<double>(run.plan.predicted_cycles);
        INFO(measured << " cycles, predicted " << predicted);
        CHECK(std::abs(predicted - measured) <= 0.15 * measured);
      } catch (const MachineTooSmall& e) {  // a permutation of an image larger than the scratchpad, for instance
        INFO(e.what());
        ++refused;
      }
    }
  }
  if (most_refused > 0) WARN(refused << " of " << 2 * count << " are too large for " << configuration);
  CHECK(refused <= most_refused);
}

}  // namespace

TEST_CASE("20 random networks equal golden on tiny") { random_networks("tiny", test::seed_or(5000), 20); }
TEST_CASE("20 random networks equal golden on base") { random_networks("base", test::seed_or(6000), 20); }
TEST_CASE("12 large random networks equal golden on tiny") { random_networks("tiny", test::seed_or(8000), 12, test::large_for_tiny(), 6); }

TEST_CASE("two runs give the same bytes, cycles and counters") {
  const auto all = rtl_configurations();
  const auto device = make_rtl_device(all.front());
  const std::uint64_t seed = test::seed_or(7000);
  const Graph graph = test::random_network(seed);
  const auto inputs = test::random_inputs(graph, seed);
  const test::Run one = test::run_and_compare(*device, graph, inputs, false), two = test::run_and_compare(*device, graph, inputs, false);
  REQUIRE(one.result.tensors == two.result.tensors);
  const auto same = [](const Span& a, const Span& b) {
    REQUIRE(a.cycles == b.cycles);
    REQUIRE(a.loaded == b.loaded);
    REQUIRE(a.stored == b.stored);
    REQUIRE(a.operands == b.operands);
    REQUIRE(a.weights == b.weights);
    REQUIRE(a.results == b.results);
    for (unsigned q = 0; q < contract::queues; ++q) {
      REQUIRE(a.engines[q].busy == b.engines[q].busy);
      REQUIRE(a.engines[q].starved == b.engines[q].starved);
      REQUIRE(a.engines[q].blocked == b.engines[q].blocked);
      REQUIRE(a.engines[q].idle == b.engines[q].idle);
    }
  };
  same(one.result.report.total, two.result.report.total);
  for (std::size_t i = 0; i < one.result.report.layers.size(); ++i)
    same(one.result.report.layers[i].span, two.result.report.layers[i].span);
}
