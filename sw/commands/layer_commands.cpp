// SPDX-License-Identifier: Apache-2.0
// twill gemm, twill conv: one random layer of a given size.
#include <tuple>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/single_layer.hpp"
#include "common/sizes.hpp"
#include "common/split_run.hpp"
#include "common/system_choice.hpp"
#include "twill/contract.hpp"
#include "twill/error.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

/// The largest value of a field of a command in the contract.
template <std::size_t Fields>
constexpr int most(const std::array<contract::FieldInfo, Fields>& fields, std::string_view name) {
  for (const contract::FieldInfo& field : fields)
    if (field.name == name) return (1 << (field.width - (field.is_signed ? 1 : 0))) - 1;
  throw std::logic_error("the contract has no such field");
}

constexpr int most_extent = 1 << 16;  // of an image: the mapper cuts what a command's fields cannot hold
constexpr int most_kernel = most(contract::conv_fields, "kernel_y");
constexpr int most_stride = most(contract::conv_fields, "stride_y");
constexpr int most_dilation = most(contract::conv_fields, "dilation_y");
constexpr int most_channels = most(contract::conv_fields, "run_bytes");  // of channels, K and N
constexpr int most_rows = 1 << 20;

void add_common_options(Options& options) {
  MachineChoice::add_options(options);
  ReportFile::add_option(options);
  options.value("seed", "N", "of weights, biases and input", "1").flag("quiet", "no progress on standard error");
}

/// Runs the layer, prints and reports; the exit code.
int run_and_report(const std::string& command, const Values& values, const std::string& title, ordered_json shape,
                   const MachineChoice& choice, const Graph& graph, std::uint64_t seed) {
  const ReportFile report_file(values);
  const Plan plan = choice.plan(graph);
  const auto device = choice.open();
  const LayerOutcome outcome = run_layer(*device, graph, plan, seed, "running", values.flag("quiet"));
  const JobReport& report = outcome.job.result.report;
  const std::uint64_t ideal = ideal_cycles(graph, choice.machine()), macs = total_macs(graph);

  ordered_json json = report_head(command);
  json["machine"] = choice.json();
  json["shape"] = std::move(shape);
  json["seed"] = seed;
  json["matches"] = !outcome.fault.has_value();
  json["fault"] = outcome.fault.value_or("");
  json["ideal_cycles"] = ideal;
  json["bound"] = report.layers[0].bound;
  json["total"] = total_json(graph, plan, report);
  json["simulation"] = simulation_json(outcome.job);
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << title << " -> " << extents(graph.tensors[3].shape) << ", " << grouped(macs) << " MACs, on " << choice.config() << " ("
      << choice.device() << "), seed " << seed << "\n\n";
  out << (outcome.fault ? "DIFFERS from the golden model: " + *outcome.fault : "every byte as the golden model has it") << '\n';
  out << "ideal cycles      " << grouped(ideal) << "  (" << choice.machine().word << " x " << choice.machine().word << " MACs a cycle)\n";
  if (report.total.cycles > 0) {
    out << "cycles            " << grouped(report.total.cycles) << "  (predicted " << grouped(plan.predicted_cycles) << ")\n";
    out << "utilisation       " << percent(utilisation(macs, report.total.cycles, choice.machine())) << ", bound by "
        << report.layers[0].bound << '\n';
  }
  out << "DRAM              " << byte_count(report.total.loaded) << " read, " << byte_count(report.total.stored) << " written\n";
  print_engines(out, report.total);
  out << '\n' << simulation_rate(outcome.job) << '\n';
  return outcome.fault ? 1 : 0;
}

}  // namespace

int gemm_command(const std::vector<std::string>& args) {
  Options options("gemm", "",
                  "Multiplies a random int8 matrix [M, K] with a random one [K, N], requantizes to int8, and compares every byte.");
  options.value("m", "M", "rows of the first matrix")
      .value("k", "K", "columns of the first matrix")
      .value("n", "N", "columns of the second matrix");
  options.value("batch", "B", "so many first matrices for the same second one", "1");
  add_split_options(options, true);
  SystemChoice::add_options(options);
  ReportFile::add_option(options);
  options.value("seed", "N", "of weights, biases and input", "1").flag("quiet", "no progress on standard error");
  const auto values = options.parse(args);
  if (!values) return 0;
  values->require("gemm", {"m", "k", "n"});
  if (!SystemChoice::many(*values)) SystemChoice::refuse_without_chips(*values, {"split", "result", "baseline"});
  const int m = values->integer("m", 1, most_rows), k = values->integer("k", 1, most_channels), n = values->integer("n", 1, most_channels);
  const int batch = values->integer("batch", 1, most_rows);
  if (std::int64_t{batch} * m > most_rows) throw InputError("--batch times --m may be at most " + std::to_string(most_rows));
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);
  const std::string title = (batch > 1 ? std::to_string(batch) + " x " : "") + "[" + std::to_string(m) + ", " + std::to_string(k) +
                            "] * [" + std::to_string(k) + ", " + std::to_string(n) + "]";
  const ordered_json shape{{"batch", batch}, {"m", m}, {"k", k}, {"n", n}};
  const Graph graph = random_gemm({batch * m, k, n}, seed);
  if (SystemChoice::many(*values)) {
    const SystemChoice system(*values);
    return run_split("gemm", *values, title, shape, system, graph, seed, gemm_splitting(*values, graph, system));
  }
  const MachineChoice choice(*values);
  return run_and_report("gemm", *values, title, shape, choice, graph, seed);
}

int conv_command(const std::vector<std::string>& args) {
  Options options("conv", "", "Runs a random int8 convolution over a random image and compares every byte.");
  options.value("height", "H", "of the image")
      .value("width", "W", "of the image; the height when not given")
      .value("channels", "C", "of the image");
  options.value("filters", "F", "output channels; with --depthwise a multiple of the channels, which is the default there");
  options.value("kernel", "KHxKW", "its height and width, or one number for both", "3x3")
      .value("stride", "S", "", "1")
      .value("dilation", "D", "", "1")
      .value("padding", "same|valid", "", "same");
  options.value("groups", "G", "", "1").flag("depthwise", "every channel by itself").flag("relu", "clamp the output at its zero point");
  add_common_options(options);
  const auto values = options.parse(args);
  if (!values) return 0;
  const MachineChoice choice(*values);
  ConvLayerShape s;
  s.depthwise = values->flag("depthwise");
  values->require("conv",
                  s.depthwise ? std::vector<std::string>{"height", "channels"} : std::vector<std::string>{"height", "channels", "filters"});
  s.height = values->integer("height", 1, most_extent);
  s.width = values->has("width") ? values->integer("width", 1, most_extent) : s.height;
  s.channels = values->integer("channels", 1, most_channels);
  s.filters = values->has("filters") ? values->integer("filters", 1, most_channels) : s.channels;
  std::tie(s.kernel_h, s.kernel_w) = parse_kernel(values->text("kernel"), "--kernel", most_kernel);
  s.stride = values->integer("stride", 1, most_stride);
  s.dilation = values->integer("dilation", 1, most_dilation);
  s.groups = values->integer("groups", 1, most_channels);
  s.relu = values->flag("relu");
  const std::string padding = values->text("padding");
  if (padding != "same" && padding != "valid") throw InputError("--padding takes same or valid, not '" + padding + "'");
  s.same = padding == "same";
  if (s.depthwise && s.groups != 1) throw InputError("--depthwise and --groups exclude one another");
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);

  const std::string kernel_text = std::to_string(s.kernel_h) + "x" + std::to_string(s.kernel_w);
  std::string title = (s.depthwise ? "depthwise " : "") + kernel_text + " over " + extents({s.height, s.width, s.channels});
  if (s.stride > 1) title += ", stride " + std::to_string(s.stride);
  if (s.dilation > 1) title += ", dilation " + std::to_string(s.dilation);
  if (s.groups > 1) title += ", " + std::to_string(s.groups) + " groups";
  const ordered_json shape{{"height", s.height},
                           {"width", s.width},
                           {"channels", s.channels},
                           {"filters", s.filters},
                           {"kernel", {s.kernel_h, s.kernel_w}},
                           {"stride", s.stride},
                           {"dilation", s.dilation},
                           {"padding", padding},
                           {"groups", s.groups},
                           {"depthwise", s.depthwise},
                           {"relu", s.relu}};
  return run_and_report("conv", *values, title, shape, choice, random_conv(s, seed), seed);
}

}  // namespace twill::cli
