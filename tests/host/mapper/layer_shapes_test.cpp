// SPDX-License-Identifier: Apache-2.0
// Single convolutions of random shape on the functional chip: larger images, taller kernels and wider paddings than random
// networks have, so that axis swap, pixel packing, tiles in x, spilled tensors and tiles wholly in padding occur.
#include <random>

#include "compare_networks.hpp"
#include "random_network.hpp"
#include "shards.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

namespace {

struct Shape {
  int h, w, c, filters, kh, kw, sh, sw, pad_h, pad_w;
  bool depthwise;
};

Graph graph_of(const Shape& s, std::mt19937_64& random) {
  const int oh = (s.h + 2 * s.pad_h - s.kh) / s.sh + 1, ow = (s.w + 2 * s.pad_w - s.kw) / s.sw + 1, f = s.depthwise ? s.c : s.filters;
  const auto tensor = [&](std::vector<int> shape, DataType type, bool constant) {
    Tensor t;
    t.name = "t";
    t.shape = std::move(shape);
    t.type = type;
    t.scale = {0.1f};
    t.zero_point = {type == DataType::int8 && !constant ? static_cast<int>(random() % 21) - 10 : 0};
    if (constant) {
      t.data.resize(t.bytes());
      for (std::size_t i = 0; i < t.data.size(); ++i)
        t.data[i] = type == DataType::int32 && i % 4 >= 2 ? 0 : static_cast<std::uint8_t>(random());
    }
    return t;
  };
  Graph g;
  g.tensors = {tensor({1, s.h, s.w, s.c}, DataType::int8, false),
               s.depthwise ? tensor({1, s.kh, s.kw, f}, DataType::int8, true) : tensor({f, s.kh, s.kw, s.c}, DataType::int8, true),
               tensor({f}, DataType::int32, true), tensor({1, oh, ow, f}, DataType::int8, false)};
  Operator op;
  op.inputs = {0, 1, 2};
  op.outputs = {3};
  const std::vector<Multiplier> requant(static_cast<std::size_t>(f), {1500000000, -8});
  const Padding padding{s.pad_h, s.pad_h, s.pad_w, s.pad_w};
  if (s.depthwise) {
    DepthwiseConv2d a;
    a.stride_h = s.sh;
    a.stride_w = s.sw;
    a.padding = padding;
    a.requant = requant;
    op.type = "DEPTHWISE_CONV_2D";
    op.attributes = a;
  } else {
    Conv2d a;
    a.stride_h = s.sh;
    a.stride_w = s.sw;
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

void check(const Shape& s, const char* configuration, std::uint64_t seed) {
  INFO("seed " << seed << " on " << configuration << ": " << s.h << "x" << s.w << "x" << s.c << (s.depthwise ? " depthwise " : " conv ")
               << s.kh << "x" << s.kw << " stride " << s.sh << "," << s.sw << " pad " << s.pad_h << "," << s.pad_w << " filters "
               << s.filters);
  std::mt19937_64 random(seed);
  const Graph graph = graph_of(s, random);
  const auto device = make_functional_device(configuration);
  test::run_and_compare(*device, graph, test::random_inputs(graph, seed), seed % 4 == 0);
}

/// The same shape, its channels split among chips; every layer to DRAM or not.
void check_split(const Shape& s, const char* configuration, unsigned chips, std::uint64_t seed) {
  INFO("seed " << seed << " on " << chips << " " << configuration << ": " << s.h << "x" << s.w << "x" << s.c << " " << s.kh << "x" << s.kw << " filters " << s.filters);
  std::mt19937_64 random(seed);
  const Graph graph = graph_of(s, random);
  const auto system = make_functional_system(configuration, chips);
  ShardOptions shards;
  shards.chips = test::first_chips(chips);
  shards.split_all = true;
  const auto inputs = test::random_inputs(graph, seed);
  for (const bool every_layer : {false, true}) test::run_shards_and_compare(*system, graph, inputs, golden::run(graph, inputs), shards, every_layer);
}

}  // namespace

TEST_CASE("shapes that once went wrong") {
  check({49, 10, 1, 4, 10, 4, 1, 1, 0, 0, false}, "base", 1);  // axis swap and pixel packing together
  check({24, 26, 1, 13, 3, 1, 1, 1, 1, 0, false}, "tiny", 2);
  check({1031, 3, 1, 16, 64, 1, 1, 1, 0, 0, false}, "base", 3);  // swapped rows longer than a bank
  check({51, 66, 1, 31, 5, 4, 1, 1, 0, 0, false}, "small", 5);   // fits only unswapped
  check({300, 300, 4, 4, 3, 3, 1, 1, 4, 4, false}, "base", 6);   // tiles wholly in padding
  check({40, 40, 4, 4, 3, 3, 1, 1, 20, 20, true}, "base", 7);
}

TEST_CASE("an image with its axes swapped, split among chips") {
  check_split({49, 10, 1, 64, 10, 4, 2, 2, 4, 1, false}, "small", 2, 1);
  check_split({49, 10, 1, 12, 10, 4, 2, 2, 4, 1, false}, "tiny", 3, 2);
  check_split({49, 10, 1, 512, 10, 4, 2, 2, 4, 1, false}, "tiny", 2, 3);
}

TEST_CASE("300 convolutions of random shape equal golden") {
  const std::uint64_t first = test::seed_or(1);
  const char* const configurations[] = {"tiny", "small", "base", "large"};
  for (std::uint64_t seed = first; seed < first + 300; ++seed) {
    std::mt19937_64 random(seed * 7919);
    const auto draw = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); };
    Shape s{};
    s.depthwise = random() % 3 == 0;
    s.c = random() % 3 == 0 ? 1 : draw(1, 40);
    s.filters = draw(1, 40);
    s.kh = draw(1, s.depthwise ? 15 : 12);
    s.kw = draw(1, s.depthwise ? 15 : 8);
    s.sh = draw(1, 4);
    s.sw = draw(1, 4);
    s.pad_h = random() % 3 == 0 ? draw(0, 20) : draw(0, s.kh - 1);
    s.pad_w = random() % 3 == 0 ? draw(0, 20) : draw(0, s.kw - 1);
    s.h = draw(s.kh, s.kh + (random() % 4 == 0 ? 120 : 24));
    s.w = draw(s.kw, s.kw + (random() % 4 == 0 ? 120 : 24));
    try {
      check(s, configurations[seed % 4], seed);
    } catch (const InputError&) {
      // A layer of which no tile fits tiny or small is refused; the large machines take them all.
      REQUIRE(seed % 4 < 2);
    }
  }
}
