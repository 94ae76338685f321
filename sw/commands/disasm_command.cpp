// SPDX-License-Identifier: Apache-2.0
// twill disasm: the command stream a network becomes.
#include <iomanip>
#include <iostream>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/report.hpp"
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
  const auto values = options.flag("every-layer", "the stream of run --every-layer")
                          .flag("long", "every field of every command, with its meaning")
                          .value("json", "FILE", "write the stream there too")
                          .parse(args, 1);
  if (!values) return 0;
  const MachineChoice choice(*values, false);
  const std::string model = values->texts("operands").front();
  const Graph graph = import_tflite(model);
  MapOptions map_options;
  map_options.every_layer = values->flag("every-layer");
  const Plan plan = map_graph(graph, choice.machine(), map_options);
  const OutputFile json_file(values->text("json"));

  std::size_t width = 0;
  for (int layer : plan.layer_of_command) width = std::max(width, layer_name(graph, layer).size());
  auto stream = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    const int layer = plan.layer_of_command[i];
    const auto index = static_cast<unsigned>(i);
    const std::string line = disassemble(plan.commands[i], index);
    std::cout << std::left << std::setw(static_cast<int>(width)) << layer_name(graph, layer) << "  ";
    std::cout << (values->flag("long") ? disassemble_long(plan.commands[i], index) : line + "\n");
    if (json_file.wanted()) stream.push_back({{"index", i}, {"operator", layer}, {"text", line}, {"words", plan.commands[i].words}});
  }
  std::cout << '\n'
            << grouped(plan.commands.size()) << " commands, " << grouped(plan.predicted_cycles) << " cycles predicted on "
            << choice.config() << '\n';

  auto report = report_head("disasm");
  report["model"] = model;
  report["config"] = choice.config();
  report["every_layer"] = map_options.every_layer;
  report["predicted_cycles"] = plan.predicted_cycles;
  report["commands"] = std::move(stream);
  json_file.write(report);
  return 0;
}

}  // namespace twill::cli
