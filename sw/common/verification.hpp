// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "common/labelled_set.hpp"
#include "common/progress.hpp"
#include "twill/device.hpp"
#include "twill/manifest.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {

/// A network with the cases to run, read and planned before anything runs.
struct Network {
  std::string folder;
  Manifest manifest;
  Graph graph;
  Plan plan;
  std::vector<const Manifest::Case*> cases;
  std::optional<LabelledSet> labelled;
};

/// Runs test cases one after the other on one device, prints a line for each and keeps count.
class Verification {
 public:
  /// A line goes to `out` for each. `total` units of progress will be done: cycles on a device that has them, else jobs.
  Verification(Device& device, std::ostream& out, bool every_layer, bool quiet, std::uint64_t total);

  void run_case(const Network& network, const Manifest::Case& test);

  /// Classifies the network's labelled images; as many must be right as its manifest states.
  void run_labelled(const Network& network);

  unsigned passed() const { return passed_; }
  unsigned failed() const { return failed_; }
  bool chip_error() const { return chip_error_; }  ///< the chip reported an error in one of the cases
  nlohmann::ordered_json json() const;

 private:
  JobResult run(const Network& network, const std::vector<std::vector<std::uint8_t>>& inputs, const std::string& what);
  void finish(const std::string& name, const std::string& fault, std::uint64_t cycles);
  std::string compare(const Network& network, const Manifest::Case& test, const std::vector<std::vector<std::uint8_t>>& inputs,
                      const JobResult& result) const;

  Device& device_;
  std::ostream& out_;
  bool timed_, every_layer_, chip_error_ = false;
  Progress progress_;
  std::uint64_t done_ = 0;
  unsigned passed_ = 0, failed_ = 0;
  nlohmann::ordered_json cases_ = nlohmann::ordered_json::array(), accuracy_ = nlohmann::ordered_json::array();
};

}  // namespace twill::cli
