// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "twill/noc/topology.hpp"
#include "twill/system.hpp"

namespace twill::cli {

/// Which chips run a job and what joins them: the options of MachineChoice and --chips, --topology, --link-latency, --link-width,
/// --vcs and --threads.
class SystemChoice {
 public:
  static void add_options(Options& options, bool with_device = true);

  /// Throws InputError for what MachineChoice refuses, for a topology that is none or is not of --chips chips, and for figures out of range.
  explicit SystemChoice(const Values& values, bool with_device = true);

  /// Whether the command line says anything of chips: without, there is one.
  static bool many(const Values& values) { return values.has("chips") || values.has("topology"); }

  /// For a command line without chips: throws InputError for what would have no effect then, --link-latency and its like and `others`.
  static void refuse_without_chips(const Values& values, std::vector<std::string> others = {});

  const MachineChoice& chip() const { return chip_; }
  const Machine& machine() const { return chip_.machine(); }
  bool timed() const { return chip_.timed(); }

  unsigned chips() const { return topology_.chips(); }
  const noc::TopologySpec& topology() const { return topology_; }
  unsigned link_latency() const { return link_latency_; }  ///< cycles
  unsigned link_width() const { return link_width_; }      ///< payload bytes a cycle
  unsigned threads() const { return threads_; }

  /// Makes the chips and checks that their capability registers say what was planned for. One call in a process.
  std::unique_ptr<System> open() const;

  std::string text() const;  ///< "8 base chips on torus:2x4 (rtl)"
  nlohmann::ordered_json json() const;

 private:
  MachineChoice chip_;
  noc::TopologySpec topology_;
  unsigned link_latency_, link_width_, vcs_, threads_;
};

}  // namespace twill::cli
