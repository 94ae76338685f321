// SPDX-License-Identifier: Apache-2.0
// twill verify: the test cases of networks, byte by byte.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/labelled_set.hpp"
#include "common/machine_choice.hpp"
#include "common/mismatch.hpp"
#include "common/model.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/runtime.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

std::optional<Values> parse(const std::vector<std::string>& args) {
  Options options("verify", "DIR...", "Runs the test cases that the manifest.json of each folder lists and compares the outputs with the references.");
  MachineChoice::add_options(options);
  return options.flag("every-layer", "run every operator by itself and compare every tensor that the manifest lists, by SHA-256")
      .values("case", "NAME", "only this case (may be repeated)")
      .flag("accuracy", "also classify the labelled images that the manifest names under \"accuracy\"")
      .value("json", "FILE", "write the report there too")
      .flag("quiet", "no progress on standard error")
      .parse(args, SIZE_MAX);
}

/// A network with the cases to run, read and planned before anything runs.
struct Network {
  std::string folder;
  Manifest manifest;
  Graph graph;
  Plan plan;
  std::vector<const Manifest::Case*> cases;
  std::optional<LabelledSet> labelled;
};

void check_model(const Manifest& manifest) {
  const auto bytes = read_file(manifest.path);
  if (sha256(bytes.data(), bytes.size()) != manifest.sha256) throw InputError(manifest.path + " is not the model of its manifest: its SHA-256 differs");
}

void choose_cases(Network& network, const std::vector<std::string>& names) {
  for (const Manifest::Case& candidate : network.manifest.cases)
    if (names.empty() || std::count(names.begin(), names.end(), candidate.name) > 0) network.cases.push_back(&candidate);
}

/// Every name must be a case of some network.
void check_names(const std::vector<Network>& networks, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool found = std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
      return std::any_of(network.cases.begin(), network.cases.end(), [&](const Manifest::Case* c) { return c->name == name; });
    });
    if (!found) networks.front().manifest.find_case(name);  // throws, naming those there are
  }
}

/// Refuses a case whose files do not fit the network.
void check_case(const Network& network, const Manifest::Case& test) {
  const Graph& graph = network.graph;
  const std::string name = network.folder + ": case " + test.name;
  read_inputs(graph, test.inputs);
  if (test.outputs.size() != graph.outputs.size()) throw InputError(name + " has " + std::to_string(test.outputs.size()) + " outputs, the network " + std::to_string(graph.outputs.size()));
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(graph.outputs[i])];
    const Array array = read_npy(test.outputs[i]);
    if (array.type != tensor.type || array.shape != tensor.shape)
      throw InputError(test.outputs[i] + " is " + type_name(array.type) + " " + extents(array.shape) + ", but output " + std::to_string(i) + " of the network is " + type_name(tensor.type) + " " + extents(tensor.shape));
  }
  for (const Manifest::Golden& golden : test.tensors)
    if (static_cast<std::size_t>(golden.index) >= graph.tensors.size()) throw InputError(name + " lists tensor " + std::to_string(golden.index) + ", the network has " + std::to_string(graph.tensors.size()));
}

class Verification {
 public:
  Verification(Device& device, bool every_layer, bool quiet, std::uint64_t total, const std::string& unit)
      : device_(device), every_layer_(every_layer), counts_cycles_(unit == "cycles"), progress_("", total, unit, quiet) {}

  void run_case(const Network& network, const Manifest::Case& test) {
    const std::string name = network.folder + "/" + test.name;
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
    cases_.push_back({{"network", network.folder}, {"case", test.name}, {"passed", fault.empty()}, {"cycles", result.report.total.cycles}, {"predicted_cycles", network.plan.predicted_cycles}, {"fault", fault}});
  }

  void run_labelled(const Network& network) {
    const LabelledSet& set = *network.labelled;
    std::size_t right = 0;
    std::uint64_t cycles = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
      const JobResult result = run(network, {set.image(i)}, network.folder + " accuracy, image " + std::to_string(i + 1) + " of " + std::to_string(set.size()));
      right += set.right(network.graph, result.tensors[static_cast<std::size_t>(network.graph.outputs.at(0))], i);
      cycles += result.report.total.cycles;
    }
    const auto stated = static_cast<std::size_t>(std::llround(set.stated() * static_cast<double>(set.size())));
    const std::string found = std::to_string(right) + " of " + std::to_string(set.size()) + " images right";
    finish(network.folder + " accuracy (" + found + ")", right == stated ? "" : "the manifest states " + std::to_string(stated), cycles);
    accuracy_.push_back({{"network", network.folder}, {"images", set.size()}, {"right", right}, {"stated", stated}, {"passed", right == stated}, {"cycles", cycles}});
  }

  int conclude(const OutputFile& file, const MachineChoice& choice) {
    progress_.wipe();
    ordered_json report = report_head("verify");
    report["machine"] = choice.json();
    report["every_layer"] = every_layer_;
    report["passed"] = passed_;
    report["failed"] = failed_;
    report["cases"] = cases_;
    report["accuracy"] = accuracy_;
    file.write(report);
    std::cout << passed_ << " passed, " << failed_ << " failed\n";
    return chip_error_ ? 3 : failed_ > 0 ? 1 : 0;
  }

 private:
  JobResult run(const Network& network, const std::vector<std::vector<std::uint8_t>>& inputs, const std::string& what) {
    progress_.what(what);
    const std::uint64_t before = done_;
    Runtime runtime(device_, [&](std::uint64_t cycles) {
      if (counts_cycles_) progress_.update(before + cycles);
    });
    JobResult result = runtime.run(network.graph, network.plan, inputs);
    done_ += counts_cycles_ ? result.report.total.cycles : 1;
    progress_.update(done_);
    return result;
  }

  void finish(const std::string& name, const std::string& fault, std::uint64_t cycles) {
    progress_.wipe();
    std::cout << (fault.empty() ? "passed  " : "FAILED  ") << name << (cycles ? "  " + grouped(cycles) + " cycles" : "") << (fault.empty() ? "" : ": " + fault) << std::endl;
    ++(fault.empty() ? passed_ : failed_);
  }

  /// What is wrong, or nothing.
  std::string compare(const Network& network, const Manifest::Case& test, const std::vector<std::vector<std::uint8_t>>& inputs, const JobResult& result) const {
    const Graph& graph = network.graph;
    if (every_layer_)
      for (const Manifest::Golden& golden : test.tensors) {
        const auto& bytes = result.tensors.at(static_cast<std::size_t>(golden.index));
        if (sha256(bytes.data(), bytes.size()) == golden.sha256) continue;
        const auto mismatch = first_mismatch(graph, inputs, result);
        return mismatch.value_or("tensor " + std::to_string(golden.index) + " has another hash than the manifest says, but every layer has the bytes of the golden model");
      }
    for (std::size_t i = 0; i < test.outputs.size(); ++i) {
      const auto index = static_cast<std::size_t>(graph.outputs.at(i));
      const Array expected = read_npy(test.outputs[i]);
      if (result.tensors[index] == expected.data) continue;
      return "output " + std::to_string(i) + " differs; " + describe_mismatch(graph, graph.outputs[i], expected.data, result.tensors[index]) + (every_layer_ ? "" : "; --every-layer finds the layer");
    }
    return "";
  }

  Device& device_;
  bool every_layer_, counts_cycles_, chip_error_ = false;
  Progress progress_;
  std::uint64_t done_ = 0;
  unsigned passed_ = 0, failed_ = 0;
  ordered_json cases_ = ordered_json::array(), accuracy_ = ordered_json::array();
};

}  // namespace

int verify_command(const std::vector<std::string>& args) {
  const auto values = parse(args);
  if (!values) return 0;
  const MachineChoice choice(*values);
  MapOptions map_options;
  map_options.every_layer = values->flag("every-layer");
  const auto names = values->texts("case");

  std::vector<Network> networks;
  std::uint64_t jobs = 0, cycles = 0;
  for (std::string folder : values->texts("operands")) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    Network network;
    network.folder = folder;
    network.manifest = read_manifest((std::filesystem::path(folder) / "manifest.json").string());
    check_model(network.manifest);
    network.graph = import_tflite(network.manifest.path);
    network.plan = map_graph(network.graph, choice.machine(), map_options);
    if (values->flag("accuracy")) network.labelled = LabelledSet(folder, network.graph);
    networks.push_back(std::move(network));
  }
  for (Network& network : networks) {
    choose_cases(network, names);
    for (const Manifest::Case* test : network.cases) check_case(network, *test);
    const std::uint64_t here = network.cases.size() + (network.labelled ? network.labelled->size() : 0);
    jobs += here;
    cycles += here * network.plan.predicted_cycles;
  }
  check_names(networks, names);
  const OutputFile json_file(values->text("json"));
  const auto device = choice.open();

  Verification verification(*device, map_options.every_layer, values->flag("quiet"), choice.timed() ? cycles : jobs, choice.timed() ? "cycles" : "jobs");
  for (const Network& network : networks) {
    for (const Manifest::Case* test : network.cases) verification.run_case(network, *test);
    if (network.labelled) verification.run_labelled(network);
  }
  return verification.conclude(json_file, choice);
}

}  // namespace twill::cli
