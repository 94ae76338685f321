// SPDX-License-Identifier: Apache-2.0
#include "common/verification.hpp"

#include <cmath>

#include "common/format.hpp"
#include "common/mismatch.hpp"
#include "common/model.hpp"
#include "twill/error.hpp"
#include "twill/npy.hpp"
#include "twill/sha256.hpp"

namespace twill::cli {

Verification::Verification(Device& device, std::ostream& out, bool every_layer, bool quiet, std::uint64_t total)
    : device_(device),
      out_(out),
      timed_(device.kind() != "functional"),
      every_layer_(every_layer),
      progress_("", total, timed_ ? "cycles" : "jobs", quiet) {}

void Verification::run_case(const Network& network, const Manifest::Case& test) {
  const std::string name = network.folder + "/" + shown(test.name);
  std::string fault;
  JobResult result;
  const auto inputs = read_inputs(network.graph, test.inputs);
  try {
    result = run(network, inputs, name);
    fault = compare(network, test, inputs, result);
  } catch (const ChipError& error) {
    fault = error.what();
    chip_error_ = true;
  }
  finish(name, fault, result.report.total.cycles);
  cases_.push_back({{"network", network.folder},
                    {"case", test.name},
                    {"passed", fault.empty()},
                    {"cycles", result.report.total.cycles},
                    {"predicted_cycles", network.plan.predicted_cycles},
                    {"fault", fault}});
}

void Verification::run_labelled(const Network& network) {
  const LabelledSet& set = *network.labelled;
  std::size_t right = 0;
  std::uint64_t cycles = 0;
  std::string fault;
  for (std::size_t i = 0; i < set.size() && fault.empty(); ++i) {
    const std::string image = "image " + std::to_string(i + 1) + " of " + std::to_string(set.size());
    try {
      const JobResult result = run(network, {set.image(i)}, network.folder + " accuracy, " + image);
      right += set.right(network.graph, result.tensors[static_cast<std::size_t>(network.graph.outputs.at(0))], i);
      cycles += result.report.total.cycles;
    } catch (const ChipError& error) {
      fault = image + ": " + error.what();
      chip_error_ = true;
    }
  }
  const auto stated = static_cast<std::size_t>(std::llround(set.stated() * static_cast<double>(set.size())));
  const std::string found = std::to_string(right) + " of " + std::to_string(set.size()) + " images right";
  if (fault.empty() && right != stated) fault = "the manifest states " + std::to_string(stated);
  finish(network.folder + " accuracy (" + found + ")", fault, cycles);
  accuracy_.push_back({{"network", network.folder},
                       {"images", set.size()},
                       {"right", right},
                       {"stated", stated},
                       {"passed", fault.empty()},
                       {"cycles", cycles},
                       {"fault", fault}});
}

nlohmann::ordered_json Verification::json() const {
  return {{"every_layer", every_layer_}, {"passed", passed_}, {"failed", failed_}, {"cases", cases_}, {"accuracy", accuracy_}};
}

JobResult Verification::run(const Network& network, const std::vector<std::vector<std::uint8_t>>& inputs, const std::string& what) {
  progress_.what(what);
  const std::uint64_t before = done_;
  Runtime runtime(device_, [&](std::uint64_t cycles) {
    if (timed_) progress_.update(before + cycles);
  });
  JobResult result = runtime.run(network.graph, network.plan, inputs);
  done_ += timed_ ? result.report.total.cycles : 1;
  progress_.update(done_);
  return result;
}

void Verification::finish(const std::string& name, const std::string& fault, std::uint64_t cycles) {
  progress_.wipe();
  out_ << (fault.empty() ? "passed  " : "FAILED  ") << name << (cycles ? "  " + grouped(cycles) + " cycles" : "")
       << (fault.empty() ? "" : ": " + fault) << std::endl;
  ++(fault.empty() ? passed_ : failed_);
}

/// What is wrong, or nothing.
std::string Verification::compare(const Network& network, const Manifest::Case& test, const std::vector<std::vector<std::uint8_t>>& inputs,
                                  const JobResult& result) const {
  const Graph& graph = network.graph;
  if (every_layer_)
    for (const Manifest::Golden& golden : test.tensors) {
      const auto& bytes = result.tensors.at(static_cast<std::size_t>(golden.index));
      if (sha256(bytes.data(), bytes.size()) == golden.sha256) continue;
      const auto mismatch = first_mismatch(graph, inputs, result);
      return mismatch.value_or("tensor " + std::to_string(golden.index) +
                               " has another hash than the manifest says, but every layer has the bytes of the golden model");
    }
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const auto index = static_cast<std::size_t>(graph.outputs.at(i));
    const Array expected = read_npy(test.outputs[i]);
    if (result.tensors[index] == expected.data) continue;
    return "output " + std::to_string(i) + " differs; " + describe_mismatch(graph, graph.outputs[i], expected.data, result.tensors[index]) +
           (every_layer_ ? "" : "; --every-layer finds the layer");
  }
  return "";
}

}  // namespace twill::cli
