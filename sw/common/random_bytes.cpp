// SPDX-License-Identifier: Apache-2.0
#include "common/random_bytes.hpp"

#include <cstring>

namespace twill::cli {
namespace {

/// The quantized tensor a float input becomes, if there is one.
const Tensor* quantized(const Graph& graph, int input) {
  for (const Operator& op : graph.operators)
    if (std::holds_alternative<Quantize>(op.attributes) && op.inputs[0] == input)
      return &graph.tensors[static_cast<std::size_t>(op.outputs[0])];
  return nullptr;
}

std::vector<std::uint8_t> random_floats(const Tensor& tensor, const Tensor* target, Random& random) {
  double low = -1, high = 1;
  if (target != nullptr) {
    const double scale = target->scale.at(0);
    const int zero = target->zero_point.at(0);
    low = scale * (-128 - zero);
    high = scale * (127 - zero);
  }
  std::vector<std::uint8_t> bytes(tensor.bytes());
  for (std::size_t i = 0; i < tensor.elements(); ++i) {
    const auto value = static_cast<float>(random.real(low, high));
    std::memcpy(&bytes[i * sizeof value], &value, sizeof value);
  }
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> Random::bytes(std::size_t count) {
  std::vector<std::uint8_t> result(count);
  for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(engine_() >> 32);
  return result;
}

std::vector<std::vector<std::uint8_t>> random_inputs(const Graph& graph, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<std::uint8_t>> values;
  for (int index : graph.inputs) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
    values.push_back(tensor.type == DataType::float32 ? random_floats(tensor, quantized(graph, index), random)
                                                      : random.bytes(tensor.bytes()));
  }
  return values;
}

}  // namespace twill::cli
