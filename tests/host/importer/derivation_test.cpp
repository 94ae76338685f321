// SPDX-License-Identifier: Apache-2.0
// Derived parameters, worked by hand.
#include <cmath>

#include "catch.hpp"
#include "tflite_builder.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;
using Type = tflite::BuiltinOperator;

struct Convolution {
  std::vector<int> in{1, 8, 8, 4}, weights{6, 3, 3, 4}, out{1, 8, 8, 6};
  test::Quantized weight_quantization{{0.02f}, {0}};
  tflite::Conv2DOptionsT options;
  float in_scale = 0.5f, out_scale = 0.25f;

  Convolution() { options.stride_h = options.stride_w = 1; }
  Conv2d import() const {
    test::TfliteBuilder model;
    std::size_t bytes = 1;
    for (int extent : weights) bytes *= static_cast<std::size_t>(extent);
    const int x = model.input(model.activation(in, in_scale, 3)), y = model.output(model.activation(out, out_scale, -10));
    const int w = model.tensor(weights, tflite::TensorType::INT8, weight_quantization, Bytes(bytes, 1));
    model.op(Type::CONV_2D, {x, w}, {y}, options);
    const Graph graph = import_tflite(model.bytes(), "convolution");
    CHECK(graph.operators.at(0).inputs == std::vector<int>{x, w, -1});
    return std::get<Conv2d>(graph.operators[0].attributes);
  }
};

bool is(Padding p, int top, int bottom, int left, int right) {
  return p.top == top && p.bottom == bottom && p.left == left && p.right == right;
}

}  // namespace

TEST_CASE("padding: the odd pixel goes after, VALID has none, and dilation widens the window") {
  Convolution c;
  CHECK(is(c.import().padding, 1, 1, 1, 1));
  c.options.stride_h = 2;
  c.out = {1, 4, 8, 6};
  CHECK(is(c.import().padding, 0, 1, 1, 1));
  c.options.stride_h = 1;
  c.options.dilation_w_factor = 3;
  c.out = {1, 8, 8, 6};
  CHECK(is(c.import().padding, 1, 1, 3, 3));
  c.options.padding = tflite::Padding::VALID;
  c.out = {1, 6, 2, 6};
  CHECK(is(c.import().padding, 0, 0, 0, 0));
  c = Convolution();
  c.in = {1, 5, 7, 4};
  c.options.stride_h = c.options.stride_w = 4;
  c.out = {1, 2, 2, 6};
  CHECK(is(c.import().padding, 1, 1, 0, 0));  // 7 > 5 pixels are seen in height, exactly 7 in width
}

TEST_CASE("groups follow from the weights") {
  Convolution c;
  CHECK(c.import().groups == 1);
  c.weights = {6, 3, 3, 2};
  CHECK(c.import().groups == 2);
}

TEST_CASE("multipliers: one for each channel, from scales of the tensor or of the channel") {
  Convolution c;
  c.weight_quantization = {{0.5f}, {0}};
  for (Multiplier m : c.import().requant) {
    CHECK(m.multiplier == 1 << 30);  // 0.5 * 0.5 / 0.25
    CHECK(m.shift == 1);
  }
  c.weight_quantization = {{0.5f, 0.25f, 0.125f, 1e-12f, 4.0f, 0.75f}, {0, 0, 0, 0, 0, 0}};
  const std::vector<Multiplier> requant = c.import().requant;
  REQUIRE(requant.size() == 6);
  CHECK(requant[1].shift == 0);
  CHECK(requant[2].shift == -1);
  CHECK(requant[3].multiplier == 0);  // below 2^-32
  CHECK(requant[4].shift == 4);       // 8, to the left
  CHECK(requant[5].multiplier == 3 << 29);
}

TEST_CASE("a quantized axis that the weights do not have is taken for the channels") {
  Convolution c;
  c.weight_quantization = {{1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 0}, 4};
  CHECK(c.import().requant.size() == 6);
  c.weight_quantization.axis = -1;
  CHECK(c.import().requant.size() == 6);
}

TEST_CASE("fused activations clamp the output") {
  Convolution c;
  const auto clamp = [&](tflite::Activation activation) {
    c.options.fused_activation_function = activation;
    const Clamp range = c.import().clamp;
    return std::pair<int, int>(range.min, range.max);
  };
  CHECK(clamp(tflite::Activation::NONE) == std::pair<int, int>(-128, 127));
  CHECK(clamp(tflite::Activation::RELU) == std::pair<int, int>(-10, 127));
  CHECK(clamp(tflite::Activation::RELU6) == std::pair<int, int>(-10, 14));
  CHECK(clamp(tflite::Activation::RELU_N1_TO_1) == std::pair<int, int>(-14, -6));
  c.out_scale = 4.0f;
  CHECK(clamp(tflite::Activation::RELU6) == std::pair<int, int>(-10, -8));  // 1.5 steps: away from zero
  c.out_scale = 1e-30f;
  c.in_scale = 1e-30f;
  CHECK(clamp(tflite::Activation::RELU6) == std::pair<int, int>(-10, 127));
}

TEST_CASE("a fully connected layer with one weight scale multiplies scales in float32, with several in double") {
  const float in_scale = 0.1f, weight_scale = 0.3f, out_scale = 0.7f;
  const auto layer = [&](bool per_channel) {
    test::TfliteBuilder model;
    const int x = model.input(model.activation({1, 3}, in_scale, 0)), y = model.output(model.activation({1, 2}, out_scale, 0));
    const test::Quantized quantized =
        per_channel ? test::Quantized{{weight_scale, weight_scale}, {0, 0}} : test::Quantized{{weight_scale}, {0}};
    model.op(Type::FULLY_CONNECTED, {x, model.tensor({2, 3}, tflite::TensorType::INT8, quantized, Bytes(6, 1)), -1}, {y},
             tflite::FullyConnectedOptionsT{});
    return std::get<FullyConnected>(import_tflite(model.bytes(), "layer").operators.at(0).attributes).requant;
  };
  // 0.1f * 0.3f = 13421773 * 10066330 * 2^-52, and its nearest float32 is not that product.
  const double exact = static_cast<double>(in_scale) * static_cast<double>(weight_scale);
  const double rounded = static_cast<double>(static_cast<float>(exact));
  REQUIRE(exact != rounded);
  const auto multiplier = [&](double product) {
    return static_cast<std::int32_t>(std::llround(product / static_cast<double>(out_scale) * 16 * 2147483648.0));
  };
  REQUIRE(multiplier(exact) != multiplier(rounded));
  CHECK(layer(false).at(1).multiplier == multiplier(rounded));
  CHECK(layer(true).at(1).multiplier == multiplier(exact));
  CHECK(layer(true)[0].shift == -4);
}

TEST_CASE("SOFTMAX: the multiplier of its input and where it cuts off") {
  const auto softmax = [](float scale) {
    test::TfliteBuilder model;
    const int x = model.input(model.activation({1, 3}, scale, 0)), y = model.output(model.activation({1, 3}, 1.0f / 256, -128));
    tflite::SoftmaxOptionsT options;
    options.beta = 1;
    model.op(Type::SOFTMAX, {x}, {y}, options);
    return std::get<Softmax>(import_tflite(model.bytes(), "softmax").operators.at(0).attributes);
  };
  const Softmax usual = softmax(0.25f);  // 2^24 = 2^30 * 2^25 / 2^31
  CHECK(usual.input_multiplier == 1 << 30);
  CHECK(usual.input_left_shift == 25);
  CHECK(usual.diff_min == -62);           // 31 * 2^26 / 2^25
  const Softmax huge = softmax(1000.0f);  // limited to 2^31 - 1
  CHECK(huge.input_left_shift == 31);
  CHECK(huge.input_multiplier == 2147483647);
  CHECK(huge.diff_min == 0);
}
