// SPDX-License-Identifier: Apache-2.0
#include "common/single_layer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/format.hpp"
#include "common/mismatch.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "twill/arithmetic/fixed_point.hpp"
#include "twill/error.hpp"

namespace twill::cli {
namespace {

constexpr double byte_deviation = 74;  // of a uniformly random int8
constexpr int most_elements = 1 << 28;

Tensor tensor(const std::string& name, std::vector<int> shape, DataType type) {
  Tensor t;
  t.name = name;
  t.shape = std::move(shape);
  t.type = type;
  double elements = 1;
  for (int extent : t.shape) elements *= extent;
  if (elements > most_elements)
    throw InputError("the " + name + " would have " + grouped(static_cast<std::uint64_t>(elements)) + " elements; at most " +
                     grouped(most_elements) + " are accepted");
  return t;
}

Tensor activation(const std::string& name, std::vector<int> shape, int zero_point) {
  Tensor t = tensor(name, std::move(shape), DataType::int8);
  t.scale = {0.05f};
  t.zero_point = {zero_point};
  return t;
}

/// Factors such that sums over `depth` random products fill int8 without saturating all the time.
std::vector<Multiplier> random_requant(Random& random, int channels, int depth) {
  const double spread = std::sqrt(static_cast<double>(depth)) * byte_deviation * byte_deviation;
  std::vector<Multiplier> requant;
  for (int c = 0; c < channels; ++c) {
    const auto q = arithmetic::quantize_multiplier(random.real(20, 90) / spread);
    requant.push_back({q.multiplier, q.shift});
  }
  return requant;
}

std::vector<std::uint8_t> random_bias(Random& random, int channels, int depth) {
  const int reach = static_cast<int>(std::sqrt(static_cast<double>(depth)) * byte_deviation * byte_deviation);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(channels) * 4);
  for (int c = 0; c < channels; ++c) {
    const std::int32_t value = random.between(-reach, reach);
    std::memcpy(&bytes[static_cast<std::size_t>(c) * 4], &value, 4);
  }
  return bytes;
}

/// What all three kinds of layer have.
struct Parts {
  std::string type;
  std::vector<int> input, weights, output;
  int channels = 1;  ///< of the output
  int depth = 1;     ///< products in a sum
};

/// Tensors 0 to 3: input, weights, bias, output.
template <class Layer>
Graph one_layer(const Parts& parts, Layer layer, bool relu, Random& random) {
  Graph graph;
  graph.name = parts.type;
  Tensor weights = tensor("weights", parts.weights, DataType::int8);
  weights.data = random.bytes(weights.elements());
  weights.scale = {0.01f};
  weights.zero_point = {0};
  Tensor bias = tensor("bias", {parts.channels}, DataType::int32);
  bias.data = random_bias(random, parts.channels, parts.depth);
  const Tensor input = activation("input", parts.input, random.between(-128, 127));
  const Tensor output = activation("output", parts.output, random.between(-128, 127));
  layer.requant = random_requant(random, parts.channels, parts.depth);
  if (relu) layer.clamp.min = output.zero_point[0];

  Operator op;
  op.type = parts.type;
  op.inputs = {0, 1, 2};
  op.outputs = {3};
  op.macs = output.elements() * static_cast<std::uint64_t>(parts.depth);
  op.attributes = std::move(layer);
  graph.tensors = {input, std::move(weights), std::move(bias), output};
  graph.operators = {std::move(op)};
  graph.inputs = {0};
  graph.outputs = {3};
  return graph;
}

struct Axis {
  int out, before, after;
};

/// Output extent and padding of an axis; SAME puts the odd pixel after.
Axis window(const char* name, int in, int kernel, int stride, int dilation, bool same) {
  const int reach = (kernel - 1) * dilation + 1;
  if (!same) {
    if (reach > in)
      throw InputError(std::string("a window of ") + std::to_string(reach) + " does not fit into the " + name + " of " +
                       std::to_string(in) + "; use --padding same or a larger image");
    return {(in - reach) / stride + 1, 0, 0};
  }
  const int out = (in + stride - 1) / stride, total = std::max(0, (out - 1) * stride + reach - in);
  return {out, total / 2, total - total / 2};
}

}  // namespace

Graph random_gemm(const GemmShape& shape, std::uint64_t seed) {
  Random random(seed);
  return one_layer({"FULLY_CONNECTED", {shape.rows, shape.k}, {shape.n, shape.k}, {shape.rows, shape.n}, shape.n, shape.k},
                   FullyConnected{}, false, random);
}

Graph random_conv(const ConvLayerShape& s, std::uint64_t seed) {
  Random random(seed);
  const Axis y = window("height", s.height, s.kernel_h, s.stride, s.dilation, s.same),
             x = window("width", s.width, s.kernel_w, s.stride, s.dilation, s.same);
  const std::vector<int> input{1, s.height, s.width, s.channels}, output{1, y.out, x.out, s.filters};
  const auto place = [&](auto layer) {
    layer.stride_h = layer.stride_w = s.stride;
    layer.dilation_h = layer.dilation_w = s.dilation;
    layer.padding = {y.before, y.after, x.before, x.after};
    return layer;
  };
  if (s.depthwise) {
    if (s.filters % s.channels != 0)
      throw InputError("a depthwise layer has a multiple of its " + std::to_string(s.channels) + " channels as filters, not " +
                       std::to_string(s.filters));
    DepthwiseConv2d layer = place(DepthwiseConv2d{});
    layer.depth_multiplier = s.filters / s.channels;
    return one_layer({"DEPTHWISE_CONV_2D", input, {1, s.kernel_h, s.kernel_w, s.filters}, output, s.filters, s.kernel_h * s.kernel_w},
                     std::move(layer), s.relu, random);
  }
  if (s.channels % s.groups != 0 || s.filters % s.groups != 0)
    throw InputError(std::to_string(s.groups) + " groups do not divide " + std::to_string(s.channels) + " channels and " +
                     std::to_string(s.filters) + " filters");
  Conv2d layer = place(Conv2d{});
  layer.groups = s.groups;
  const int depth = s.channels / s.groups;
  return one_layer({"CONV_2D", input, {s.filters, s.kernel_h, s.kernel_w, depth}, output, s.filters, s.kernel_h * s.kernel_w * depth},
                   std::move(layer), s.relu, random);
}

Graph random_mlp(const MlpShape& s, std::uint64_t seed) {
  constexpr float before = 0.03f, after = 0.016f;  // scales around GELU: -3.84 .. 3.81 in, all of its dip and most of its range out
  constexpr int zero_before = 0, zero_after = -116;
  Random random(seed);
  Graph graph;
  graph.name = "MLP";
  graph.tensors = {activation("input", {s.tokens, s.hidden}, random.between(-128, 127))};
  const auto last = [&] { return static_cast<int>(graph.tensors.size()) - 1; };
  const auto push = [&](const char* type, std::vector<int> inputs, Attributes attributes, std::uint64_t macs) {
    Operator op;
    op.type = type;
    op.inputs = std::move(inputs);
    op.outputs = {last()};
    op.attributes = std::move(attributes);
    op.macs = macs;
    graph.operators.push_back(std::move(op));
  };
  const auto dense = [&](int in, int out, const Tensor& result) {
    const int from = last();
    Tensor weights = tensor("weights", {out, in}, DataType::int8);
    weights.data = random.bytes(weights.elements());
    weights.scale = {0.01f};
    weights.zero_point = {0};
    Tensor bias = tensor("bias", {out}, DataType::int32);
    bias.data = random_bias(random, out, in);
    FullyConnected layer;
    layer.requant = random_requant(random, out, in);
    graph.tensors.insert(graph.tensors.end(), {std::move(weights), std::move(bias), result});
    push("FULLY_CONNECTED", {from, from + 1, from + 2}, std::move(layer),
         static_cast<std::uint64_t>(s.tokens) * static_cast<std::uint64_t>(in) * static_cast<std::uint64_t>(out));
  };
  const auto scaled = [&](const char* name, int columns, float scale, int zero) {
    Tensor t = activation(name, {s.tokens, columns}, zero);
    t.scale = {scale};
    return t;
  };
  dense(s.hidden, s.ffn, scaled("before GELU", s.ffn, before, zero_before));
  Table gelu;
  for (int q = -128; q < 128; ++q) {
    const double x = before * (q - zero_before), y = 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    gelu.table[static_cast<std::size_t>(q + 128)] = static_cast<std::int8_t>(std::clamp(std::lround(y / after) + zero_after, -128L, 127L));
  }
  const int from = last();
  graph.tensors.push_back(scaled("after GELU", s.ffn, after, zero_after));
  push("GELU", {from}, gelu, 0);
  dense(s.ffn, s.hidden, activation("output", {s.tokens, s.hidden}, random.between(-128, 127)));
  graph.inputs = {0};
  graph.outputs = {last()};
  return graph;
}

LayerOutcome run_layer(Device& device, const Graph& graph, const Plan& plan, std::uint64_t seed, const std::string& what, bool quiet) {
  const auto inputs = random_inputs(graph, seed);
  LayerOutcome outcome{run_job(device, graph, plan, inputs, what, quiet), std::nullopt};
  outcome.fault = first_mismatch(graph, inputs, outcome.job.result);
  return outcome;
}

std::uint64_t ideal_cycles(const Graph& graph, const Machine& machine) {
  const std::uint64_t multipliers = std::uint64_t{machine.word} * machine.word;
  return (total_macs(graph) + multipliers - 1) / multipliers;
}

}  // namespace twill::cli
