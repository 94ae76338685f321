// SPDX-License-Identifier: Apache-2.0
// twill verify: the test cases of networks, byte by byte.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/model.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/report.hpp"
#include "common/verification.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"
#include "twill/npy.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace twill::cli {
namespace {

std::optional<Values> parse(const std::vector<std::string>& args) {
  Options options("verify", "DIR...",
                  "Runs the test cases that the manifest.json of each folder lists and compares the outputs with the references.");
  MachineChoice::add_options(options);
  return options.flag("every-layer", "run every operator by itself and compare every tensor that the manifest lists, by SHA-256")
      .values("case", "NAME", "only this case (may be repeated)")
      .flag("accuracy", "also classify the labelled images that the manifest names under \"accuracy\"")
      .value("json", "FILE", "write the report there too")
      .flag("quiet", "no progress on standard error")
      .parse(args, SIZE_MAX);
}

void check_model(const Manifest& manifest) {
  const auto bytes = read_file(manifest.path);
  if (sha256(bytes.data(), bytes.size()) != manifest.sha256)
    throw InputError(manifest.path + " is not the model of its manifest: its SHA-256 differs");
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
  if (test.outputs.size() != graph.outputs.size())
    throw InputError(name + " has " + std::to_string(test.outputs.size()) + " outputs, the network " +
                     std::to_string(graph.outputs.size()));
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(graph.outputs[i])];
    const Array array = read_npy(test.outputs[i]);
    if (array.type != tensor.type || array.shape != tensor.shape)
      throw InputError(test.outputs[i] + " is " + type_name(array.type) + " " + extents(array.shape) + ", but output " + std::to_string(i) +
                       " of the network is " + type_name(tensor.type) + " " + extents(tensor.shape));
  }
  for (const Manifest::Golden& golden : test.tensors)
    if (static_cast<std::size_t>(golden.index) >= graph.tensors.size())
      throw InputError(name + " lists tensor " + std::to_string(golden.index) + ", the network has " +
                       std::to_string(graph.tensors.size()));
}

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

  Verification verification(*device, map_options.every_layer, values->flag("quiet"), choice.timed() ? cycles : jobs);
  for (const Network& network : networks) {
    for (const Manifest::Case* test : network.cases) verification.run_case(network, *test);
    if (network.labelled) verification.run_labelled(network);
  }
  auto report = report_head("verify");
  report["machine"] = choice.json();
  report.update(verification.json());
  json_file.write(report);
  std::cout << verification.passed() << " passed, " << verification.failed() << " failed\n";
  return verification.chip_error() ? 3 : verification.failed() > 0 ? 1 : 0;
}

}  // namespace twill::cli
