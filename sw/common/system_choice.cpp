// SPDX-License-Identifier: Apache-2.0
#include "common/system_choice.hpp"

#include <algorithm>
#include <thread>

#include "twill/contract.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_system.hpp"

namespace twill::cli {
namespace {

constexpr unsigned most_latency = 256, most_vcs = 16, most_threads = 256;

noc::TopologySpec topology_of(const Values& values) {
  const unsigned chips = values.has("chips") ? static_cast<unsigned>(values.number("chips", 1, contract::chips)) : 0;
  if (chips == 0 && !values.has("topology")) return noc::parse_topology("ring", 1);
  return noc::parse_topology(values.text("topology"), chips);
}

unsigned threads_of(const Values& values) {
  if (values.has("threads")) return static_cast<unsigned>(values.number("threads", 1, most_threads));
  return std::max(1u, std::thread::hardware_concurrency());
}

unsigned width_of(const Values& values) {
  const auto width = static_cast<unsigned>(values.number("link-width", 1, contract::flit_bytes));
  if ((width & (width - 1)) != 0)
    throw InputError("--link-width takes 1, 2, 4, 8 or 16 bytes a cycle, not " + std::to_string(width));
  return width;
}

}  // namespace

void SystemChoice::add_options(Options& options, bool with_device) {
  MachineChoice::add_options(options, with_device);
  options.value("chips", "N", "how many, 1 to " + std::to_string(contract::chips) + "; may be left out where --topology has sizes")
      .value("topology", "ring|mesh:RxC|torus:RxC|switch", "what joins them", "ring")
      .value("link-latency", "CYCLES", "of a link between chips, 1 to " + std::to_string(most_latency), "16")
      .value("link-width", "BYTES", "payload a link takes a cycle: 1, 2, 4, 8 or 16", "16")
      .value("vcs", "N", "virtual channels of a link, 1 to " + std::to_string(most_vcs) + "; a circle needs 2", "4")
      .value("threads", "N", "host threads that simulate the chips; as many as there are cores when not given. No effect on cycles");
}

void SystemChoice::refuse_without_chips(const Values& values, std::vector<std::string> others) {
  others.insert(others.begin(), {"link-latency", "link-width", "vcs", "threads"});
  for (const std::string& option : others)
    if (values.has(option)) throw InputError("--" + option + " is for several chips; give --chips or --topology, too");
}

SystemChoice::SystemChoice(const Values& values, bool with_device)
    : chip_(values, with_device),
      topology_(topology_of(values)),
      link_latency_(static_cast<unsigned>(values.number("link-latency", 1, most_latency))),
      link_width_(width_of(values)),
      vcs_(static_cast<unsigned>(values.number("vcs", 1, most_vcs))),
      threads_(threads_of(values)) {}

std::unique_ptr<System> SystemChoice::open() const {
  std::unique_ptr<System> system;
  if (timed()) {
    RtlSystemOptions options;
    options.configurations = {chip_.config()};
    options.topology = topology_.text();
    options.network.link_latency = link_latency_;
    options.network.link_width = link_width_;
    options.network.vcs = vcs_;
    options.threads = threads_;
    options.dram_latency = machine().dram_latency;
    options.dram_bandwidth = machine().dram_bandwidth;
    system = make_rtl_system(options);
  } else {
    system = make_functional_system(chip_.config(), chips());
  }
  for (unsigned rank = 0; rank < system->chips(); ++rank) chip_.check(system->chip(rank));
  return system;
}

std::string SystemChoice::text() const {
  return std::to_string(chips()) + " " + chip_.config() + (chips() == 1 ? " chip" : " chips") + " on " + topology_.text() + " (" +
         chip_.device() + ")";
}

nlohmann::ordered_json SystemChoice::json() const {
  nlohmann::ordered_json json = chip_.json();
  json["chips"] = chips();
  json["topology"] = topology_.text();
  json["link_latency"] = link_latency_;
  json["link_width"] = link_width_;
  json["vcs"] = vcs_;
  json["threads"] = threads_;
  return json;
}

}  // namespace twill::cli
