// SPDX-License-Identifier: Apache-2.0
// twill run: one inference of one network.
#include <algorithm>
#include <iostream>
#include <numeric>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/job.hpp"
#include "common/machine_choice.hpp"
#include "common/model.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/wave_window.hpp"
#include "twill/error.hpp"
#include "twill/npy.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"
#include "version.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr int most_top = 1000;

std::optional<Values> parse(const std::vector<std::string>& args) {
  Options options("run", "MODEL", "Runs one inference of an int8 .tflite network and shows what every layer cost.");
  MachineChoice::add_options(options);
  return options.values("input", "FILE.npy", "the network's inputs in their order; random when none is given")
      .value("seed", "N", "of the random input", "1")
      .value("output-dir", "DIR", "write the outputs there as out<k>.npy (with --every-layer also t<tensor>.npy)")
      .flag("every-layer", "run every operator by itself and bring its output to DRAM (slower; for debugging)")
      .value("top", "K", "how many of the largest values of an output to show", "5")
      .value("json", "FILE", "write the report there too")
      .value("wave", "FILE.fst", "write waves of the whole chip (needs a build of the trace preset)")
      .value("wave-layer", "N", "waves only while operator N runs; the job runs once more to find out when")
      .flag("quiet", "no progress on standard error")
      .parse(args, 1);
}

/// Waves of one layer: the first run, without waves, says in which cycles it runs. Both take the same cycles.
TimedJob run_with_layer_waves(Device& device, const Graph& graph, const Plan& plan, const std::vector<std::vector<std::uint8_t>>& inputs,
                              std::size_t layer, bool quiet) {
  const TimedJob first = run_job(device, graph, plan, inputs, "finding the layer", quiet);
  const auto& layers = first.result.report.layers;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < layer; ++i) begin += layers[i].span.cycles;
  WaveWindow window(dynamic_cast<RtlDevice&>(device), begin, begin + layers[layer].span.cycles);
  return run_job(window, graph, plan, inputs, "writing waves", quiet);
}

/// The largest values of an output, when it is a vector.
void print_top(const Graph& graph, const JobResult& result, std::size_t output, std::size_t most, const std::vector<std::string>& classes) {
  const auto index = static_cast<std::size_t>(graph.outputs[output]);
  const Tensor& tensor = graph.tensors[index];
  const auto& bytes = result.tensors[index];
  std::cout << "\noutput " << output << " '" << tensor.name << "' " << type_name(tensor.type) << ' ' << extents(tensor.shape);
  const std::size_t count = tensor.elements();
  const bool vector = !tensor.shape.empty() && static_cast<std::size_t>(tensor.shape.back()) == count;
  if (!vector || most == 0) {
    std::cout << '\n';
    return;
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return real_value(tensor, bytes, a) > real_value(tensor, bytes, b); });
  order.resize(std::min(most, count));
  std::cout << (order.size() < count ? ", the largest:" : ":") << '\n';
  for (std::size_t i : order) {
    std::cout << "  " << i << (classes.size() == count ? " " + classes[i] : "") << ": " << decimal(real_value(tensor, bytes, i), 4);
    if (tensor.type != DataType::float32) std::cout << " (" << element_text(tensor, bytes, i) << ')';
    std::cout << '\n';
  }
}

ordered_json tensor_json(const Graph& graph, const JobResult& result, int index, const std::string& file) {
  const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
  const auto& bytes = result.tensors[static_cast<std::size_t>(index)];
  ordered_json json{{"tensor", index},
                    {"name", tensor.name},
                    {"dtype", type_name(tensor.type)},
                    {"shape", tensor.shape},
                    {"sha256", sha256(bytes.data(), bytes.size())}};
  if (!file.empty()) json["file"] = file;
  return json;
}

std::string write_tensor(const OutputFolder& folder, const std::string& name, const Graph& graph, const JobResult& result, int index) {
  const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
  return folder.wanted() ? folder.write(name, format_npy({tensor.type, tensor.shape, result.tensors[static_cast<std::size_t>(index)]}))
                         : std::string();
}

}  // namespace

int run_command(const std::vector<std::string>& args) {
  const auto values = parse(args);
  if (!values) return 0;
  const MachineChoice choice(*values);
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);
  const auto top = static_cast<std::size_t>(values->integer("top", 0, most_top));
  const bool quiet = values->flag("quiet");
  const OutputFile wave(values->text("wave"));
  if (wave.wanted() && !has_waves)
    throw InputError("--wave needs a build with waves: cmake --preset trace && cmake --build build/trace, then build/trace/sw/twill run");
  if (wave.wanted() && !choice.timed()) throw InputError("--wave needs --device rtl: the functional model has no signals");
  if (values->has("wave-layer") && !wave.wanted())
    throw InputError("--wave-layer says which layer --wave FILE.fst is written for; give that too");

  const std::string model = values->texts("operands").front();
  const Graph graph = import_tflite(model);
  const std::vector<std::string> files = values->texts("input");
  const auto inputs = files.empty() ? random_inputs(graph, seed) : read_inputs(graph, files);
  MapOptions map_options;
  map_options.every_layer = values->flag("every-layer");
  const Plan plan = map_graph(graph, choice.machine(), map_options);
  std::optional<std::size_t> wave_layer;
  if (values->has("wave-layer"))
    wave_layer = static_cast<std::size_t>(values->integer("wave-layer", 0, static_cast<int>(graph.operators.size()) - 1));
  if (wave_layer && plan.layers[*wave_layer].where != PlanLayer::Where::chip)
    throw InputError("operator " + std::to_string(*wave_layer) + " does not run on the chip, so it has no waves");
  const OutputFolder folder(values->text("output-dir"));
  const OutputFile json_file(values->text("json"));
  const auto device = choice.open(wave.path(), !wave_layer);

  const TimedJob job = wave_layer ? run_with_layer_waves(*device, graph, plan, inputs, *wave_layer, quiet)
                                  : run_job(*device, graph, plan, inputs, "running", quiet);

  std::cout << model << " on " << choice.config() << " (" << choice.device() << ")";
  std::cout << (files.empty() ? ", random input with seed " + std::to_string(seed) : "") << "\n\n";
  print_layers(std::cout, graph, plan, job.result.report);
  std::cout << '\n';
  print_engines(std::cout, job.result.report.total);

  ordered_json outputs = ordered_json::array(), tensors = ordered_json::array();
  const auto classes = class_names(model);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    print_top(graph, job.result, i, top, classes);
    outputs.push_back(tensor_json(graph, job.result, graph.outputs[i],
                                  write_tensor(folder, "out" + std::to_string(i) + ".npy", graph, job.result, graph.outputs[i])));
  }
  if (map_options.every_layer)
    for (const Operator& op : graph.operators)
      for (int t : op.outputs)
        tensors.push_back(tensor_json(graph, job.result, t, write_tensor(folder, "t" + std::to_string(t) + ".npy", graph, job.result, t)));
  std::cout << '\n' << simulation_rate(job) << '\n';

  ordered_json report = report_head("run");
  report["model"] = model;
  report["machine"] = choice.json();
  report["inputs"] = files;
  if (files.empty()) report["seed"] = seed;
  report["every_layer"] = map_options.every_layer;
  report["total"] = total_json(graph, plan, job.result.report);
  report["layers"] = layers_json(graph, plan, job.result.report);
  report["outputs"] = std::move(outputs);
  if (map_options.every_layer) report["tensors"] = std::move(tensors);
  report["simulation"] = simulation_json(job);
  json_file.write(report);
  return 0;
}

}  // namespace twill::cli
