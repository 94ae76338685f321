// SPDX-License-Identifier: Apache-2.0
#include "layer_graphs.hpp"

#include <random>

namespace twill::test {

Graph layer_graph(const LayerShape& s, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const int out_h = (s.height + 2 * s.padding - s.kernel) / s.stride + 1, out_w = (s.width + 2 * s.padding - s.kernel) / s.stride + 1;
  const int filters = s.depthwise ? s.channels : s.filters;
  const auto tensor = [](const char* name, std::vector<int> shape, DataType type, float scale, int zero) {
    Tensor t;
    t.name = name;
    t.shape = std::move(shape);
    t.type = type;
    t.scale = {scale};
    t.zero_point = {zero};
    return t;
  };
  Graph g;
  g.name = "layer";
  g.tensors = {tensor("input", {1, s.height, s.width, s.channels}, DataType::int8, 0.5f, 3),
               s.depthwise ? tensor("weights", {1, s.kernel, s.kernel, filters}, DataType::int8, 0.01f, 0)
                           : tensor("weights", {filters, s.kernel, s.kernel, s.channels}, DataType::int8, 0.01f, 0),
               tensor("bias", {filters}, DataType::int32, 0.005f, 0), tensor("output", {1, out_h, out_w, filters}, DataType::int8, 1.0f, -5)};
  for (int i : {1, 2}) {
    Tensor& t = g.tensors[static_cast<std::size_t>(i)];
    t.data.resize(t.bytes());
    for (std::size_t b = 0; b < t.data.size(); ++b) t.data[b] = i == 2 && b % 4 >= 2 ? 0 : static_cast<std::uint8_t>(random());
  }
  Operator op;
  op.inputs = {0, 1, 2};
  op.outputs = {3};
  std::vector<Multiplier> requant;
  for (int c = 0; c < filters; ++c) requant.push_back({static_cast<std::int32_t>((1u << 30) + random() % (1u << 30)), -9 - static_cast<int>(random() % 3)});
  const Padding padding{s.padding, s.padding, s.padding, s.padding};
  op.macs = static_cast<std::uint64_t>(out_h) * out_w * filters * s.kernel * s.kernel * (s.depthwise ? 1 : s.channels);
  if (s.depthwise) {
    DepthwiseConv2d a;
    a.stride_h = a.stride_w = s.stride;
    a.padding = padding;
    a.requant = requant;
    op.type = "DEPTHWISE_CONV_2D";
    op.attributes = a;
  } else {
    Conv2d a;
    a.stride_h = a.stride_w = s.stride;
    a.padding = padding;
    a.requant = requant;
    op.type = "CONV_2D";
    op.attributes = a;
  }
  g.operators = {op};
  g.inputs = {0};
  g.outputs = {3};
  return g;
}

}  // namespace twill::test
