// SPDX-License-Identifier: Apache-2.0
#include "common/system_choice.hpp"

#include <algorithm>
#include <thread>

#include "common/link_faults.hpp"
#include "common/nearest.hpp"
#include "twill/contract.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_system.hpp"

namespace twill::cli {
namespace {

constexpr unsigned most_latency = 256, most_vcs = 16, most_threads = 256;

/// Of so many chips as --chips, the topology's sizes or else --config names.
noc::TopologySpec topology_of(const Values& values) {
  const std::string topology = values.text("topology"), config = values.text("config");
  unsigned chips = values.has("chips") ? static_cast<unsigned>(values.number("chips", 1, contract::chips)) : 0;
  if (chips == 0 && names_chips(config) && topology.find(':') == std::string::npos) {
    const std::size_t named = parse_configurations(config).size();
    if (named > contract::chips) throw InputError("--config names " + std::to_string(named) + " chips; 1 to " + std::to_string(contract::chips) + " can be joined");
    chips = static_cast<unsigned>(named);
  }
  if (chips == 0 && !values.has("topology")) return noc::parse_topology("ring", 1);
  return noc::parse_topology(topology, chips);
}

std::vector<MachineChoice> machines_of(const Values& values, unsigned chips, bool with_device) {
  std::vector<std::string> names = parse_configurations(values.text("config"));
  if (!names_chips(values.text("config"))) names.assign(chips, names.front());
  if (names.size() != chips)
    throw InputError("--config names the machines of " + std::to_string(names.size()) + (names.size() == 1 ? " chip" : " chips") + ", the system has " +
                     std::to_string(chips) + "; name one for all or one for each, as in base*2,small");
  std::vector<MachineChoice> machines;
  for (const std::string& name : names) machines.emplace_back(values, name, with_device);
  return machines;
}

/// Calls `each` with every configuration that chips have, in the order of their first, and its ranks.
template <class Each>
void by_configuration(const std::vector<MachineChoice>& machines, Each each) {
  std::vector<std::string> seen;
  for (const MachineChoice& machine : machines) {
    if (std::find(seen.begin(), seen.end(), machine.config()) != seen.end()) continue;
    seen.push_back(machine.config());
    std::vector<std::string> ranks;
    for (std::size_t rank = 0; rank < machines.size(); ++rank)
      if (machines[rank].config() == machine.config()) ranks.push_back(std::to_string(rank));
    each(machine.config(), ranks);
  }
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

noc::NetworkOptions network_of(const Values& values) {
  noc::NetworkOptions network;
  network.link_latency = static_cast<unsigned>(values.number("link-latency", 1, most_latency));
  network.link_width = width_of(values);
  network.vcs = static_cast<unsigned>(values.number("vcs", 1, most_vcs));
  read_link_faults(values, network);
  return network;
}

}  // namespace

void SystemChoice::add_options(Options& options, bool with_device) {
  MachineChoice::add_options(options, with_device, true);
  options.value("chips", "N", "how many, 1 to " + std::to_string(contract::chips) + "; may be left out where --topology has sizes")
      .value("topology", "ring|mesh:RxC|torus:RxC|switch", "what joins them", "ring")
      .value("link-latency", "CYCLES", "of a link between chips, 1 to " + std::to_string(most_latency), "16")
      .value("link-width", "BYTES", "payload a link takes a cycle: 1, 2, 4, 8 or 16", "16")
      .value("vcs", "N", "virtual channels of a link, 1 to " + std::to_string(most_vcs) + "; a circle needs 2", "4")
      .value("threads", "N", "host threads that simulate the chips; as many as there are cores when not given. No effect on cycles");
  add_link_faults(options);
}

void SystemChoice::refuse_without_chips(const Values& values, std::vector<std::string> others) {
  others.insert(others.begin(), {"link-latency", "link-width", "vcs", "threads"});
  others.insert(others.end(), link_fault_options().begin(), link_fault_options().end());
  for (const std::string& option : others)
    if (values.has(option)) throw InputError("--" + option + " is for several chips; give --chips, --topology or a --config of several, too");
}

SystemChoice::SystemChoice(const Values& values, bool with_device)
    : topology_(topology_of(values)),
      machines_(machines_of(values, topology_.chips(), with_device)),
      dram_bandwidth_(values.has("dram-bandwidth") ? machine(0).dram_bandwidth : 0),
      network_(network_of(values)),
      threads_(threads_of(values)) {
  if (network_.protects_links() && !timed())
    throw InputError("the functional system has no links to repeat anything or to have faults; leave --device functional out");
}

std::vector<Machine> SystemChoice::machines() const {
  std::vector<Machine> machines;
  for (const MachineChoice& machine : machines_) machines.push_back(machine.machine());
  return machines;
}

Machine SystemChoice::least() const {
  Machine least = machine(0);
  for (const MachineChoice& choice : machines_) {
    const Machine& other = choice.machine();
    least.word = std::min(least.word, other.word);
    least.scratchpad = std::min(least.scratchpad, other.scratchpad);
    least.accumulator_words = std::min(least.accumulator_words, other.accumulator_words);
    least.dram_bandwidth = std::min(least.dram_bandwidth, other.dram_bandwidth);
  }
  return least;
}

std::vector<std::string> SystemChoice::configurations() const {
  std::vector<std::string> names;
  for (const MachineChoice& machine : machines_) names.push_back(machine.config());
  return names;
}

bool SystemChoice::mixed() const {
  return std::any_of(machines_.begin(), machines_.end(), [&](const MachineChoice& m) { return m.config() != machines_.front().config(); });
}

const MachineChoice& SystemChoice::of_all(const std::string& what) const {
  if (mixed()) {
    std::vector<std::string> parts;
    by_configuration(machines_, [&](const std::string& config, const std::vector<std::string>& ranks) {
      parts.push_back((ranks.size() == 1 ? "rank " + ranks[0] + " is " : "ranks " + listed(ranks) + " are ") + config);
    });
    throw InputError(what + " needs chips of one configuration, but " + listed(parts) + "; give --config one name");
  }
  return machines_.front();
}

std::unique_ptr<System> SystemChoice::open() const {
  std::unique_ptr<System> system;
  if (timed()) {
    RtlSystemOptions options;
    options.configurations = configurations();
    options.topology = topology_.text();
    options.network = network_;
    options.threads = threads_;
    options.dram_latency = machine(0).dram_latency;
    options.dram_bandwidth = dram_bandwidth_;
    system = make_rtl_system(options);
  } else {
    std::vector<contract::Configuration> configurations;
    for (const MachineChoice& machine : machines_) configurations.push_back(machine.configuration());
    system = make_functional_system(configurations);
  }
  for (unsigned rank = 0; rank < system->chips(); ++rank) chip(rank).check(system->chip(rank));
  return system;
}

std::string SystemChoice::text() const {
  std::vector<std::string> parts;
  by_configuration(machines_, [&](const std::string& config, const std::vector<std::string>& ranks) { parts.push_back(std::to_string(ranks.size()) + " " + config); });
  return listed(parts) + (chips() == 1 ? " chip" : " chips") + " on " + topology_.text() + " (" + chip(0).device() + ")";
}

std::string SystemChoice::config_text() const {
  if (!mixed()) return chip(0).config();
  std::string text;
  for (unsigned rank = 0; rank < chips();) {
    unsigned end = rank;
    while (end < chips() && chip(end).config() == chip(rank).config()) ++end;
    text += (rank > 0 ? "," : "") + chip(rank).config() + (end - rank > 1 ? "*" + std::to_string(end - rank) : "");
    rank = end;
  }
  return text;
}

nlohmann::ordered_json SystemChoice::json() const {
  nlohmann::ordered_json json = chip(0).json();
  json["config"] = config_text();
  json["word_bytes"] = least().word;
  json["scratchpad_bytes"] = least().scratchpad;
  json["accumulator_words"] = least().accumulator_words;
  json["dram_bandwidth"] = least().dram_bandwidth;
  json["configs"] = configurations();
  json["chips"] = chips();
  json["topology"] = topology_.text();
  json["link_latency"] = network_.link_latency;
  json["link_width"] = network_.link_width;
  json["vcs"] = network_.vcs;
  json["retry"] = retry_json(network_);
  json["threads"] = threads_;
  return json;
}

}  // namespace twill::cli
