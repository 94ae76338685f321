// SPDX-License-Identifier: Apache-2.0
// Identities between operators (a grouped convolution is a dense one with zeros, and so on) and small cases worked by hand.
// What the published networks contain is checked bit for bit in networks_test.cpp.
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "random_network.hpp"
#include "tflite_builder.hpp"
#include "transcription.hpp"
#include "twill/golden/host_operators.hpp"
#include "twill/golden/run.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;
using Type = tflite::BuiltinOperator;

Bytes random_bytes(std::mt19937_64& random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 32);
  return bytes;
}

Bytes signed_bytes(const std::vector<int>& values) { return Bytes(values.begin(), values.end()); }

/// Runs a model of one input and one output.
Bytes run(const test::TfliteBuilder& model, const Bytes& input) {
  const Graph graph = import_tflite(model.bytes(), "test");
  return golden::run(graph, {input})[static_cast<std::size_t>(graph.outputs[0])];
}

struct Image {
  int h, w, c;
  std::size_t elements() const { return static_cast<std::size_t>(h * w * c); }
};

constexpr float in_scale = 0.04f, weight_scale = 0.01f, out_scale = 0.11f;
constexpr int in_zero = -7, out_zero = 5;

/// A model of one convolution (weights OHWI), or a depthwise one (1HWO), with optional zero-point padding before it.
Bytes convolve(Type type, Image in, const std::vector<int>& weight_shape, const Bytes& weights, Image out, const Bytes& input, int stride,
               int dilation, tflite::Padding padding, std::vector<int> pads = {}) {
  test::TfliteBuilder model;
  int x = model.input(model.activation({1, in.h, in.w, in.c}, in_scale, in_zero));
  if (!pads.empty()) {
    const int padded = model.activation({1, in.h + pads[0] + pads[1], in.w + pads[2] + pads[3], in.c}, in_scale, in_zero);
    model.op(Type::PAD, {x, model.ints({0, 0, pads[0], pads[1], pads[2], pads[3], 0, 0}, {4, 2})}, {padded});
    x = padded;
  }
  std::vector<std::int32_t> biases;
  for (int c = 0; c < out.c; ++c) biases.push_back(1000 * c - 3000);
  const int w = model.tensor(weight_shape, tflite::TensorType::INT8, {{weight_scale}, {0}}, weights);
  const int y = model.output(model.activation({1, out.h, out.w, out.c}, out_scale, out_zero));
  if (type == Type::CONV_2D) {
    tflite::Conv2DOptionsT options;
    options.padding = padding;
    options.stride_h = options.stride_w = stride;
    options.dilation_h_factor = options.dilation_w_factor = dilation;
    model.op(type, {x, w, model.ints(biases)}, {y}, options);
  } else {
    tflite::DepthwiseConv2DOptionsT options;
    options.padding = padding;
    options.stride_h = options.stride_w = stride;
    options.dilation_h_factor = options.dilation_w_factor = dilation;
    model.op(type, {x, w, model.ints(biases)}, {y}, options);
  }
  return run(model, input);
}

constexpr auto same = tflite::Padding::SAME, valid = tflite::Padding::VALID;

}  // namespace

TEST_CASE("a grouped convolution is a dense one with zeros") {
  std::mt19937_64 random(test::seed_or(1));
  const Image in{7, 6, 6}, out{7, 6, 9};
  const int groups = 3, depth = 2, per_group = 3;
  const Bytes x = random_bytes(random, in.elements()), grouped = random_bytes(random, 9 * 3 * 3 * 2);
  Bytes dense(9 * 3 * 3 * 6, 0);
  for (int o = 0; o < 9; ++o)
    for (int tap = 0; tap < 9; ++tap)
      for (int c = 0; c < depth; ++c)
        dense[static_cast<std::size_t>((o * 9 + tap) * 6 + o / per_group * depth + c)] =
            grouped[static_cast<std::size_t>((o * 9 + tap) * depth + c)];
  REQUIRE(groups * depth == in.c);
  CHECK(convolve(Type::CONV_2D, in, {9, 3, 3, 2}, grouped, out, x, 1, 1, same) ==
        convolve(Type::CONV_2D, in, {9, 3, 3, 6}, dense, out, x, 1, 1, same));
}

TEST_CASE("a depthwise convolution is one with a group for each input channel") {
  std::mt19937_64 random(test::seed_or(2));
  for (int multiplier : {1, 2, 3}) {
    const Image in{9, 8, 5}, out{5, 4, 5 * multiplier};
    const Bytes x = random_bytes(random, in.elements()), depthwise = random_bytes(random, static_cast<std::size_t>(15 * out.c));
    Bytes grouped(depthwise.size());
    for (int tap = 0; tap < 15; ++tap)
      for (int o = 0; o < out.c; ++o)
        grouped[static_cast<std::size_t>(o * 15 + tap)] = depthwise[static_cast<std::size_t>(tap * out.c + o)];
    CHECK(convolve(Type::DEPTHWISE_CONV_2D, in, {1, 5, 3, out.c}, depthwise, out, x, 2, 1, same) ==
          convolve(Type::CONV_2D, in, {out.c, 5, 3, 1}, grouped, out, x, 2, 1, same));
  }
}

TEST_CASE("SAME padding is zero points around a VALID convolution, the odd one after") {
  std::mt19937_64 random(test::seed_or(3));
  const Bytes weights = random_bytes(random, 4 * 3 * 2 * 3);
  // Height 8, stride 2, filter 3: 4 outputs see 9 rows, one after. Width 7, filter 2: 4 outputs see 8 columns, one after.
  const Image in{8, 7, 3}, out{4, 4, 4};
  const Bytes x = random_bytes(random, in.elements());
  CHECK(convolve(Type::CONV_2D, in, {4, 3, 2, 3}, weights, out, x, 2, 1, same) ==
        convolve(Type::CONV_2D, in, {4, 3, 2, 3}, weights, out, x, 2, 1, valid, {0, 1, 0, 1}));
}

TEST_CASE("a dilated convolution is one with zeros in its kernel") {
  std::mt19937_64 random(test::seed_or(4));
  const Image in{11, 10, 2}, out{7, 6, 3};
  const Bytes x = random_bytes(random, in.elements()), weights = random_bytes(random, 3 * 3 * 3 * 2);
  Bytes stuffed(3 * 5 * 5 * 2, 0);
  for (int o = 0; o < 3; ++o)
    for (int y = 0; y < 3; ++y)
      for (int k = 0; k < 3; ++k)
        for (int c = 0; c < 2; ++c)
          stuffed[static_cast<std::size_t>(((o * 5 + 2 * y) * 5 + 2 * k) * 2 + c)] =
              weights[static_cast<std::size_t>(((o * 3 + y) * 3 + k) * 2 + c)];
  CHECK(convolve(Type::CONV_2D, in, {3, 3, 3, 2}, weights, out, x, 1, 2, valid) ==
        convolve(Type::CONV_2D, in, {3, 5, 5, 2}, stuffed, out, x, 1, 1, valid));
}

TEST_CASE("a stride skips outputs") {
  std::mt19937_64 random(test::seed_or(5));
  const Image in{10, 9, 3}, dense{8, 7, 4}, sparse{3, 3, 4};
  const Bytes x = random_bytes(random, in.elements()), weights = random_bytes(random, 4 * 9 * 3);
  const Bytes all = convolve(Type::CONV_2D, in, {4, 3, 3, 3}, weights, dense, x, 1, 1, valid);
  const Bytes third = convolve(Type::CONV_2D, in, {4, 3, 3, 3}, weights, sparse, x, 3, 1, valid);
  for (int y = 0; y < 3; ++y)
    for (int k = 0; k < 3; ++k)
      for (int c = 0; c < 4; ++c)
        CHECK(third[static_cast<std::size_t>((y * 3 + k) * 4 + c)] == all[static_cast<std::size_t>((3 * y * 7 + 3 * k) * 4 + c)]);
}

TEST_CASE("a fully connected layer is a 1x1 convolution where both form the same multiplier") {
  std::mt19937_64 random(test::seed_or(6));
  const Bytes x = random_bytes(random, 24), weights = random_bytes(random, 5 * 24);
  const float power = 1.0f / 64;  // products of powers of two are exact in float32 as in double
  const auto model = [&](bool convolution) {
    test::TfliteBuilder m;
    const int in = m.input(m.activation(convolution ? std::vector<int>{1, 1, 1, 24} : std::vector<int>{1, 24}, power, 3));
    const int w =
        m.tensor(convolution ? std::vector<int>{5, 1, 1, 24} : std::vector<int>{5, 24}, tflite::TensorType::INT8, {{power}, {0}}, weights);
    const int out = m.output(m.activation(convolution ? std::vector<int>{1, 1, 1, 5} : std::vector<int>{1, 5}, 0.1f, -3));
    if (convolution) {
      tflite::Conv2DOptionsT options;
      options.stride_h = options.stride_w = 1;
      m.op(Type::CONV_2D, {in, w}, {out}, options);
    } else {
      m.op(Type::FULLY_CONNECTED, {in, w}, {out}, tflite::FullyConnectedOptionsT{});
    }
    return run(m, x);
  };
  CHECK(model(true) == model(false));
}

TEST_CASE("average pooling counts what is inside and rounds halves away from zero") {
  test::TfliteBuilder model;
  const int x = model.input(model.activation({1, 2, 2, 2}, 0.1f, 0)), y = model.output(model.activation({1, 2, 2, 2}, 0.1f, 0));
  tflite::Pool2DOptionsT options;
  options.padding = same;
  options.stride_h = options.stride_w = 1;
  options.filter_height = options.filter_width = 2;
  model.op(Type::AVERAGE_POOL_2D, {x}, {y}, options);
  // Channel 0: 1 2 / 3 5, channel 1 its negative. Means 2.75, 3.5 (column), 4 (row), 5.
  CHECK(run(model, signed_bytes({1, -1, 2, -2, 3, -3, 5, -5})) == signed_bytes({3, -3, 4, -4, 4, -4, 5, -5}));
}

TEST_CASE("max pooling ignores the padding and obeys its clamp") {
  test::TfliteBuilder model;
  const int x = model.input(model.activation({1, 3, 1, 1}, 1.0f, 10)), y = model.output(model.activation({1, 3, 1, 1}, 1.0f, 10));
  tflite::Pool2DOptionsT options;
  options.padding = same;
  options.stride_h = options.stride_w = 1;
  options.filter_height = 3;
  options.filter_width = 1;
  options.fused_activation_function = tflite::Activation::RELU6;  // 10 to 16
  model.op(Type::MAX_POOL_2D, {x}, {y}, options);
  CHECK(run(model, signed_bytes({-120, -100, -90})) == signed_bytes({10, 10, 10}));
  CHECK(run(model, signed_bytes({12, 14, 90})) == signed_bytes({14, 16, 16}));
}

TEST_CASE("MEAN takes 1 / taps into its multiplier, with axes kept or not") {
  std::mt19937_64 random(test::seed_or(7));
  const Bytes x = random_bytes(random, 3 * 5 * 7);
  for (bool keep : {false, true}) {
    test::TfliteBuilder model;
    const int in = model.input(model.activation({1, 3, 5, 7}, 0.625f, 11));
    const int out = model.output(model.activation(keep ? std::vector<int>{1, 1, 1, 7} : std::vector<int>{1, 7}, 0.25f, -4));
    model.op(Type::MEAN, {in, model.ints({2, -3})}, {out});
    const Bytes got = run(model, x);
    // 2.5 is 1342177280 * 2^2 / 2^31. Of 15 taps log2 is 3: floor(1342177280 * 2^3 / 15) = 715827882, shift 2 - 3.
    for (std::size_t c = 0; c < 7; ++c) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < 15; ++i) sum += static_cast<std::int8_t>(x[i * 7 + c]) - 11;
      CHECK(int{static_cast<std::int8_t>(got[c])} == std::clamp(transcription::multiply(sum, 715827882, -1) - 4, -128, 127));
    }
  }
}

TEST_CASE("nearest-neighbour resizing by each of its three rules") {
  const auto resize = [](const std::vector<int>& values, int to, bool align, bool half) {
    test::TfliteBuilder model;
    const int n = static_cast<int>(values.size());
    const int x = model.input(model.activation({1, 1, n, 1}, 1.0f, 0)), y = model.output(model.activation({1, 1, to, 1}, 1.0f, 0));
    tflite::ResizeNearestNeighborOptionsT options;
    options.align_corners = align;
    options.half_pixel_centers = half;
    model.op(Type::RESIZE_NEAREST_NEIGHBOR, {x, model.ints({1, to})}, {y}, options);
    return run(model, signed_bytes(values));
  };
  CHECK(resize({1, 2, 3}, 6, false, false) == signed_bytes({1, 1, 2, 2, 3, 3}));
  CHECK(resize({1, 2, 3}, 6, false, true) == signed_bytes({1, 1, 2, 2, 3, 3}));
  CHECK(resize({1, 2, 3, 4, 5}, 3, false, false) == signed_bytes({1, 2, 4}));  // 0, 1.67, 3.33 downward
  CHECK(resize({1, 2, 3, 4, 5}, 3, false, true) == signed_bytes({1, 3, 5}));   // 0.83, 2.5, 4.17 downward
  CHECK(resize({1, 2, 3}, 5, true, false) == signed_bytes({1, 2, 2, 3, 3}));   // 0, 0.5, 1, 1.5, 2 to the nearest
}

TEST_CASE("moving operators undo each other") {
  std::mt19937_64 random(test::seed_or(8));
  const Bytes x = random_bytes(random, 4 * 6 * 9);
  test::TfliteBuilder model;
  const auto value = [&](std::vector<int> shape) { return model.activation(std::move(shape), 0.1f, 2); };
  const int in = model.input(value({1, 4, 6, 9}));
  std::vector<int> parts{value({1, 4, 6, 3}), value({1, 4, 6, 3}), value({1, 4, 6, 3})};
  model.op(Type::SPLIT, {model.ints({-1}, {}), in}, parts);
  const int joined = value({1, 4, 6, 9}), turned = value({1, 9, 4, 6}), flat = value({1, 216}), back = value({1, 9, 4, 6}),
            out = value({1, 4, 6, 9});
  tflite::ConcatenationOptionsT options;
  options.axis = 3;
  model.op(Type::CONCATENATION, parts, {joined}, options);
  model.op(Type::TRANSPOSE, {joined, model.ints({0, 3, 1, 2})}, {turned});
  model.op(Type::RESHAPE, {turned}, {flat});
  model.op(Type::RESHAPE, {flat}, {back});
  model.op(Type::TRANSPOSE, {back, model.ints({0, 2, 3, 1})}, {out});
  model.output(out);
  const Graph graph = import_tflite(model.bytes(), "moves");
  const golden::Values values = golden::run(graph, {x});
  CHECK(values[static_cast<std::size_t>(out)] == x);
  // And each does something: channel 4 is channel 1 of the middle part, and row 4 of the turned image.
  const auto at = [](const Bytes& bytes, int i) { return int{bytes[static_cast<std::size_t>(i)]}; };
  for (int pixel = 0; pixel < 24; ++pixel) {
    CHECK(at(values[static_cast<std::size_t>(parts[1])], pixel * 3 + 1) == at(x, pixel * 9 + 4));
    CHECK(at(values[static_cast<std::size_t>(turned)], 4 * 24 + pixel) == at(x, pixel * 9 + 4));
  }
}

TEST_CASE("PADV2 pads with its value, PAD with the zero point") {
  for (bool has_value : {false, true}) {
    test::TfliteBuilder model;
    const int x = model.input(model.activation({1, 1, 2, 1}, 0.1f, 7)), y = model.output(model.activation({1, 2, 4, 1}, 0.1f, 7));
    std::vector<int> inputs{x, model.ints({0, 0, 1, 0, 2, 0, 0, 0}, {4, 2})};
    if (has_value) inputs.push_back(model.tensor({1}, tflite::TensorType::INT8, {{0.1f}, {7}}, signed_bytes({-9})));
    model.op(has_value ? Type::PADV2 : Type::PAD, inputs, {y});
    const int v = has_value ? -9 : 7;
    CHECK(run(model, signed_bytes({1, 2})) == signed_bytes({v, v, v, v, v, v, 1, 2}));
  }
}

TEST_CASE("SOFTMAX is near the real one, drops what is far below the maximum, and has rows") {
  std::mt19937_64 random(test::seed_or(9));
  for (float scale : {0.01f, 0.1f, 0.5f, 3.0f, 40.0f}) {
    INFO("scale " << scale);
    test::TfliteBuilder model;
    const int x = model.input(model.activation({3, 9}, scale, 4)), y = model.output(model.activation({3, 9}, 1.0f / 256, -128));
    tflite::SoftmaxOptionsT options;
    options.beta = 1;
    model.op(Type::SOFTMAX, {x}, {y}, options);
    const Bytes in = random_bytes(random, 27), got = run(model, in);
    for (std::size_t row = 0; row < 3; ++row) {
      const auto value = [&](std::size_t i) { return int{static_cast<std::int8_t>(in[row * 9 + i])}; };
      int largest = -128;
      for (std::size_t i = 0; i < 9; ++i) largest = std::max(largest, value(i));
      const auto exp_at = [&](std::size_t i) { return std::exp(static_cast<double>(scale) * (value(i) - largest)); };
      double sum = 0;
      for (std::size_t i = 0; i < 9; ++i) sum += exp_at(i);
      for (std::size_t i = 0; i < 9; ++i) {
        const double wanted = std::min(256 * exp_at(i) / sum - 128, 127.0);
        CHECK(std::abs(static_cast<std::int8_t>(got[row * 9 + i]) - wanted) <= 0.51);
      }
    }
  }
}

TEST_CASE("quantizing on the host: halves, the ends of the range, and what is no number") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> in{0.0f, 0.25f, -0.25f, 0.24f, 1.0f, 1e30f, -1e30f, infinity, -infinity, std::nanf("")};
  const std::vector<std::int8_t> expected{10, 11, 9, 10, 12, 127, -128, 127, -128, 10};
  std::vector<std::int8_t> got(in.size());
  golden::quantize(in.data(), got.data(), in.size(), 0.5f, 10);
  CHECK(got == expected);

  std::vector<float> back(3);
  const std::vector<std::int8_t> q{-128, 10, 127};
  golden::dequantize(q.data(), back.data(), 3, 0.5f, 10);
  CHECK(back == std::vector<float>{-69.0f, 0.0f, 58.5f});
}

TEST_CASE("golden refuses inputs that do not fit") {
  test::TfliteBuilder model;
  const int x = model.input(model.activation({1, 3}, 1.0f, 0));
  model.op(Type::RESHAPE, {x}, {model.output(model.activation({3}, 1.0f, 0))});
  const Graph graph = import_tflite(model.bytes(), "small");
  CHECK_THROWS_WITH(golden::run(graph, {}), "small has 1 inputs, 0 were given.");
  CHECK_THROWS_WITH(golden::run(graph, {{1, 2}}), "Input 0 of small takes 3 bytes, 2 were given.");
}
