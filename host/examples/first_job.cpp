// SPDX-License-Identifier: Apache-2.0
// The whole way from a model file to an answer in one page: import, map, run.
//
//     first_job demo/model.tflite demo/cases/twill/in0.npy rtl|functional
#include <algorithm>
#include <iostream>
#include <memory>

#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/mapper.hpp"
#include "twill/npy.hpp"
#include "twill/rtl_device.hpp"
#include "twill/runtime.hpp"
#include "twill/tflite.hpp"

int main(int argc, char* argv[]) try {
  const std::string kind = argc == 4 ? argv[3] : "";
  if (kind != "rtl" && kind != "functional") {
    std::cerr << "usage: first_job CLASSIFIER.tflite INPUT.npy rtl|functional\n";
    return 2;
  }
  // The functional model runs the same commands at once and without a clock; the RTL is the chip itself, cycle by cycle.
  std::unique_ptr<twill::Device> device;
  if (kind == "rtl") device = twill::make_rtl_device("base");
  else device = twill::make_functional_device("base");

  // The graph is the network; the plan is its commands and weights for a machine of this size.
  const twill::Graph graph = twill::import_tflite(argv[1]);
  const twill::Plan plan = twill::map_graph(graph, twill::Machine::of(*device));

  const twill::JobResult result = twill::Runtime(*device).run(graph, plan, {twill::read_npy(argv[2]).data});

  const auto output = static_cast<std::size_t>(graph.outputs.at(0));
  if (graph.tensors[output].type != twill::DataType::int8) throw twill::InputError("the first output of the network is not int8");
  const auto& bytes = result.tensors[output];
  const auto best = std::max_element(bytes.begin(), bytes.end(),
                                     [](auto a, auto b) { return static_cast<signed char>(a) < static_cast<signed char>(b); });
  std::cout << "class " << best - bytes.begin() << " of " << bytes.size() << ", " << plan.commands.size() << " commands";
  if (result.report.total.cycles > 0) std::cout << ", " << result.report.total.cycles << " cycles";
  std::cout << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "first_job: " << error.what() << '\n';
  return 2;
}
