// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "twill/noc/fabric.hpp"
#include "twill/system.hpp"

namespace twill::cli {

/// Which chips run a job and what joins them: the options of MachineChoice - --config with the machine of all chips or of each - and --chips,
/// --topology, --link-latency, --link-width, --vcs, --threads, and those of link_faults.hpp.
class SystemChoice {
 public:
  static void add_options(Options& options, bool with_device = true);

  /// Throws InputError for what MachineChoice refuses, for a topology that is none or is not of --chips chips, for configurations of another number
  /// of chips, for figures out of range, and for faults of links on the functional system, which has none.
  explicit SystemChoice(const Values& values, bool with_device = true);

  /// Whether the command line says anything of chips: without, there is one.
  static bool many(const Values& values) { return values.has("chips") || values.has("topology") || names_chips(values.text("config")); }

  /// For a command line without chips: throws InputError for what would have no effect then, --link-latency and its like and `others`.
  static void refuse_without_chips(const Values& values, std::vector<std::string> others = {});

  const MachineChoice& chip(unsigned rank) const { return machines_.at(rank); }
  const Machine& machine(unsigned rank) const { return chip(rank).machine(); }
  std::vector<Machine> machines() const;  ///< by chip
  Machine least() const;                  ///< what every chip has at least, figure by figure
  bool timed() const { return machines_.front().timed(); }

  std::vector<std::string> configurations() const;  ///< by chip

  bool mixed() const;  ///< chips of more than one configuration
  /// The machine of all chips. Throws InputError, naming ranks and configurations, when they differ: `what` (a command, a way of splitting) needs equal ones.
  const MachineChoice& of_all(const std::string& what) const;

  unsigned chips() const { return topology_.chips(); }
  const noc::TopologySpec& topology() const { return topology_; }
  unsigned link_latency() const { return network_.link_latency; }  ///< cycles
  unsigned link_width() const { return network_.link_width; }      ///< payload bytes a cycle
  unsigned threads() const { return threads_; }

  /// Makes the chips and checks that their capability registers say what was planned for. One call in a process.
  std::unique_ptr<System> open() const;

  std::string text() const;  ///< "8 base chips on torus:2x4 (rtl)", "2 base and 2 small chips on ring:4 (rtl)"
  nlohmann::ordered_json json() const;

 private:
  std::string config_text() const;  ///< "base", "base,small*2": what --config takes

  noc::TopologySpec topology_;
  std::vector<MachineChoice> machines_;  ///< by chip
  unsigned dram_bandwidth_;  ///< bytes a cycle; 0: a word of each chip
  noc::NetworkOptions network_;
  unsigned threads_;
};

}  // namespace twill::cli
