// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/options.hpp"
#include "twill/device.hpp"
#include "twill/mapper.hpp"

namespace twill::cli {

/// Which machine runs a job: the options --device, --config, --dram-latency and --dram-bandwidth.
class MachineChoice {
 public:
  static void add_options(Options& options, bool with_device = true, bool several_chips = false);

  /// Throws InputError for a device, configuration or DRAM figure that does not exist, naming those that do, and for more than one configuration.
  explicit MachineChoice(const Values& values, bool with_device = true);

  /// One of several chips: of configuration `config` whatever --config says.
  MachineChoice(const Values& values, const std::string& config, bool with_device);

  const std::string& device() const { return device_; }
  const std::string& config() const { return config_; }
  const contract::Configuration& configuration() const;
  bool timed() const { return device_ == "rtl"; }

  /// What the mapper needs to know: from the configuration's entry in the contract, so that a job can be planned, and refused, before
  /// there is a device.
  const Machine& machine() const { return machine_; }

  /// map_graph() for this machine. When that refuses the network, the InputError says which configuration would do.
  Plan plan(const Graph& graph, const MapOptions& options = {}) const;

  /// Makes the device and checks that its capability registers say what was planned for. `wave_file` (empty: none) is written while waves
  /// are on, from the start when `wave_now`. One call in a process.
  std::unique_ptr<Device> open(const std::string& wave_file = "", bool wave_now = true) const;

  /// Throws InputError when the device's capability registers say something else than was planned for.
  void check(Device& device) const;

  nlohmann::ordered_json json() const;

 private:
  std::string device_ = "rtl", config_;
  Machine machine_;
};

std::vector<std::string> configuration_names();

/// Throws InputError, naming those that there are, for any other name.
const contract::Configuration& configuration_named(const std::string& name);

/// Whether --config names the machine of every chip ("base,small", "base*2,small", "base*4") and so also says how many there are.
bool names_chips(const std::string& config);

/// The configuration of each chip that --config names, by rank; one where it names one for all. Throws InputError for a name or number that is none.
std::vector<std::string> parse_configurations(const std::string& config);

}  // namespace twill::cli
