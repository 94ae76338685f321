// SPDX-License-Identifier: Apache-2.0
// The network stepped by two threads. A program of its own, small enough for ThreadSanitizer.
#include "traffic_chips.hpp"

namespace {

using namespace twill::noc;
using namespace twill::noc::test;

TEST_CASE("Two threads agree with one flit by flit and cycle by cycle") {
  for (const TopologySpec& spec : shapes()) {
    for (const NetworkOptions& options : {NetworkOptions{}, NetworkOptions{2, 4, 5, 4, 3}}) {
      INFO(spec.text() << ", latency " << options.link_latency);
      Fabric fabric(spec, options);
      const auto expected = run_traffic(fabric, 180, 600, 3);
      fabric.reset();
      CHECK((run_traffic(fabric, 180, 600, 3, {fabric.window_limit(), Schedule::Order::two_threads}) == expected));
    }
  }
}

}  // namespace
