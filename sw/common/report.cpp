// SPDX-License-Identifier: Apache-2.0
#include "common/report.hpp"

#include "common/format.hpp"
#include "common/table.hpp"
#include "version.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto network_queue = static_cast<unsigned>(contract::Queue::network);

std::string queue_name(unsigned queue) { return std::string(contract::name(static_cast<contract::Queue>(queue))); }

std::string where_name(PlanLayer::Where where) {
  switch (where) {
    case PlanLayer::Where::chip: return "chip";
    case PlanLayer::Where::host: return "host";
    case PlanLayer::Where::view: return "view";
  }
  return "?";
}

/// Blank instead of nought: what did not happen should not clutter the table.
std::string count(std::uint64_t number) { return number ? grouped(number) : ""; }
std::string volume(std::uint64_t bytes) { return bytes ? byte_count(bytes) : ""; }
std::string share(std::uint64_t macs, std::uint64_t cycles, const Machine& machine) {
  return macs && cycles ? percent(utilisation(macs, cycles, machine)) : "";
}

/// What bounds a layer; or where it ran, when that was not the chip by itself. The note of one that runs tile by tile with another ends in
/// that operator's number.
std::string place(const PlanLayer& layer, const LayerReport& row) {
  if (layer.where != PlanLayer::Where::chip) return where_name(layer.where);
  if (const std::string partner = layer.note.substr(layer.note.rfind(' ') + 1);
      !partner.empty() && partner.find_first_not_of("0123456789") == std::string::npos)
    return "in " + partner;
  return row.span.cycles > 0 ? row.bound : "chip";
}

}  // namespace

double utilisation(std::uint64_t macs, std::uint64_t cycles, const Machine& machine) {
  const double most = static_cast<double>(cycles) * machine.word * machine.word;
  return most > 0 ? static_cast<double>(macs) / most : 0;
}

std::uint64_t total_macs(const Graph& graph) {
  std::uint64_t macs = 0;
  for (const Operator& op : graph.operators) macs += op.macs;
  return macs;
}

void print_layers(std::ostream& out, const Graph& graph, const Plan& plan, const JobReport& report) {
  using Side = Table::Side;
  const bool timed = report.total.cycles > 0;
  Table table({{"#"},
               {"operator", Side::left},
               {"output", Side::left},
               {"MACs"},
               {"cycles"},
               {"predicted"},
               {"used"},
               {"loaded"},
               {"stored"},
               {timed ? "bound" : "ran on", Side::left}});
  for (const LayerReport& row : report.layers) {
    const Operator& op = graph.operators[static_cast<std::size_t>(row.op)];
    const PlanLayer& layer = plan.layers[static_cast<std::size_t>(row.op)];
    table.row({std::to_string(row.op), op.type, extents(graph.tensors[static_cast<std::size_t>(op.outputs[0])].shape), count(op.macs),
               count(row.span.cycles), timed ? count(layer.predicted_cycles) : "", share(op.macs, row.span.cycles, plan.machine),
               volume(row.span.loaded), volume(row.span.stored), place(layer, row)});
  }
  table.rule();
  const Span& total = report.total;
  table.row({"", "total", "", grouped(total_macs(graph)), count(total.cycles), timed ? grouped(plan.predicted_cycles) : "",
             share(total_macs(graph), total.cycles, plan.machine), volume(total.loaded), volume(total.stored)});
  table.print(out);
}

void print_engines(std::ostream& out, const Span& span) {
  if (span.cycles == 0) return;
  out << '\n';
  Table table({{"engine", Table::Side::left}, {"busy"}, {"starved"}, {"blocked"}, {"idle"}});
  const auto part = [&](std::uint64_t cycles) { return percent(static_cast<double>(cycles) / static_cast<double>(span.cycles)); };
  for (unsigned q = 0; q < contract::queues; ++q) {
    if (q == network_queue) continue;  // not fitted
    const EngineCycles& e = span.engines[q];
    table.row({queue_name(q), part(e.busy), part(e.starved), part(e.blocked), part(e.idle)});
  }
  table.print(out);
}

std::string simulation_rate(const TimedJob& job) {
  const std::string time = decimal(job.seconds, 2) + " s";
  const std::uint64_t cycles = job.result.report.total.cycles;
  if (cycles == 0) return time + " on the functional model, which has no cycles";
  return grouped(cycles) + " cycles in " + time + ": " + rate(job.cycles_per_second()) + "chip cycles/s";
}

ordered_json span_json(const Span& span) {
  ordered_json engines;
  for (unsigned q = 0; q < contract::queues; ++q) {
    const EngineCycles& e = span.engines[q];
    engines[queue_name(q)] = {{"busy", e.busy}, {"starved", e.starved}, {"blocked", e.blocked}, {"idle", e.idle}};
  }
  return {{"cycles", span.cycles},       {"loaded_bytes", span.loaded},  {"stored_bytes", span.stored}, {"operand_words", span.operands},
          {"weight_rows", span.weights}, {"result_words", span.results}, {"engines", engines}};
}

ordered_json layers_json(const Graph& graph, const Plan& plan, const JobReport& report) {
  ordered_json layers = ordered_json::array();
  for (const LayerReport& row : report.layers) {
    const Operator& op = graph.operators[static_cast<std::size_t>(row.op)];
    const PlanLayer& layer = plan.layers[static_cast<std::size_t>(row.op)];
    ordered_json json{{"index", row.op},
                      {"operator", op.type},
                      {"output_shape", graph.tensors[static_cast<std::size_t>(op.outputs[0])].shape},
                      {"macs", op.macs},
                      {"predicted_cycles", layer.predicted_cycles},
                      {"utilisation", utilisation(op.macs, row.span.cycles, plan.machine)},
                      {"bound", row.bound},
                      {"where", where_name(layer.where)},
                      {"note", layer.note}};
    json.update(span_json(row.span));
    layers.push_back(std::move(json));
  }
  return layers;
}

ordered_json total_json(const Graph& graph, const Plan& plan, const JobReport& report) {
  const std::uint64_t macs = total_macs(graph);
  ordered_json json{{"macs", macs},
                    {"predicted_cycles", plan.predicted_cycles},
                    {"utilisation", utilisation(macs, report.total.cycles, plan.machine)},
                    {"commands", plan.commands.size()},
                    {"dram_bytes", plan.dram_bytes}};
  json.update(span_json(report.total));
  return json;
}

ordered_json simulation_json(const TimedJob& job) { return {{"seconds", job.seconds}, {"cycles_per_second", job.cycles_per_second()}}; }

ordered_json report_head(const std::string& command) {
  return {{"command", command}, {"twill", twill_version}, {"contract", contract_name()}};
}

}  // namespace twill::cli
