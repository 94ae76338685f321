// SPDX-License-Identifier: Apache-2.0
// twill verify: the test cases of networks, byte by byte.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/guarded.hpp"
#include "common/machine_choice.hpp"
#include "common/model.hpp"
#include "common/options.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
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
  ReportFile::add_option(options);
  return options.flag("every-layer", "run every operator by itself and compare every tensor that the manifest lists, by SHA-256")
      .values("case", "NAME", "only this case (may be repeated)")
      .flag("accuracy", "also classify the labelled images that the manifest names under \"accuracy\"")
      .flag("quiet", "no progress on standard error")
      .parse(args, SIZE_MAX);
}

std::string manifest_path(const std::string& folder) { return (std::filesystem::path(folder) / "manifest.json").string(); }

/// The folders among the operands, and what is none: `verify NETWORKS/*` meets a README beside the networks.
struct Folders {
  std::vector<std::string> networks, others;
};

/// Throws InputError when an operand does not exist, or when none has a manifest.
Folders sort_out(const std::vector<std::string>& operands) {
  Folders found;
  std::error_code error;
  for (std::string folder : operands) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    if (!std::filesystem::exists(folder, error)) throw InputError(folder + ": there is no such folder");
    if (operands.size() == 1 && !std::filesystem::is_directory(folder, error))
      throw InputError(folder + " is a file; twill verify takes folders, each with a manifest.json");
    (std::filesystem::exists(manifest_path(folder), error) ? found.networks : found.others).push_back(folder);
  }
  if (found.networks.empty())
    throw InputError(found.others.front() + ": there is no manifest.json in it; twill verify takes folders that have one");
  return found;
}

void check_model(const Manifest& manifest) {
  const auto bytes = read_file(manifest.path);
  if (sha256(bytes.data(), bytes.size()) != manifest.sha256)
    throw InputError(manifest.path + " is not the model of its manifest: its SHA-256 differs");
}

/// Refuses a manifest that describes inputs or outputs other than the network's; `what`: "input" or "output".
void check_interface(const std::string& manifest, const std::string& what, const std::vector<Manifest::Interface>& said, const Graph& graph,
                     const std::vector<int>& indices) {
  if (said.size() != indices.size())
    throw InputError(manifest + ": it describes " + std::to_string(said.size()) + " " + what + "s, the network has " +
                     std::to_string(indices.size()));
  for (std::size_t i = 0; i < said.size(); ++i) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(indices[i])];
    if (said[i].index != indices[i] || said[i].type != tensor.type || said[i].shape != tensor.shape)
      throw InputError(manifest + ": " + what + "s[" + std::to_string(i) + "] is tensor " + std::to_string(said[i].index) + ", " +
                       type_name(said[i].type) + " " + extents(said[i].shape) + ", but that of the network is tensor " +
                       std::to_string(indices[i]) + ", " + type_name(tensor.type) + " " + extents(tensor.shape));
  }
}

Network read_network(const std::string& folder, const MachineChoice& choice, const MapOptions& map_options, bool accuracy) {
  Network network;
  network.folder = folder;
  network.manifest = read_manifest(manifest_path(folder));
  const Manifest& manifest = network.manifest;
  if (manifest.cases.empty() && !accuracy) throw InputError(manifest_path(folder) + ": it lists no cases, so there is nothing to verify");
  check_model(manifest);
  network.graph = import_tflite(manifest.path);
  check_interface(manifest_path(folder), "input", manifest.inputs, network.graph, network.graph.inputs);
  check_interface(manifest_path(folder), "output", manifest.outputs, network.graph, network.graph.outputs);
  network.plan = choice.plan(network.graph, map_options);
  if (accuracy) network.labelled = LabelledSet(folder, manifest, network.graph);
  return network;
}

/// Every file that verifying a network reads.
std::vector<std::string> files_of(const Network& network) {
  std::vector<std::string> files{manifest_path(network.folder), network.manifest.path};
  if (network.manifest.accuracy) files.insert(files.end(), {network.manifest.accuracy->images, network.manifest.accuracy->labels});
  for (const Manifest::Case& test : network.manifest.cases) {
    files.insert(files.end(), test.inputs.begin(), test.inputs.end());
    files.insert(files.end(), test.outputs.begin(), test.outputs.end());
    for (const Manifest::Golden& golden : test.tensors) files.push_back(golden.path);
  }
  return files;
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
  const std::string name = manifest_path(network.folder) + ": case '" + shown(test.name) + "'";
  if (test.inputs.size() != graph.inputs.size())
    throw InputError(name + " lists " + input_count(test.inputs.size()) + ", the network takes " + std::to_string(graph.inputs.size()));
  read_inputs(graph, test.inputs);
  if (test.outputs.size() != graph.outputs.size())
    throw InputError(name + " lists " + std::to_string(test.outputs.size()) + " outputs, the network has " +
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

  const ReportFile report_file(*values);
  const Folders folders = sort_out(values->texts("operands"));
  std::vector<std::string> notes;
  for (const std::string& other : folders.others) notes.push_back(other + " is skipped: there is no manifest.json in it");

  std::vector<Network> networks;
  std::uint64_t jobs = 0, cycles = 0;
  for (const std::string& folder : folders.networks) {
    networks.push_back(read_network(folder, choice, map_options, values->flag("accuracy")));
    keep_apart(files_of(networks.back()), {report_file.path()});
  }
  for (Network& network : networks) {
    choose_cases(network, names);
    for (const Manifest::Case* test : network.cases) check_case(network, *test);
    const std::uint64_t here = network.cases.size() + (network.labelled ? network.labelled->size() : 0);
    jobs += here;
    cycles += here * network.plan.predicted_cycles;
  }
  check_names(networks, names);
  for (const Network& network : networks)
    if (network.cases.empty() && !names.empty()) notes.push_back(network.folder + " has no such case: nothing of it is run");
  const auto device = choice.open();
  for (const std::string& text : notes) note(text, std::cerr);

  std::ostream& out = report_file.text();
  Verification verification(*device, out, map_options.every_layer, values->flag("quiet"), choice.timed() ? cycles : jobs);
  for (const Network& network : networks) {
    for (const Manifest::Case* test : network.cases) verification.run_case(network, *test);
    if (network.labelled) verification.run_labelled(network);
  }
  auto report = report_head("verify");
  report["machine"] = choice.json();
  report["notes"] = notes;
  report.update(verification.json());
  report_file.write(report);
  out << verification.passed() << " passed, " << verification.failed() << " failed\n";
  return verification.chip_error() ? 3 : verification.failed() > 0 ? 1 : 0;
}

}  // namespace twill::cli
