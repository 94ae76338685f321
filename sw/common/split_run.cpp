// SPDX-License-Identifier: Apache-2.0
#include "common/split_run.hpp"

#include <chrono>
#include <map>
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

/// launch() with a line of progress; `expected` cycles, 0 on the functional device.
std::vector<Outcome> launch_shown(System& system, const SystemChoice& choice, const std::vector<Program>& programs, const std::string& what,
                                  std::uint64_t expected, bool quiet) {
  Progress progress(what, expected, expected > 0 ? "cycles" : "steps", quiet);
  LaunchOptions options;
  options.memory_silence = memory_silence(choice.machines());
  options.progress = [&](std::uint64_t cycles) { progress.update(cycles); };
  return launch(system, programs, options);
}

/// The whole graph on one chip of the system: the one that is predicted to be the fastest.
struct OneChip {
  std::optional<Plan> plan;  ///< none where no chip by itself can do it,
  std::string why_not;       ///< and why
  unsigned rank = 0;
  double capacity = 0;       ///< what all chips could do, each alone by prediction, in parts of this one; a chip that cannot do it alone counts nothing
};

OneChip fastest_chip(const SystemChoice& choice, const Graph& graph) {
  OneChip fastest;
  std::map<std::string, std::uint64_t> predicted;  // by configuration; 0: it cannot
  std::string why_not;
  for (unsigned rank = 0; rank < choice.chips(); ++rank) {
    const MachineChoice& chip = choice.chip(rank);
    const auto [cycles, is_new] = predicted.try_emplace(chip.config(), 0);
    if (!is_new) continue;
    try {
      Plan plan = chip.plan(graph);
      cycles->second = plan.predicted_cycles;
      if (fastest.plan && fastest.plan->predicted_cycles <= plan.predicted_cycles) continue;
      fastest.plan = std::move(plan);
      fastest.rank = rank;
    } catch (const InputError& error) {
      why_not = error.what();
    }
  }
  if (!fastest.plan) fastest.why_not = why_not;
  for (const std::string& config : choice.configurations())
    if (const std::uint64_t cycles = predicted.at(config)) fastest.capacity += static_cast<double>(fastest.plan->predicted_cycles) / static_cast<double>(cycles);
  return fastest;
}

/// What one chip takes for the whole graph.
struct Baseline {
  std::uint64_t cycles = 0;  ///< 0: unknown
  bool measured = false;
};

/// The mapper's plan on its chip, all others idle.
Baseline run_alone(System& system, const SystemChoice& choice, const Graph& graph, const OneChip& one, const Bytes& input, bool measure, bool quiet) {
  if (!one.plan) return {};
  if (!measure) return {one.plan->predicted_cycles, false};
  Program program = program_of(graph, *one.plan);
  program.images = one.plan->images;
  program.images.emplace_back(one.plan->inputs.at(0).address, input);
  std::vector<Program> programs(system.chips());
  programs[one.rank] = std::move(program);
  system.reset();
  return {longest(chip_costs(launch_shown(system, choice, programs, "running on one chip", one.plan->predicted_cycles, quiet))), true};
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
  double speedup = 0, efficiency = 0, capacity_efficiency = 0;
};

Scaling scaling(const Baseline& baseline, std::uint64_t cycles, unsigned chips, double capacity) {
  if (cycles == 0 || baseline.cycles == 0) return {};
  const double speedup = static_cast<double>(baseline.cycles) / static_cast<double>(cycles);
  return {speedup, speedup / chips, speedup / capacity};
}

/// Whether the fullest chip has fewer operand words when K is split than when N is.
bool fewer_by_rows(const Graph& graph, const Machine& machine, unsigned chips) {
  const std::vector<int>& weights = graph.tensors[1].shape;  // [N, K]
  const auto words = [&](int extent) { return (static_cast<unsigned>(extent) + machine.word - 1) / machine.word; };
  const auto part = [&](unsigned whole) { return (whole + chips - 1) / chips; };
  return part(words(weights[1])) * words(weights[0]) < words(weights[1]) * part(words(weights[0]));
}

using RowSplitter = SplitJob (*)(const Graph&, const Machine&, unsigned, RowResult, const Bytes&);

/// For machines that are equal.
Splitting row_splitting(const Values& values, RowSplitter splitter) {
  const std::string text = values.text("result");
  for (const RowResult result : {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather})
    if (text == name(result) || (text == "sharded" && result == RowResult::reduce_scatter))  // reduce_scatter is its other name
      return {"row", result == RowResult::reduce_scatter ? "sharded" : std::string(name(result)),
              [=](const Graph& g, const std::vector<Machine>& machines, const Bytes& input) {
                return splitter(g, machines.front(), static_cast<unsigned>(machines.size()), result, input);
              }};
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

Splitting mlp_splitting(const Values& values, const SystemChoice& choice) {
  choice.of_all("twill mlp");
  return row_splitting(values, split_mlp);
}

Splitting gemm_splitting(const Values& values, const Graph& graph, const SystemChoice& choice) {
  std::string split = values.text("split");
  const std::string result = values.text("result");
  if (split != "row" && split != "column" && split != "auto") throw InputError("--split takes row, column or auto, not '" + split + "'");
  if (split == "auto" && choice.mixed()) split = "column";
  if (split == "auto" && result != "sharded" && result != "all_gather") split = "row";  // which knows all the others, or refuses them
  if (split == "auto") split = fewer_by_rows(graph, choice.machine(0), choice.chips()) ? "row" : "column";
  if (split == "row") {
    choice.of_all("a split by rows");
    return row_splitting(values, split_rows);
  }
  if (result != "sharded" && result != "all_gather")
    throw InputError(std::string("split by columns") + (choice.mixed() ? ", as for chips that differ" : "") + ", --result takes sharded or all_gather, not '" + result + "'");
  return {split, result, [gathered = result == "all_gather"](const Graph& g, const std::vector<Machine>& machines, const Bytes& input) {
            return split_columns(g, machines, gathered, input);
          }};
}

int run_split(const std::string& command, const Values& values, const std::string& title, ordered_json shape, const SystemChoice& choice,
              const Graph& graph, std::uint64_t seed, const Splitting& splitting) {
  const ReportFile report_file(values);
  const std::string how = values.text("baseline");
  if (how != "measured" && how != "predicted") throw InputError("--baseline takes measured or predicted, not '" + how + "'");
  const bool quiet = values.flag("quiet");
  const Bytes input = random_inputs(graph, seed).at(0);
  const SplitJob job = splitting.make(graph, choice.machines(), input);
  const OneChip one = choice.timed() ? fastest_chip(choice, graph) : OneChip{};
  const auto system = choice.open();

  system->reset();
  const auto start = std::chrono::steady_clock::now();
  std::vector<ChipCost> costs = chip_costs(launch_shown(*system, choice, job.programs, "running", choice.timed() ? job.array_cycles : 0, quiet));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!job.dealt.empty())
    for (unsigned rank = 0; rank < choice.chips(); ++rank) costs[rank].columns = job.dealt[rank];
  const std::vector<noc::LinkReport> links = links_of(*system);
  const auto fault = fault_of(graph, read_results(*system, job), input);
  const std::uint64_t cycles = longest(costs), macs = total_macs(graph);
  const Baseline baseline = choice.timed() ? run_alone(*system, choice, graph, one, input, how == "measured", quiet) : Baseline{};
  const Scaling scale = scaling(baseline, cycles, choice.chips(), one.capacity);

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
  json["one_chip"] = {{"cycles", baseline.cycles}, {"measured", baseline.measured}, {"rank", one.rank}, {"config", choice.chip(one.rank).config()}, {"why_not", one.why_not}};
  json["speedup"] = scale.speedup;
  json["efficiency"] = scale.efficiency;
  json["capacity"] = one.capacity;
  json["capacity_efficiency"] = scale.capacity_efficiency;
  json["chips"] = chips_json(costs);
  json["links"] = links_json(links, cycles);
  json["simulation"] = {{"seconds", seconds}, {"chip_cycles", cycles * choice.chips()}};
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << title << ", " << grouped(macs) << " MACs, split by " << splitting.split << "s on " << choice.text() << ", " << splitting.result << ", seed " << seed << "\n\n";
  out << (fault ? "DIFFERS from the golden model: " + *fault : "every byte as the golden model has it") << (job.everywhere && !fault ? ", on every chip" : "") << '\n';
  if (job.block_rows > 0)
    out << "tiles             " << job.block_rows << " rows x " << choice.machine(0).word << " columns, " << job.row_blocks
        << (job.row_blocks == 1 ? " row block\n" : " row blocks\n");
  if (cycles > 0) {
    out << "cycles            " << grouped(cycles) << "  (" << grouped(job.array_cycles) << " operand words a chip at most)\n";
    if (baseline.cycles > 0) {
      out << "one chip          " << grouped(baseline.cycles) << (choice.mixed() ? "  (" + choice.chip(one.rank).config() + ", the fastest)" : "")
          << (baseline.measured ? "\n" : "  (predicted)\n");
      out << "speed-up          " << decimal(scale.speedup, 2) << " x, efficiency " << percent(scale.efficiency) << '\n';
      if (choice.mixed())
        out << "capacity          " << decimal(one.capacity, 2) << " x one chip is what all chips could do by prediction, each alone; " << percent(scale.capacity_efficiency)
            << " of it used\n";
    } else {
      out << "one chip          unknown: " << one.why_not << '\n';
    }
  }
  print_links(out, links, cycles);
  out << '\n';
  print_chips(out, costs, choice.mixed() ? choice.configurations() : std::vector<std::string>());
  if (cycles > 0)
    out << '\n' << grouped(cycles * choice.chips()) << " chip cycles in " << decimal(seconds, 1) << " s: " << rate(static_cast<double>(cycles * choice.chips()) / seconds)
        << "chip cycles/s\n";
  return fault ? 1 : 0;
}

}  // namespace twill::cli
