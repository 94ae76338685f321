// SPDX-License-Identifier: Apache-2.0
// Verilated chips for programs without any: every option for them is checked as ever, the network is made, and then there are none.
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/rtl_system.hpp"

namespace twill {

std::vector<std::string> rtl_configurations() {
  std::vector<std::string> names;
  for (const auto& configuration : contract::configurations) names.emplace_back(configuration.name);
  return names;
}

std::unique_ptr<RtlDevice> make_rtl_device(std::string_view, const RtlOptions&) { throw InputError("there are no chips here"); }

std::unique_ptr<RtlSystem> make_rtl_system(const RtlSystemOptions& options) {
  const noc::TopologySpec topology = noc::parse_topology(options.topology);
  if (std::uint64_t{topology.chips()} * options.network.vcs * options.network.link_latency < 1 << 12)  // its buffers cost time
    noc::Fabric(topology, options.network);
  throw InputError("there are no chips here");
}

}  // namespace twill
