// SPDX-License-Identifier: Apache-2.0
// The generator of random networks itself: what it draws is importable, varied, small and repeatable.
#include "random_network.hpp"

#include <map>
#include <set>

#include "catch.hpp"
#include "twill/golden/run.hpp"

using namespace twill;

TEST_CASE("random networks use every operator and run") {
  const std::uint64_t first = test::seed_or(1000);
  std::map<std::string, int> types;
  std::size_t values = 0, saturated = 0, grouped = 0, dilated = 0, per_channel = 0, left_shifts = 0;
  for (std::uint64_t seed = first; seed < first + 300; ++seed) {
    INFO("TWILL_SEED=" << seed);
    const Graph graph = test::random_network(seed);
    const golden::Values result = golden::run(graph, test::random_inputs(graph, seed));
    REQUIRE_FALSE(graph.operators.empty());
    for (const Operator& op : graph.operators) {
      ++types[op.type];
      if (const auto* conv = std::get_if<Conv2d>(&op.attributes)) {
        grouped += conv->groups > 1;
        dilated += conv->dilation_h > 1 || conv->dilation_w > 1;
        per_channel += graph.tensors[static_cast<std::size_t>(op.inputs[1])].scale.size() > 1;
        for (Multiplier m : conv->requant) left_shifts += m.shift > 0;
        for (std::uint8_t byte : result[static_cast<std::size_t>(op.outputs[0])]) {
          ++values;
          saturated += byte == 0x7f || byte == 0x80;
        }
      }
      for (int output : op.outputs) REQUIRE(graph.tensors[static_cast<std::size_t>(output)].elements() <= 11 * 11 * 18 * 4);
    }
  }
  for (const char* type : {"ADD",
                           "AVERAGE_POOL_2D",
                           "CONCATENATION",
                           "CONV_2D",
                           "DEPTHWISE_CONV_2D",
                           "DEQUANTIZE",
                           "FULLY_CONNECTED",
                           "HARD_SWISH",
                           "LOGISTIC",
                           "MAX_POOL_2D",
                           "MEAN",
                           "MUL",
                           "PAD",
                           "PADV2",
                           "QUANTIZE",
                           "RELU",
                           "RELU6",
                           "RESHAPE",
                           "RESIZE_NEAREST_NEIGHBOR",
                           "SOFTMAX",
                           "SPLIT",
                           "SUB",
                           "TRANSPOSE"}) {
    INFO(type);
    CHECK(types[type] >= 3);
  }
  CHECK(grouped > 10);
  CHECK(dilated > 10);
  CHECK(per_channel > 50);
  CHECK(left_shifts > 5);
  CHECK(saturated < values * 6 / 10);  // else wrong values would hide behind the clamps
}

TEST_CASE("a seed and its options give the same network again") {
  const test::RandomNetworkOptions options{4, 6, 5, {"CONV_2D", "ADD"}};
  CHECK(test::random_tflite(7, options) == test::random_tflite(7, options));
  CHECK(test::random_tflite(7, options) != test::random_tflite(8, options));
  const Graph graph = test::random_network(7, options);
  CHECK(graph.operators.size() == 4);
  for (const Operator& op : graph.operators) CHECK((op.type == "CONV_2D" || op.type == "ADD"));
}
