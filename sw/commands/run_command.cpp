// SPDX-License-Identifier: Apache-2.0
// twill run: one inference of one network; batches and many chips are in common/parallel_run.
#include <algorithm>
#include <iostream>
#include <numeric>

#include "commands/commands.hpp"
#include "common/bit_flips.hpp"
#include "common/format.hpp"
#include "common/guarded.hpp"
#include "common/job.hpp"
#include "common/machine_choice.hpp"
#include "common/model.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/parallel_run.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/system_choice.hpp"
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
  Options options("run", "MODEL", "Runs one inference of an int8 .tflite network and shows what every layer cost; or a batch, and on many chips.");
  SystemChoice::add_options(options);
  add_parallel_options(options);
  ReportFile::add_option(options);
  add_flips(options);
  return options.values("input", "FILE.npy", "the network's inputs in their order, of all images or of one after the other; random when none is given")
      .value("seed", "N", "of the random input", "1")
      .value("output-dir", "DIR", "write the outputs there as out<k>.npy (with --every-layer also t<tensor>.npy)")
      .flag("every-layer", "run every operator by itself and bring its output to DRAM (slower; for debugging)")
      .value("top", "K", "how many of the largest values of an output to show", "5")
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
void print_top(std::ostream& out, const Graph& graph, const JobResult& result, std::size_t output, std::size_t most,
               const std::vector<std::string>& classes) {
  const auto index = static_cast<std::size_t>(graph.outputs[output]);
  const Tensor& tensor = graph.tensors[index];
  const auto& bytes = result.tensors[index];
  out << "\noutput " << output << " '" << shown(tensor.name) << "' " << type_name(tensor.type) << ' ' << extents(tensor.shape);
  const std::size_t count = tensor.elements();
  const bool vector = !tensor.shape.empty() && static_cast<std::size_t>(tensor.shape.back()) == count;
  if (!vector || most == 0) {
    out << '\n';
    return;
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return real_value(tensor, bytes, a) > real_value(tensor, bytes, b); });
  order.resize(std::min(most, count));
  out << (order.size() < count ? ", the largest:" : ":") << '\n';
  for (std::size_t i : order) {
    out << "  " << i << (classes.size() == count ? " " + classes[i] : "") << ": " << decimal(real_value(tensor, bytes, i), 4);
    if (tensor.type != DataType::float32) out << " (" << element_text(tensor, bytes, i) << ')';
    out << '\n';
  }
}

std::string file_name(std::size_t output) { return "out" + std::to_string(output) + ".npy"; }
std::string tensor_file_name(int tensor) { return "t" + std::to_string(tensor) + ".npy"; }

/// What --output-dir gets.
std::vector<std::string> file_names(const Graph& graph, bool every_layer) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) names.push_back(file_name(i));
  if (every_layer)
    for (const Operator& op : graph.operators)
      for (int t : op.outputs) names.push_back(tensor_file_name(t));
  return names;
}

/// Writes a tensor, where that is wanted, and describes it.
ordered_json write_tensor(const OutputFolder& folder, const std::string& name, const Graph& graph, const JobResult& result, int index) {
  const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
  const auto& bytes = result.tensors[static_cast<std::size_t>(index)];
  ordered_json json{{"tensor", index},
                    {"name", tensor.name},
                    {"dtype", type_name(tensor.type)},
                    {"shape", tensor.shape},
                    {"sha256", sha256(bytes.data(), bytes.size())}};
  if (folder.wanted()) json["file"] = folder.write(name, format_npy({tensor.type, tensor.shape, bytes}));
  return json;
}

/// The operator whose waves are wanted, if not all are.
std::optional<std::size_t> wave_layer(const Values& values, const Graph& graph, const Plan& plan) {
  if (!values.has("wave-layer")) return std::nullopt;
  const auto layer = static_cast<std::size_t>(values.integer("wave-layer", 0, static_cast<int>(graph.operators.size()) - 1));
  if (plan.layers[layer].where != PlanLayer::Where::chip)
    throw InputError("operator " + std::to_string(layer) + " does not run on the chip, so it has no waves");
  return layer;
}

void check_options(const Values& values) {
  if ((values.has("wave") || values.has("wave-layer")) && !has_waves)
    throw InputError(std::string(values.has("wave") ? "--wave" : "--wave-layer") + " needs a build with waves: cmake --preset trace && cmake --build build/trace, then build/trace/sw/twill run");
  if (values.has("wave-layer") && !values.has("wave"))
    throw InputError("--wave-layer says which layer --wave FILE.fst is written for; give that too");
  if (values.has("wave-layer") && values.has("flip"))
    throw InputError("--wave-layer runs the job twice, --flip strikes it once; give one of them");
  if (values.has("seed") && values.has("input")) throw InputError("--seed is of the random input, so it goes without --input");
}

}  // namespace

int run_command(const std::vector<std::string>& args) {
  const auto values = parse(args);
  if (!values) return 0;
  check_options(*values);
  if (wants_parallel(*values)) return run_parallel_command(*values);
  SystemChoice::refuse_without_chips(*values, {"baseline"});
  const MachineChoice choice(*values);
  const std::vector<Fault> flips = read_flips(*values, choice);
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);
  const auto top = static_cast<std::size_t>(values->integer("top", 0, most_top));
  const bool quiet = values->flag("quiet"), every_layer = values->flag("every-layer");
  const OutputFile wave(values->text("wave"));
  // The writer of waves removes what it is given and makes it anew: a device must not come that far.
  if (wave.wanted() && (wave.path() == "-" || wave.stream()))
    throw InputError("--wave needs a file: waves cannot be written to " + wave.path());
  if (wave.wanted() && !choice.timed()) throw InputError("--wave needs --device rtl: the functional model has no signals");
  const ReportFile report_file(*values, values->text("output-dir"));

  const std::string model = values->texts("operands").front();
  const Graph graph = import_tflite(model);
  const std::vector<std::string> files = values->texts("input");
  if (!files.empty() && files.size() != graph.inputs.size())
    throw InputError("the network takes " + input_count(graph.inputs.size()) + ", --input was given " + std::to_string(files.size()) +
                     (files.size() == 1 ? " time" : " times"));
  const OutputFolder folder(values->text("output-dir"), file_names(graph, every_layer));
  std::vector<std::string> read = files, written = folder.files();
  read.insert(read.end(), {model, manifest_beside(model)});
  written.insert(written.end(), {report_file.path(), wave.path()});
  keep_apart(read, written, folder.path());
  auto inputs = read_inputs(graph, files);
  MapOptions map_options;
  map_options.every_layer = every_layer;
  const Plan plan = choice.plan(graph, map_options);
  if (files.empty()) inputs = random_inputs(graph, seed);  // only now: they may be larger than any machine takes
  const auto only = wave_layer(*values, graph, plan);
  std::vector<std::string> classes, notes;
  try {
    classes = class_names(model, graph);
  } catch (const InputError& error) {
    notes.push_back(std::string("the classes have no names: ") + error.what());
  }
  const auto device = choice.open(wave.target(), !only);

  FlippingDevice flipping(*device, flips);
  const TimedJob job =
      only ? run_with_layer_waves(*device, graph, plan, inputs, *only, quiet) : run_job(flipping, graph, plan, inputs, "running", quiet);
  std::optional<Corrections> corrections;
  if (choice.timed() && choice.configuration().ecc) corrections = Corrections::of(*device);

  ordered_json outputs = ordered_json::array(), tensors = ordered_json::array();
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    outputs.push_back(write_tensor(folder, file_name(i), graph, job.result, graph.outputs[i]));
  if (every_layer)
    for (const Operator& op : graph.operators)
      for (int t : op.outputs) tensors.push_back(write_tensor(folder, tensor_file_name(t), graph, job.result, t));
  ordered_json report = report_head("run");
  report["model"] = model;
  report["machine"] = choice.json();
  report["inputs"] = files;
  if (files.empty()) report["seed"] = seed;
  report["every_layer"] = every_layer;
  report["notes"] = notes;
  report["total"] = total_json(graph, plan, job.result.report);
  report["layers"] = layers_json(graph, plan, job.result.report);
  const std::uint64_t cycles = job.result.report.total.cycles;
  report["flips"] = flips_json(flips, cycles);
  report["corrected"] = corrections ? corrections->json() : ordered_json(nullptr);
  report["outputs"] = std::move(outputs);
  if (every_layer) report["tensors"] = std::move(tensors);
  report["simulation"] = simulation_json(job);
  report_file.write(report);

  std::ostream& out = report_file.text();
  out << model << " on " << choice.config() << " (" << choice.device() << ")"
      << (files.empty() ? ", random input with seed " + std::to_string(seed) : "") << "\n\n";
  print_layers(out, graph, plan, job.result.report);
  print_engines(out, job.result.report.total);
  if (!flips.empty()) out << '\n' << flips_text(flips, cycles);
  if (corrections && corrections->all() > 0) out << (flips.empty() ? "\n" : "") << corrections->text() << '\n';
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) print_top(out, graph, job.result, i, top, classes);
  out << '\n' << simulation_rate(job) << '\n';
  for (const std::string& text : notes) note(text, std::cerr);
  return 0;
}

}  // namespace twill::cli
