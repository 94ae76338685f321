// SPDX-License-Identifier: Apache-2.0
// twill bench: how fast the chip simulates, and how well typical layers use it.

#include "bench/bare_array.hpp"
#include "bench/busy_chip.hpp"
#include "bench/rate.hpp"
#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/single_layer.hpp"
#include "common/system_choice.hpp"
#include "common/table.hpp"
#include "twill/rtl_device.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t seed = 1;

struct Layer {
  std::string name;
  Graph graph;
};

ConvLayerShape square(int size, int channels, int filters, int kernel, int stride) {
  ConvLayerShape s;
  s.height = s.width = size;
  s.channels = channels;
  s.filters = filters;
  s.kernel_h = s.kernel_w = kernel;
  s.stride = stride;
  return s;
}

ConvLayerShape depthwise(int size, int channels, int stride) {
  ConvLayerShape s = square(size, channels, channels, 3, stride);
  s.depthwise = true;
  return s;
}

ConvLayerShape grouped_conv(int size, int channels, int groups) {
  ConvLayerShape s = square(size, channels, channels, 3, 1);
  s.groups = groups;
  return s;
}

/// One of each kind that networks are made of. Each starts and ends in DRAM, so short ones are bound by it.
std::vector<Layer> typical_layers() {
  return {{"matrix product 256 x 256 x 256", random_gemm({256, 256, 256}, seed)},
          {"fully connected 1,024 -> 1,024, one row", random_gemm({1, 1024, 1024}, seed)},
          {"3x3 over 32x32x3 -> 16 (a first layer)", random_conv(square(32, 3, 16, 3, 1), seed)},
          {"3x3 over 56x56x64 -> 64", random_conv(square(56, 64, 64, 3, 1), seed)},
          {"3x3 stride 2 over 28x28x128 -> 128", random_conv(square(28, 128, 128, 3, 2), seed)},
          {"1x1 over 28x28x128 -> 128", random_conv(square(28, 128, 128, 1, 1), seed)},
          {"3x3 in 8 groups over 28x28x64", random_conv(grouped_conv(28, 64, 8), seed)},
          {"depthwise 3x3 over 56x56x128", random_conv(depthwise(56, 128, 1), seed)},
          {"depthwise 3x3 stride 2 over 56x56x128", random_conv(depthwise(56, 128, 2), seed)}};
}

/// The whole chip, its DRAM included, while its array is busy; and the share of the cycles in which that was so.
struct ChipRate {
  SimulationRate rate;
  double array_busy = 0;
};

ChipRate measure_chip(RtlDevice& device, const MachineChoice& choice, double seconds, bool quiet) {
  const Graph graph = busy_gemm(choice.machine());
  const Plan plan = choice.plan(graph);
  const auto inputs = std::vector<std::vector<std::uint8_t>>{std::vector<std::uint8_t>(graph.tensors[0].bytes(), 0x35)};
  Progress progress("simulation rate", 0, "cycles", quiet);
  const std::uint64_t first = device.cycles();
  Runtime runtime(device, [&](std::uint64_t) { progress.update(device.cycles() - first); });
  Span span;
  const SimulationRate rate = measure_rate(seconds, [&] {
    const std::uint64_t before = device.cycles();
    span = runtime.run(graph, plan, inputs).report.total;
    return device.cycles() - before;
  });
  return {rate, array_busy(span)};
}

SimulationRate measure_idle(RtlDevice& device, double seconds) {
  constexpr std::uint64_t cycles = 4'000'000;  // a chip that sleeps costs next to nothing
  return measure_rate(seconds, [&] {
    device.run(cycles);
    return cycles;
  });
}

/// "2.2 M cycles/s, at best 2.9 M cycles/s"
std::string text_of(const SimulationRate& r) { return rate(r.median) + "cycles/s, at best " + rate(r.best) + "cycles/s"; }

ordered_json json_of(const SimulationRate& r) { return {{"cycles_per_second", r.median}, {"best_cycles_per_second", r.best}}; }

}  // namespace

int bench_command(const std::vector<std::string>& args) {
  Options options("bench", "",
                  "Measures how fast the chip simulates on this host while its array is busy, and how well typical layers use the array.\n"
                  "With --chips or --topology: how fast that many busy chips simulate together, with one thread and with --threads.");
  SystemChoice::add_options(options, false);
  ReportFile::add_option(options);
  const auto values =
      options.value("seconds", "N", "how long to measure each rate", "5").flag("quiet", "no progress on standard error").parse(args);
  if (!values) return 0;
  if (SystemChoice::many(*values)) return bench_system(*values);
  SystemChoice::refuse_without_chips(*values);
  const MachineChoice choice(*values, false);
  const double seconds = static_cast<double>(values->number("seconds", 1, 3600));
  const bool quiet = values->flag("quiet");
  const ReportFile report_file(*values);
  std::ostream& out = report_file.text();
  const auto device = choice.open();

  ordered_json json = report_head("bench");
  json["machine"] = choice.json();
  const ChipRate chip = measure_chip(dynamic_cast<RtlDevice&>(*device), choice, seconds, quiet);
  out << "whole chip  " << text_of(chip.rate) << " (DRAM included, array busy " << percent(chip.array_busy) << " of the cycles)\n";
  json["chip"] = json_of(chip.rate);
  json["chip"]["array_busy"] = chip.array_busy;
  const SimulationRate idle = measure_idle(dynamic_cast<RtlDevice&>(*device), seconds);
  out << "idle chip   " << text_of(idle) << " (no command in it)\n";
  json["idle_chip"] = json_of(idle);
  if (const SimulationRate bare = bare_array_rate(choice.config(), seconds); bare.best > 0) {
    out << "bare array  " << text_of(bare) << " (a new operand every cycle, new weights every " << bare_array_pass << ")\n";
    json["bare_array"] = json_of(bare);
  }
  out << std::endl;

  bool all_match = true;
  Table table({{"layer", Table::Side::left},
               {"MACs"},
               {"ideal cycles"},
               {"cycles"},
               {"predicted"},
               {"used"},
               {"bound by", Table::Side::left},
               {"", Table::Side::left}});
  auto layers = ordered_json::array();
  for (const Layer& layer : typical_layers()) {
    const Plan plan = choice.plan(layer.graph);
    const LayerOutcome outcome = run_layer(*device, layer.graph, plan, seed, layer.name, quiet);
    const JobReport& report = outcome.job.result.report;
    const std::uint64_t macs = total_macs(layer.graph), ideal = ideal_cycles(layer.graph, choice.machine());
    all_match &= !outcome.fault;
    table.row({layer.name, grouped(macs), grouped(ideal), grouped(report.total.cycles), grouped(plan.predicted_cycles),
               percent(utilisation(macs, report.total.cycles, choice.machine())), report.layers[0].bound,
               outcome.fault ? "DIFFERS: " + *outcome.fault : ""});
    layers.push_back({{"name", layer.name},
                      {"macs", macs},
                      {"ideal_cycles", ideal},
                      {"cycles", report.total.cycles},
                      {"predicted_cycles", plan.predicted_cycles},
                      {"utilisation", utilisation(macs, report.total.cycles, choice.machine())},
                      {"bound", report.layers[0].bound},
                      {"matches", !outcome.fault.has_value()}});
  }
  json["layers"] = std::move(layers);
  report_file.write(json);
  table.print(out);
  return all_match ? 0 : 1;
}

}  // namespace twill::cli
