// SPDX-License-Identifier: Apache-2.0
#include "host_operators.hpp"

#include <stdexcept>

#include "twill/golden/host_operators.hpp"

namespace twill {

void run_on_host(const Graph& graph, int index, std::vector<std::vector<std::uint8_t>>& tensors) {
  const Operator& op = graph.operators[static_cast<std::size_t>(index)];
  const auto from = static_cast<std::size_t>(op.inputs[0]), to = static_cast<std::size_t>(op.outputs[0]);
  const Tensor& in = graph.tensors[from];
  const Tensor& out = graph.tensors[to];
  const std::vector<std::uint8_t>& source = tensors[from];
  std::vector<std::uint8_t> made(out.bytes());
  if (const auto* softmax = std::get_if<Softmax>(&op.attributes)) {
    const auto depth = static_cast<std::size_t>(in.shape.back());
    golden::softmax(*softmax, reinterpret_cast<const std::int8_t*>(source.data()), reinterpret_cast<std::int8_t*>(made.data()),
                    in.elements() / depth, depth);
  } else if (std::holds_alternative<Quantize>(op.attributes)) {
    golden::quantize(reinterpret_cast<const float*>(source.data()), reinterpret_cast<std::int8_t*>(made.data()), in.elements(),
                     out.scale.at(0), out.zero_point.at(0));
  } else if (std::holds_alternative<Dequantize>(op.attributes)) {
    golden::dequantize(reinterpret_cast<const std::int8_t*>(source.data()), reinterpret_cast<float*>(made.data()), in.elements(),
                       in.scale.at(0), in.zero_point.at(0));
  } else if (std::holds_alternative<Reshape>(op.attributes)) {
    made = source;
  } else {
    throw std::logic_error("operator " + std::to_string(index) + " (" + op.type + ") was planned for the host");
  }
  tensors[to] = std::move(made);
}

}  // namespace twill
