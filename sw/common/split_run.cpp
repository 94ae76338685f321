// SPDX-License-Identifier: Apache-2.0
#include "common/split_run.hpp"

#include <chrono>
#include <optional>

#include "common/format.hpp"
#include "common/link_report.hpp"
#include "common/mismatch.hpp"
#include "common/progress.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/single_layer.hpp"
#include "common/system_report.hpp"
#include "twill/column_split.hpp"
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

/// launch() with a line of progress; `expected` cycles, 0 on the functional device.
std::vector<Outcome> launch_shown(System& system, const Machine& machine, const std::vector<Program>& programs, const std::string& what, std::uint64_t expected,
                                  bool quiet) {
  Progress progress(what, expected, expected > 0 ? "cycles" : "steps", quiet);
  LaunchOptions options;
  options.memory_silence = memory_silence(machine);
  options.progress = [&](std::uint64_t cycles) { progress.update(cycles); };
  return launch(system, programs, options);
}

/// The mapper's plan on chip 0, all others idle.
Baseline one_chip(System& system, const Graph& graph, const Plan& plan, const Bytes& input, bool measure, bool quiet) {
  if (!measure) return {plan.predicted_cycles, false};
  Program program = program_of(graph, plan);
  program.images = plan.images;
  program.images.emplace_back(plan.inputs.at(0).address, input);
  std::vector<Program> programs(system.chips());
  programs[0] = std::move(program);
  system.reset();
  return {longest(chip_costs(launch_shown(system, plan.machine, programs, "running on one chip", plan.predicted_cycles, quiet))), true};
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

/// Whether the fullest chip has fewer operand words when K is split than when N is.
bool fewer_by_rows(const Graph& graph, const Machine& machine, unsigned chips) {
  const std::vector<int>& weights = graph.tensors[1].shape;  // [N, K]
  const auto words = [&](int extent) { return (static_cast<unsigned>(extent) + machine.word - 1) / machine.word; };
  const auto part = [&](unsigned whole) { return (whole + chips - 1) / chips; };
  return part(words(weights[1])) * words(weights[0]) < words(weights[1]) * part(words(weights[0]));
}

using RowSplitter = SplitJob (*)(const Graph&, const Machine&, unsigned, RowResult, const Bytes&);

Splitting row_splitting(const Values& values, RowSplitter splitter) {
  const std::string text = values.text("result");
  for (const RowResult result : {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather})
    if (text == name(result) || (text == "sharded" && result == RowResult::reduce_scatter))  // reduce_scatter is its other name
      return {"row", result == RowResult::reduce_scatter ? "sharded" : std::string(name(result)),
              [=](const Graph& g, const Machine& m, unsigned ranks, const Bytes& input) { return splitter(g, m, ranks, result, input); }};
  throw InputError("split by rows, --result takes sharded, all_gather or all_reduce, not '" + text + "'");
}

}  // namespace

void add_split_options(Options& options, bool with_split) {
  if (with_split)
    options.value("split", "row|column|auto", "with --chips or --topology: what each chip has of the second matrix; auto: what needs the fewest array cycles",
                  "auto");
  options.value("result", "sharded|all_gather|all_reduce",
                "where it is in the end: every chip keeps its columns; all get the int8 of all; or, split by rows, all get all int32 sums", "sharded");
  options.value("baseline", "measured|predicted", "the cycles of one chip, for the speed-up: run there, or what the mapper predicts", "measured");
}

Splitting mlp_splitting(const Values& values) { return row_splitting(values, split_mlp); }

Splitting gemm_splitting(const Values& values, const Graph& graph, const Machine& machine, unsigned chips) {
  std::string split = values.text("split");
  const std::string result = values.text("result");
  if (split != "row" && split != "column" && split != "auto") throw InputError("--split takes row, column or auto, not '" + split + "'");
  if (split == "auto" && result != "sharded" && result != "all_gather") split = "row";  // which knows all the others, or refuses them
  if (split == "auto") split = fewer_by_rows(graph, machine, chips) ? "row" : "column";
  if (split == "row") return row_splitting(values, split_rows);
  if (result != "sharded" && result != "all_gather")
    throw InputError("split by columns, --result takes sharded or all_gather, not '" + result + "'");
  return {split, result, [gathered = result == "all_gather"](const Graph& g, const Machine& m, unsigned ranks, const Bytes& input) {
            return split_columns(g, m, ranks, gathered, input);
          }};
}

int run_split(const std::string& command, const Values& values, const std::string& title, ordered_json shape, const SystemChoice& choice,
              const Graph& graph, std::uint64_t seed, const Splitting& splitting) {
  const ReportFile report_file(values);
  const std::string how = values.text("baseline");
  if (how != "measured" && how != "predicted") throw InputError("--baseline takes measured or predicted, not '" + how + "'");
  const bool quiet = values.flag("quiet");
  const Bytes input = random_inputs(graph, seed).at(0);
  const MachineChoice& machine = choice.of_all("twill " + command + " over chips");
  const SplitJob job = splitting.make(graph, machine.machine(), choice.chips(), input);
  const Plan plan = machine.plan(graph);
  const auto system = choice.open();

  system->reset();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<ChipCost> costs = chip_costs(launch_shown(*system, machine.machine(), job.programs, "running", choice.timed() ? job.array_cycles : 0, quiet));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<noc::LinkReport> links = links_of(*system);
  const auto fault = fault_of(graph, read_results(*system, job), input);
  const std::uint64_t cycles = longest(costs), macs = total_macs(graph);
  const Baseline baseline = choice.timed() ? one_chip(*system, graph, plan, input, how == "measured", quiet) : Baseline{};
  const Scaling scale = scaling(baseline, cycles, choice.chips());

  ordered_json json = report_head(command);
  json["system"] = choice.json();
  json["shape"] = std::move(shape);
  json["split"] = splitting.split;
  json["result"] = splitting.result;
  json["seed"] = seed;
  json["matches"] = !fault.has_value();
  json["fault"] = fault.value_or("");
  json["macs"] = macs;
  if (job.block_rows > 0) {
    json["tile_rows"] = job.block_rows;
    json["row_blocks"] = job.row_blocks;
  }
  json["cycles"] = cycles;
  json["array_cycles"] = job.array_cycles;
  json["one_chip"] = {{"cycles", baseline.cycles}, {"measured", baseline.measured}};
  json["speedup"] = scale.speedup;
  json["efficiency"] = scale.efficiency;
  json["chips"] = chips_json(costs);
  json["links"] = links_json(links, cycles);
  json["simulation"] = {{"seconds", seconds}, {"chip_cycles", cycles * choice.chips()}};
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << title << ", " << grouped(macs) << " MACs, split by " << splitting.split << "s on " << choice.text() << ", " << splitting.result << ", seed " << seed << "\n\n";
  out << (fault ? "DIFFERS from the golden model: " + *fault : "every byte as the golden model has it") << (job.everywhere && !fault ? ", on every chip" : "") << '\n';
  if (job.block_rows > 0)
    out << "tiles             " << job.block_rows << " rows x " << machine.machine().word << " columns, " << job.row_blocks
        << (job.row_blocks == 1 ? " row block\n" : " row blocks\n");
  if (cycles > 0) {
    out << "cycles            " << grouped(cycles) << "  (" << grouped(job.array_cycles) << " operand words a chip at most)\n";
    out << "one chip          " << grouped(baseline.cycles) << (baseline.measured ? "\n" : "  (predicted)\n");
    out << "speed-up          " << decimal(scale.speedup, 2) << " x, efficiency " << percent(scale.efficiency) << '\n';
  }
  print_links(out, links, cycles);
  out << '\n';
  print_chips(out, costs);
  if (cycles > 0)
    out << '\n' << grouped(cycles * choice.chips()) << " chip cycles in " << decimal(seconds, 1) << " s: " << rate(static_cast<double>(cycles * choice.chips()) / seconds)
        << "chip cycles/s\n";
  return fault ? 1 : 0;
}

}  // namespace twill::cli
