// SPDX-License-Identifier: Apache-2.0
// Random networks on a covered chip, golden bytes: what the mapper makes of the array and the post unit.
#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/rtl_device.hpp"

using namespace twill;

namespace {

void random_networks(std::uint64_t first, int count) {
  const auto device = make_rtl_device(rtl_configurations().front());
  int ran = 0;
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    INFO("seed " << seed);
    const Graph graph = test::random_network(seed);
    try {
      test::run_and_compare(*device, graph, test::random_inputs(graph, seed), seed % 2);
      ++ran;
    } catch (const MachineTooSmall&) {
    }
  }
  CHECK(ran >= count / 2);
}

}  // namespace

TEST_CASE("random networks on a covered chip") { random_networks(5000, 8); }
