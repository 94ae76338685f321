// SPDX-License-Identifier: Apache-2.0
// Single layers whose cycles Twill promises.
#include <algorithm>

#include "compare_networks.hpp"
#include "layer_graphs.hpp"
#include "twill/rtl_device.hpp"

using namespace twill;

namespace {

std::uint64_t cycles(const std::string& configuration, const test::LayerShape& shape) {
  const auto all = rtl_configurations();
  if (std::find(all.begin(), all.end(), configuration) == all.end()) return 0;
  const Graph graph = test::layer_graph(shape, 1);
  std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes()));
  for (std::size_t i = 0; i < inputs[0].size(); ++i) inputs[0][i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  const auto device = make_rtl_device(configuration);
  return test::run_and_compare(*device, graph, inputs, false).result.report.total.cycles;
}

}  // namespace

TEST_CASE("a 256 x 256 x 256 GEMM at large takes at most 18,500 cycles") {
  const std::uint64_t measured = cycles("large", {256, 1, 256, 256});
  INFO(measured);
  REQUIRE(measured <= 18'500);
}

TEST_CASE("a first layer of 112 x 112 x 3 uses at least 45 % of the array end to end") {
  const std::uint64_t measured = cycles("base", {112, 112, 3, 32, 3, 2, 1});
  INFO(measured);
  REQUIRE(measured * 45 / 100 * 256 <= std::uint64_t{56} * 56 * 32 * 27);
}
