// SPDX-License-Identifier: Apache-2.0
#include "common/machine_choice.hpp"

#include <algorithm>

#include "common/nearest.hpp"
#include "twill/configurations.hpp"
#include "twill/contract.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_device.hpp"

namespace twill::cli {
namespace {

bool same_sizes(const Machine& a, const Machine& b) {
  return a.word == b.word && a.scratchpad == b.scratchpad && a.accumulator_words == b.accumulator_words && a.queue_depth == b.queue_depth;
}

/// What --config of a command that takes one machine says.
const std::string& one_configuration(const std::string& config) {
  if (names_chips(config))
    throw InputError("--config " + config + " names the machines of several chips; one chip takes one of " + listed(configuration_names()));
  return config;
}

}  // namespace

const contract::Configuration& configuration_named(const std::string& name) {
  const auto found =
      std::find_if(contract::configurations.begin(), contract::configurations.end(), [&](const auto& c) { return c.name == name; });
  if (found == contract::configurations.end())
    throw InputError("there is no configuration '" + name + "'; " + suggestion(name, configuration_names()));
  return *found;
}

std::vector<std::string> configuration_names() {
  std::vector<std::string> names;
  for (const auto& c : contract::configurations) names.emplace_back(c.name);
  return names;
}

bool names_chips(const std::string& config) { return config.find_first_of(",*") != std::string::npos; }

std::vector<std::string> parse_configurations(const std::string& config) {
  std::vector<std::string> chips;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = config.find(',', begin);
    const std::string part = config.substr(begin, end == std::string::npos ? end : end - begin);
    const auto star = part.find('*');
    const std::string name = part.substr(0, star);
    if (name.empty()) throw InputError("--config takes one configuration, or one for every chip such as base*2,small, not '" + config + "'");
    configuration_named(name);
    const std::uint64_t times = star == std::string::npos ? 1 : parse_number(part.substr(star + 1), "--config " + name + "*", 1, contract::chips);
    chips.insert(chips.end(), times, name);
  }
  return chips;
}

void MachineChoice::add_options(Options& options, bool with_device, bool several_chips) {
  if (with_device) options.value("device", "rtl|functional", "the Verilated chip, cycle by cycle, or the untimed functional model", "rtl");
  const std::string names = "machine: " + listed(configuration_names());
  if (several_chips) options.value("config", "NAME|NAME*N,...", names + "; one for all chips, or one for each by rank, as in base*2,small", "base");
  else options.value("config", "NAME", names, "base");
  options.value("dram-latency", "CYCLES", "DRAM latency; 100 when not given")
      .value("dram-bandwidth", "BYTES", "DRAM bytes a cycle, each way, at most a word; a word when not given");
}

MachineChoice::MachineChoice(const Values& values, bool with_device)
    : MachineChoice(values, one_configuration(values.text("config")), with_device) {}

MachineChoice::MachineChoice(const Values& values, const std::string& config, bool with_device)
    : config_(config), machine_(Machine::of(configuration_named(config))) {
  if (with_device) device_ = values.text("device");
  if (device_ != "rtl" && device_ != "functional")
    throw InputError("there is no device '" + device_ + "'; " + suggestion(device_, {"rtl", "functional"}));
  const auto built = rtl_configurations();
  if (with_device && device_ == "rtl" && std::find(built.begin(), built.end(), config_) == built.end()) {
    throw InputError("configuration '" + config_ + "' is not built into this twill as RTL (it has " + listed(built) +
                     "); use --device functional or add it to TWILL_CONFIGS");
  }
  if (values.has("dram-latency")) machine_.dram_latency = static_cast<std::uint32_t>(values.number("dram-latency", 1, 1'000'000));
  if (values.has("dram-bandwidth"))
    machine_.dram_bandwidth = static_cast<std::uint32_t>(parse_number(values.text("dram-bandwidth"), "--dram-bandwidth on " + config_, 1, machine_.word));
}

const contract::Configuration& MachineChoice::configuration() const { return configuration_named(config_); }

Plan MachineChoice::plan(const Graph& graph, const MapOptions& options) const {
  try {
    return map_graph(graph, machine_, options);
  } catch (const MachineTooSmall& error) {
    // The mapper knows one machine; whether another would do is found out by trying.
    for (const auto& other : contract::configurations) {
      if (other.name == config_) continue;
      try {
        map_graph(graph, Machine::of(other), options);
      } catch (const InputError&) {
        continue;
      }
      throw InputError(std::string(error.what()) + "; --config " + std::string(other.name) + " would do");
    }
    throw InputError(std::string(error.what()) + "; no other configuration would do");
  }
}

std::unique_ptr<Device> MachineChoice::open(const std::string& wave_file, bool wave_now) const {
  std::unique_ptr<Device> device;
  if (timed()) {
    RtlOptions options;
    options.dram_latency = machine_.dram_latency;
    options.dram_bandwidth = machine_.dram_bandwidth;
    options.wave_file = wave_file;
    if (!wave_now) options.wave_start = options.wave_stop;
    device = make_rtl_device(config_, options);
  } else {
    if (!wave_file.empty()) throw InputError("--wave needs --device rtl: the functional model has no signals");
    device = make_functional_device(config_);
  }
  check(*device);
  return device;
}

void MachineChoice::check(Device& device) const {
  if (!same_sizes(Machine::of(device), machine_))
    throw InputError("the device's capability registers are not those of configuration '" + config_ + "'");
}

nlohmann::ordered_json MachineChoice::json() const {
  return {{"device", device_},
          {"config", config_},
          {"word_bytes", machine_.word},
          {"scratchpad_bytes", machine_.scratchpad},
          {"accumulator_words", machine_.accumulator_words},
          {"dram_latency", machine_.dram_latency},
          {"dram_bandwidth", machine_.dram_bandwidth}};
}

}  // namespace twill::cli
