// SPDX-License-Identifier: Apache-2.0
#include "twill/golden/run.hpp"

#include <string>

#include "operators.hpp"
#include "twill/error.hpp"

namespace twill::golden {

void evaluate(const Reshape&, const Call& call) { std::copy_n(call.read(), call.input().elements(), call.write()); }

Values run(const Graph& graph, const std::vector<std::vector<std::uint8_t>>& inputs) {
  if (inputs.size() != graph.inputs.size())
    throw InputError(graph.name + " has " + std::to_string(graph.inputs.size()) + " inputs, " + std::to_string(inputs.size()) +
                     " were given.");

  Values values(graph.tensors.size());
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) values[i] = graph.tensors[i].data;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto index = static_cast<std::size_t>(graph.inputs[i]);
    if (inputs[i].size() != graph.tensors[index].bytes())
      throw InputError("Input " + std::to_string(i) + " of " + graph.name + " takes " + std::to_string(graph.tensors[index].bytes()) +
                       " bytes, " + std::to_string(inputs[i].size()) + " were given.");
    values[index] = inputs[i];
  }
  for (const Operator& op : graph.operators) {
    for (int output : op.outputs) values[static_cast<std::size_t>(output)].resize(graph.tensors[static_cast<std::size_t>(output)].bytes());
    const Call call{graph, op, values};
    std::visit([&](const auto& attributes) { evaluate(attributes, call); }, op.attributes);
  }
  return values;
}

}  // namespace twill::golden
