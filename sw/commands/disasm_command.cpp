// SPDX-License-Identifier: Apache-2.0
// twill disasm: the command stream a network becomes.
#include <iomanip>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "twill/disassembler.hpp"
#include "twill/tflite.hpp"

namespace twill::cli {
namespace {

/// "3 CONV_2D", or "job" for what belongs to no layer.
std::string layer_name(const Graph& graph, int layer) {
  return layer < 0 ? "job" : std::to_string(layer) + " " + graph.operators[static_cast<std::size_t>(layer)].type;
}

}  // namespace

int disasm_command(const std::vector<std::string>& args) {
  Options options("disasm", "MODEL",
                  "Shows the command stream of an int8 .tflite network: the operator, then the command's number, queue, opcode, semaphores "
                  "and fields.");
  MachineChoice::add_options(options, false);
  ReportFile::add_option(options);
  const auto values = options.flag("every-layer", "the stream of run --every-layer")
                          .flag("long", "every field of every command, with its meaning")
                          .parse(args, 1);
  if (!values) return 0;
  const MachineChoice choice(*values, false);
  const std::string model = values->texts("operands").front();
  const ReportFile report_file(*values);
  keep_apart({model}, {report_file.path()});
  const Graph graph = import_tflite(model);
  MapOptions map_options;
  map_options.every_layer = values->flag("every-layer");
  const Plan plan = choice.plan(graph, map_options);

  auto report = report_head("disasm");
  report["model"] = model;
  report["config"] = choice.config();
  report["every_layer"] = map_options.every_layer;
  report["predicted_cycles"] = plan.predicted_cycles;
  auto stream = nlohmann::ordered_json::array();
  std::size_t width = 0;
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    const int layer = plan.layer_of_command[i];
    width = std::max(width, layer_name(graph, layer).size());
    if (report_file.wanted())
      stream.push_back({{"index", i},
                        {"operator", layer},
                        {"queue", contract::name(contract::Nop::decode(plan.commands[i]).queue)},
                        {"text", disassemble(plan.commands[i], static_cast<unsigned>(i))},
                        {"words", plan.commands[i].words}});
  }
  report["commands"] = std::move(stream);
  report_file.write(report);

  std::ostream& out = report_file.text();
  width = std::max(width, std::string("operator").size());
  out << std::left << std::setw(static_cast<int>(width)) << "operator" << "       # queue   opcode, semaphores, fields\n";
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    const auto index = static_cast<unsigned>(i);
    out << std::left << std::setw(static_cast<int>(width)) << layer_name(graph, plan.layer_of_command[i]) << "  "
        << (values->flag("long") ? disassemble_long(plan.commands[i], index) : disassemble(plan.commands[i], index) + "\n");
  }
  out << '\n'
      << grouped(plan.commands.size()) << " commands, " << grouped(plan.predicted_cycles) << " cycles predicted on " << choice.config()
      << '\n';
  return 0;
}

}  // namespace twill::cli
