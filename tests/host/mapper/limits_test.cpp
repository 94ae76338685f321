// SPDX-License-Identifier: Apache-2.0
// Shapes beyond the fields of a command or the scratchpad of a machine: they are cut up and run, or refused with one sentence
// before anything runs.
#include <random>

#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

namespace {

Tensor tensor(std::vector<int> shape, int zero = 0) {
  Tensor t;
  t.name = "t";
  t.shape = std::move(shape);
  t.scale = {0.1f};
  t.zero_point = {zero};
  return t;
}

Tensor constant(std::vector<int> shape) {
  Tensor t = tensor(std::move(shape), 3);
  std::mt19937_64 random(5);
  t.data.resize(t.bytes());
  for (std::uint8_t& byte : t.data) byte = static_cast<std::uint8_t>(random());
  return t;
}

/// One operator from tensor 0 (and perhaps constants) to the last tensors.
Graph one(const char* type, Attributes attributes, std::vector<Tensor> tensors, int outputs = 1) {
  Graph g;
  Operator op;
  op.type = type;
  op.attributes = std::move(attributes);
  const int count = static_cast<int>(tensors.size());
  for (int t = 0; t < count; ++t) (t < count - outputs ? op.inputs : op.outputs).push_back(t);
  g.inputs = {0};
  g.outputs = op.outputs;
  g.tensors = std::move(tensors);
  g.operators = {op};
  return g;
}

void runs(const Graph& graph, const char* configuration) {
  INFO(graph.operators[0].type << " on " << configuration);
  const auto device = make_functional_device(configuration);
  test::run_and_compare(*device, graph, test::random_inputs(graph, 1), false);
}

void refused(const Graph& graph, const char* configuration, const std::string& why) {
  const auto device = make_functional_device(configuration);
  try {
    map_graph(graph, Machine::of(*device));
    FAIL("not refused: " << why);
  } catch (const InputError& e) {
    INFO(e.what());
    REQUIRE(std::string(e.what()).find(why) != std::string::npos);
  }
}

Pool2d window(int h, int w, int stride_h, int stride_w, bool average) {
  Pool2d p;
  p.average = average;
  p.filter_h = h;
  p.filter_w = w;
  p.stride_h = stride_h;
  p.stride_w = stride_w;
  return p;
}

Conv2d conv(int outputs, int stride = 1, int dilation = 1, int groups = 1) {
  Conv2d c;
  c.stride_h = c.stride_w = stride;
  c.dilation_h = c.dilation_w = dilation;
  c.groups = groups;
  c.requant.assign(static_cast<std::size_t>(outputs), {1500000000, -12});
  return c;
}

FullyConnected dense(int outputs) {
  FullyConnected f;
  f.requant.assign(static_cast<std::size_t>(outputs), {1500000000, -12});
  return f;
}

}  // namespace

TEST_CASE("pools of images, strides and channels beyond their fields") {
  runs(one("MAX_POOL_2D", window(2, 2, 1, 1, false), {tensor({1, 5000, 3, 2}), tensor({1, 4999, 2, 2})}), "large");
  runs(one("AVERAGE_POOL_2D", window(3, 3, 2, 2, true), {tensor({1, 3, 9001, 1}), tensor({1, 1, 4500, 1})}), "base");
  runs(one("MAX_POOL_2D", window(2, 2, 300, 280, false), {tensor({1, 700, 600, 1}), tensor({1, 3, 3, 1})}), "large");
  runs(one("AVERAGE_POOL_2D", window(2, 1, 1, 1, true), {tensor({1, 2, 1, 70000}), tensor({1, 1, 1, 70000})}), "large");
  refused(one("MAX_POOL_2D", window(256, 1, 1, 1, false), {tensor({1, 256, 2, 2}), tensor({1, 1, 2, 2})}), "base", "255 x 255");
}

TEST_CASE("moves of more rows than a count holds") {
  Pad pad;
  pad.before_after = {{0, 0}, {1, 1}, {1, 0}, {0, 0}};
  runs(one("PAD", pad, {tensor({1, 70000, 2, 1}), tensor({1, 70002, 3, 1})}), "large");
  pad.before_after = {{0, 0}, {0, 0}, {1, 0}, {0, 0}};
  runs(one("PAD", pad, {tensor({1, 2, 70000, 1}), tensor({1, 2, 70001, 1})}), "large");
  Split split;
  split.axis = 1;
  runs(one("SPLIT", split, {tensor({70000, 4}), tensor({70000, 2}), tensor({70000, 2})}, 2), "large");
  split.axis = 2;
  runs(one("SPLIT", split, {tensor({1, 1, 140000}), tensor({1, 1, 70000}), tensor({1, 1, 70000})}, 2), "large");
  runs(one("TRANSPOSE", Transpose{{1, 0}}, {tensor({70000, 2}), tensor({2, 70000})}), "large");
}

TEST_CASE("means of many rows, of images larger than the scratchpad, and of positions that make no rectangle") {
  const auto mean = [](std::vector<int> axes) { return Mean{std::move(axes), {1500000000, -6}}; };
  runs(one("MEAN", mean({1}), {tensor({9000, 5}, 4), tensor({9000})}), "base");
  runs(one("MEAN", mean({1}), {tensor({400, 510}, 4), tensor({400})}), "large");  // 2 x 255, 400 times
  runs(one("MEAN", mean({1, 2}), {tensor({1, 20, 20, 100}, 4), tensor({1, 100})}), "tiny");
  runs(one("MEAN", mean({1, 2}), {tensor({1, 112, 112, 64}, 4), tensor({1, 64})}), "base");
  runs(one("MEAN", mean({1}), {tensor({1, 3, 66000}, 4), tensor({1, 66000})}), "large");
  refused(one("MEAN", mean({1}), {tensor({1, 257, 4}), tensor({1, 4})}), "base", "a mean over 257 positions");
}

TEST_CASE("broadcasts of one byte, one pixel and of long runs") {
  Mul mul;
  mul.output = {1500000000, -6};
  runs(one("MUL", mul, {tensor({1, 300, 300, 1}, 2), constant({1, 1, 1, 1}), tensor({1, 300, 300, 1})}), "large");
  runs(one("MUL", mul, {tensor({1, 67, 61, 3}, 2), constant({1, 1, 1, 3}), tensor({1, 67, 61, 3})}), "tiny");
  runs(one("MUL", mul, {tensor({1, 2, 1, 70000}, 2), constant({1, 1, 1, 70000}), tensor({1, 2, 1, 70000})}), "large");
  // A scalar costs no more than a tensor of the same size would.
  const auto device = make_functional_device("base");
  const auto cycles = [&](const Tensor& b) {
    return map_graph(one("MUL", mul, {tensor({1, 64, 64, 4}), b, tensor({1, 64, 64, 4})}), Machine::of(*device)).predicted_cycles;
  };
  REQUIRE(cycles(constant({1, 1, 1, 1})) <= cycles(constant({1, 64, 64, 4})));
}

TEST_CASE("sums longer than the scratchpad holds weights for") {
  runs(one("FULLY_CONNECTED", dense(64), {tensor({1, 9216}, 5), constant({64, 9216}), tensor({1, 64})}), "tiny");
  runs(one("FULLY_CONNECTED", dense(70), {tensor({1, 20000}, 5), constant({70, 20000}), tensor({1, 70})}), "base");
  runs(one("FULLY_CONNECTED", dense(8), {tensor({3, 100000}, 5), constant({8, 100000}), tensor({3, 8})}), "base");  // K beyond its field
  runs(one("FULLY_CONNECTED", dense(20), {tensor({600, 9000}, 5), constant({20, 9000}), tensor({600, 20})}), "tiny");
  runs(one("FULLY_CONNECTED", dense(4000), {tensor({1, 64}, 5), constant({4000, 64}), tensor({1, 4000})}),
       "tiny");  // records beyond the scratchpad
  runs(one("CONV_2D", conv(9), {tensor({1, 5, 5, 900}, 5), constant({9, 3, 3, 900}), tensor({1, 3, 3, 9})}), "tiny");
  runs(one("CONV_2D", conv(6, 2), {tensor({1, 5, 5, 900}, 5), constant({6, 3, 3, 900}), tensor({1, 2, 2, 6})}), "tiny");
  runs(one("CONV_2D", conv(5, 1, 2), {tensor({1, 5, 5, 900}, 5), constant({5, 3, 3, 900}), tensor({1, 1, 1, 5})}), "tiny");
  runs(one("CONV_2D", conv(7, 1, 1, 1), {tensor({1, 20, 30, 40}, 5), constant({7, 15, 15, 40}), tensor({1, 6, 16, 7})}), "tiny");
  runs(one("CONV_2D", conv(8, 1, 1, 2), {tensor({1, 3, 3, 2000}, 5), constant({8, 3, 3, 1000}), tensor({1, 1, 1, 8})}), "tiny");
  runs(one("CONV_2D", conv(2), {tensor({1, 200, 600, 1}, 5), constant({2, 200, 200, 1}), tensor({1, 1, 401, 2})}),
       "base");  // sums in two banks a tile
}

TEST_CASE("sums in parts that take more commands than a ring holds when weights have two places, run with one") {
  runs(one("CONV_2D", conv(40, 4), {tensor({1, 300, 16, 1000}, 5), constant({40, 2, 2, 1000}), tensor({1, 75, 4, 40})}), "tiny");
}

TEST_CASE("images wider than a field of 12 bits") {
  runs(one("CONV_2D", conv(4), {tensor({1, 6, 5000, 3}, 5), constant({4, 3, 3, 3}), tensor({1, 4, 4998, 4})}), "base");
  runs(one("CONV_2D", conv(4), {tensor({1, 6, 5000, 3}, 5), constant({4, 3, 3, 3}), tensor({1, 4, 4998, 4})}), "large");
  DepthwiseConv2d d;
  d.requant.assign(3, {1500000000, -8});
  runs(one("DEPTHWISE_CONV_2D", d, {tensor({1, 6, 5000, 3}, 5), constant({1, 3, 3, 3}), tensor({1, 4, 4998, 3})}), "base");
  d.stride_h = d.stride_w = 2;
  runs(one("DEPTHWISE_CONV_2D", d, {tensor({1, 6, 9000, 3}, 5), constant({1, 4, 4, 3}), tensor({1, 2, 4499, 3})}), "base");
  refused(one("CONV_2D", conv(4), {tensor({1, 300, 1, 1}, 5), constant({4, 256, 1, 1}), tensor({1, 45, 1, 4})}), "base",
          "kernel height 256 is beyond the chip's 255");
}
