// SPDX-License-Identifier: Apache-2.0
#include "common/split_run.hpp"

#include <chrono>
#include <optional>

#include "common/format.hpp"
#include "common/mismatch.hpp"
#include "common/progress.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/single_layer.hpp"
#include "common/system_report.hpp"
#include "twill/error.hpp"
#include "twill/golden/run.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

/// What one chip takes for the whole graph.
struct Baseline {
  std::uint64_t cycles = 0;  ///< 0: unknown
  bool measured = false;
};

/// The mapper's plan on chip 0, all others idle.
Baseline one_chip(System& system, const Graph& graph, const Plan& plan, const Bytes& input, bool measure) {
  if (!measure) return {plan.predicted_cycles, false};
  Program program = program_of(graph, plan);
  program.images = plan.images;
  program.images.emplace_back(plan.inputs.at(0).address, input);
  std::vector<Program> programs(system.chips());
  programs[0] = std::move(program);
  system.reset();
  return {longest(chip_costs(launch(system, programs))), true};
}

/// How the results a job left differ from the golden model.
std::optional<std::string> fault_of(const Graph& graph, const std::vector<Bytes>& results, const Bytes& input) {
  const int tensor = graph.outputs[0];
  const Bytes golden = golden::run(graph, {input})[static_cast<std::size_t>(tensor)];
  for (std::size_t rank = 0; rank < results.size(); ++rank)
    if (results[rank] != golden)
      return (results.size() > 1 ? "rank " + std::to_string(rank) + ": " : "") + describe_mismatch(graph, tensor, golden, results[rank]);
  return std::nullopt;
}

struct Scaling {
  double speedup = 0, efficiency = 0;
};

Scaling scaling(const Baseline& baseline, std::uint64_t cycles, unsigned chips) {
  if (cycles == 0 || baseline.cycles == 0) return {};
  const double speedup = static_cast<double>(baseline.cycles) / static_cast<double>(cycles);
  return {speedup, speedup / chips};
}

}  // namespace

void add_split_options(Options& options) {
  options.value("result", "reduce_scatter|all_reduce|all_gather",
                "sums split by rows: every chip keeps the columns it owns; sums of all go to all; or int8 results do", "reduce_scatter");
  options.value("baseline", "measured|predicted", "the cycles of one chip, for the speed-up: run there, or what the mapper predicts", "measured");
}

RowResult row_result(const Values& values) {
  const std::string text = values.text("result");
  for (const RowResult result : {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather})
    if (text == name(result)) return result;
  throw InputError("--result takes reduce_scatter, all_reduce or all_gather, not '" + text + "'");
}

int run_split(const std::string& command, const Values& values, const std::string& title, ordered_json shape, const SystemChoice& choice,
              const Graph& graph, std::uint64_t seed, Splitter split) {
  const ReportFile report_file(values);
  const RowResult result = row_result(values);
  const std::string how = values.text("baseline");
  if (how != "measured" && how != "predicted") throw InputError("--baseline takes measured or predicted, not '" + how + "'");
  const Bytes input = random_inputs(graph, seed).at(0);
  const SplitJob job = split(graph, choice.machine(), choice.chips(), result, input);
  const Plan plan = choice.chip().plan(graph);
  const auto system = choice.open();

  system->reset();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<ChipCost> costs = chip_costs(launch(*system, job.programs));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto fault = fault_of(graph, read_results(*system, job), input);
  const std::uint64_t cycles = longest(costs), macs = total_macs(graph);
  const Baseline baseline = choice.timed() ? one_chip(*system, graph, plan, input, how == "measured") : Baseline{};
  const Scaling scale = scaling(baseline, cycles, choice.chips());

  ordered_json json = report_head(command);
  json["system"] = choice.json();
  json["shape"] = std::move(shape);
  json["split"] = "row";
  json["result"] = name(result);
  json["seed"] = seed;
  json["matches"] = !fault.has_value();
  json["fault"] = fault.value_or("");
  json["macs"] = macs;
  json["tile_rows"] = job.block_rows;
  json["row_blocks"] = job.row_blocks;
  json["cycles"] = cycles;
  json["array_cycles"] = job.array_cycles;
  json["one_chip"] = {{"cycles", baseline.cycles}, {"measured", baseline.measured}};
  json["speedup"] = scale.speedup;
  json["efficiency"] = scale.efficiency;
  json["chips"] = chips_json(costs);
  json["simulation"] = {{"seconds", seconds}, {"chip_cycles", cycles * choice.chips()}};
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << title << ", " << grouped(macs) << " MACs, split by rows on " << choice.text() << ", " << name(result) << ", seed " << seed << "\n\n";
  out << (fault ? "DIFFERS from the golden model: " + *fault : "every byte as the golden model has it") << (job.everywhere && !fault ? ", on every chip" : "") << '\n';
  out << "tiles             " << job.block_rows << " rows x " << choice.machine().word << " columns, " << job.row_blocks
      << (job.row_blocks == 1 ? " row block\n" : " row blocks\n");
  if (cycles > 0) {
    out << "cycles            " << grouped(cycles) << "  (" << grouped(job.array_cycles) << " operand words a chip at most)\n";
    out << "one chip          " << grouped(baseline.cycles) << (baseline.measured ? "\n" : "  (predicted)\n");
    out << "speed-up          " << decimal(scale.speedup, 2) << " x, efficiency " << percent(scale.efficiency) << '\n';
  }
  out << '\n';
  print_chips(out, costs);
  if (cycles > 0)
    out << '\n' << grouped(cycles * choice.chips()) << " chip cycles in " << decimal(seconds, 1) << " s: " << rate(static_cast<double>(cycles * choice.chips()) / seconds)
        << "chip cycles/s\n";
  return fault ? 1 : 0;
}

}  // namespace twill::cli
