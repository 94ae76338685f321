// SPDX-License-Identifier: Apache-2.0
// Single layers whose cycles Twill promises.
#include <cmath>

#include "built.hpp"
#include "compare_networks.hpp"
#include "layer_graphs.hpp"
#include "twill/rtl_device.hpp"

using namespace twill;

namespace {

std::uint64_t cycles(const std::string& configuration, const test::LayerShape& shape) {
  const Graph graph = test::layer_graph(shape, 1);
  std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes()));
  for (std::size_t i = 0; i < inputs[0].size(); ++i) inputs[0][i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  const auto device = make_rtl_device(configuration);
  return test::run_and_compare(*device, graph, inputs, false).result.report.total.cycles;
}

}  // namespace

TEST_CASE("a 256 x 256 x 256 GEMM at large takes at most 18,500 cycles") {
  if (!test::built("large")) return;
  const std::uint64_t measured = cycles("large", {256, 1, 256, 256});
  INFO(measured);
  REQUIRE(measured <= 18'500);
}

TEST_CASE("a first layer of 112 x 112 x 3 uses at least 45 % of the array end to end") {
  if (!test::built("base")) return;
  const std::uint64_t measured = cycles("base", {112, 112, 3, 32, 3, 2, 1});
  INFO(measured);
  REQUIRE(measured * 45 / 100 * 256 <= std::uint64_t{56} * 56 * 32 * 27);
}

TEST_CASE("a memory slower than the watchdog's default patience is no hang") {
  const Graph graph = test::layer_graph({4, 4, 4, 4, 1, 1, 0}, 1);
  const std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes(), 7));
  RtlOptions options;
  options.dram_latency = 1'200'000;
  const auto device = make_rtl_device(rtl_configurations().front(), options);
  Machine machine = Machine::of(*device);
  machine.dram_latency = options.dram_latency;
  const JobResult result = Runtime(*device).run(graph, map_graph(graph, machine), inputs);
  test::require_equal(graph, result, golden::run(graph, inputs), false);
  REQUIRE(result.report.total.cycles > 3'000'000);
}

TEST_CASE("sums whose weights do not fit the scratchpad run in parts on tiny, as predicted") {
  if (!test::built("tiny")) return;
  const auto device = make_rtl_device("tiny");
  // A fully connected layer, a matrix product of more rows than a bank, a 3x3 convolution cut between kernel rows, a 15x15 one within.
  for (const test::LayerShape& shape :
       {test::LayerShape{1, 1, 9216, 40, 1, 1, 0}, {300, 1, 8000, 12, 1, 1, 0}, {5, 5, 1100, 6, 3, 1, 1}, {16, 16, 50, 5, 15, 1, 7}}) {
    const Graph graph = test::layer_graph(shape, 1);
    std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes()));
    for (std::size_t i = 0; i < inputs[0].size(); ++i) inputs[0][i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
    const test::Run run = test::run_and_compare(*device, graph, inputs, false);
    const double measured = static_cast<double>(run.result.report.total.cycles), predicted = static_cast<double>(run.plan.predicted_cycles);
    INFO(shape.height << "x" << shape.width << "x" << shape.channels << ": " << measured << " cycles, predicted " << predicted);
    REQUIRE(std::abs(predicted - measured) <= 0.10 * measured);
  }
}
