// SPDX-License-Identifier: Apache-2.0
// What the importer refuses, and in which words: one sound model, broken in one place at a time.
#include <functional>

#include "catch.hpp"
#include "tflite_builder.hpp"
#include "twill/error.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;
using Type = tflite::BuiltinOperator;

/// A convolution (operator 0), an ADD of its output to itself (1), a SPLIT of the sum (2), a MEAN of the first half (3).
struct Model : test::TfliteBuilder {
  int x, w, b, y, sum, left, right, mean, paddings = -1;

  Model() {
    x = input(activation({1, 4, 4, 2}, 0.5f, 0));
    w = tensor({4, 3, 3, 2}, tflite::TensorType::INT8, {{0.1f, 0.2f, 0.3f, 0.4f}, {0, 0, 0, 0}}, Bytes(72, 1));
    b = ints({1, 2, 3, 4});
    y = activation({1, 4, 4, 4}, 0.5f, 1);
    sum = activation({1, 4, 4, 4}, 0.7f, 2);
    left = activation({1, 4, 4, 2}, 0.7f, 2);
    right = output(activation({1, 4, 4, 2}, 0.7f, 2));
    mean = output(activation({1, 2}, 0.7f, 2));
    tflite::Conv2DOptionsT conv;
    conv.stride_h = conv.stride_w = 1;
    op(Type::CONV_2D, {x, w, b}, {y}, conv);
    op(Type::ADD, {y, y}, {sum}, tflite::AddOptionsT{});
    op(Type::SPLIT, {ints({3}, {}), sum}, {left, right});
    op(Type::MEAN, {left, ints({1, 2})}, {mean});
  }

  tflite::TensorT& at(int index) { return *graph().tensors[static_cast<std::size_t>(index)]; }
  tflite::OperatorT& nth(int index) { return *graph().operators[static_cast<std::size_t>(index)]; }
  tflite::Conv2DOptionsT& conv() { return *nth(0).builtin_options.AsConv2DOptions(); }
};

std::string refusal(const std::function<void(Model&)>& change) {
  Model model;
  change(model);
  try {
    import_tflite(model.bytes(), "m.tflite");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

/// One more operator on the convolution's output, whose result has the given shape and quantization.
std::string refusal_of(Type type, std::vector<int> shape, float scale, int zero,
                       const std::function<std::vector<int>(Model&)>& more_inputs = {}) {
  return refusal([&](Model& m) {
    const int out = m.activation(std::move(shape), scale, zero);
    std::vector<int> inputs{m.y};
    if (more_inputs)
      for (int input : more_inputs(m)) inputs.push_back(input);
    m.op(type, inputs, {out});
  });
}

}  // namespace

TEST_CASE("the model that the others break is accepted") {
  CHECK(refusal([](Model&) {}) == "accepted");
  CHECK(refusal([](Model& m) { m.at(m.w).quantization->zero_point.clear(); }) == "accepted");
  CHECK(refusal([](Model& m) { m.nth(0).inputs.pop_back(); }) == "accepted");  // the bias
}

TEST_CASE("no flatbuffer, or no TFLite one") {
  const auto refuse = [](const Bytes& bytes) {
    try {
      import_tflite(bytes, "m.tflite");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refuse({}) == "m.tflite: this is not a TFLite model (bytes 4 to 7 of one are 'TFL3').");
  CHECK(refuse(Bytes(100, 0)) == "m.tflite: this is not a TFLite model (bytes 4 to 7 of one are 'TFL3').");
  CHECK(refuse({255, 255, 255, 255, 'T', 'F', 'L', '3'}) ==
        "m.tflite: the flatbuffer is damaged: its root offset 4294967295 lies outside the file.");
  CHECK(refuse({0, 0, 0, 0, 'T', 'F', 'L', '3'}).find("m.tflite: the flatbuffer is damaged: the root table at byte 0 of 8 is malformed") ==
        0);
  CHECK_THROWS_WITH(import_tflite("/nonexistent.tflite"), "/nonexistent.tflite: there is no such file.");

  // The vtable offset of operator 2 leads out of the file.
  Bytes bytes = Model().bytes();
  const auto* op = tflite::GetModel(bytes.data())->subgraphs()->Get(0)->operators()->Get(2);
  const auto offset = reinterpret_cast<const std::uint8_t*>(op) - bytes.data();
  bytes[static_cast<std::size_t>(offset) + 3] = 0x70;
  CHECK(refuse(bytes) == "m.tflite: the flatbuffer is damaged: operator 2 at byte " + std::to_string(offset) + " of " +
                             std::to_string(bytes.size()) + " is malformed or points outside the file.");
}

TEST_CASE("models of another kind") {
  CHECK(refusal([](Model& m) { m.model().version = 2; }) == "m.tflite: the model has schema version 2; 3 is accepted.");
  CHECK(refusal([](Model& m) { m.model().subgraphs.push_back(std::make_unique<tflite::SubGraphT>()); }) ==
        "m.tflite: the model has 2 subgraphs; one is accepted.");
  CHECK(refusal([](Model& m) { m.model().subgraphs.clear(); }) == "m.tflite: the model has 0 subgraphs; one is accepted.");
  CHECK(refusal([](Model& m) { m.graph().outputs.clear(); }) == "m.tflite: the model has no outputs; one or more are accepted.");
  CHECK(refusal([](Model& m) { m.graph().outputs.push_back(99); }) ==
        "m.tflite: the model has an output that is tensor 99; 0 to 10 (exclusive) is accepted.");
  CHECK(refusal([](Model& m) { m.graph().inputs.push_back(-1); }) ==
        "m.tflite: the model has an input that is tensor -1; 0 to 10 (exclusive) is accepted.");
  CHECK(refusal([](Model& m) { m.output(m.activation({1}, 1, 0)); }) ==
        "m.tflite: the model has tensor 10 as an output, which no operator makes; results of operators are accepted.");
  CHECK(refusal([](Model& m) { m.output(m.x); }) ==
        "m.tflite: the model has tensor 0 as an output, which no operator makes; results of operators are accepted.");
  CHECK(refusal([](Model& m) { m.output(m.w); }) ==
        "m.tflite: the model has tensor 1 as an output, which no operator makes; results of operators are accepted.");
}

TEST_CASE("tensors of another kind") {
  const auto begins = [](const std::string& text, const std::string& start) {
    INFO(text);
    return text.compare(0, start.size(), start) == 0;
  };
  CHECK(refusal([](Model& m) { m.at(m.x).type = tflite::TensorType::INT16; }) ==
        "m.tflite: tensor 0 ('t0') has type INT16; INT8, UINT8, INT32 and FLOAT32 are accepted.");
  CHECK(begins(refusal([](Model& m) { m.at(m.x).type = static_cast<tflite::TensorType>(99); }), "m.tflite: tensor 0 ('t0') has type 99;"));
  CHECK(refusal([](Model& m) {
          m.at(m.x).shape = {1, 4, -1, 2};
        }) == "m.tflite: tensor 0 ('t0') has the extent -1 in its shape; fixed extents of 1 or more are accepted.");
  CHECK(begins(refusal([](Model& m) {
                 m.at(m.x).shape = {65536, 65536, 65536, 65536};
               }),
               "m.tflite: tensor 0 ('t0') has 2^31 bytes or more"));
  CHECK(begins(refusal([](Model& m) { m.at(m.x).shape.assign(9, 1); }), "m.tflite: tensor 0 ('t0') has 9 axes"));
  CHECK(begins(refusal([](Model& m) { m.at(m.x).is_variable = true; }), "m.tflite: tensor 0 ('t0') is a variable"));
  CHECK(begins(refusal([](Model& m) { m.at(m.w).sparsity = std::make_unique<tflite::UnreadT>(); }), "m.tflite: tensor 1 ('t1') is sparse"));
  CHECK(begins(refusal([](Model& m) { m.at(m.w).external_buffer = 1; }), "m.tflite: tensor 1 ('t1') has its data in another file"));
  CHECK(begins(refusal([](Model& m) { m.model().buffers[1]->offset = 4096; }),
               "m.tflite: tensor 1 ('t1') has its data behind the flatbuffer"));
  CHECK(begins(refusal([](Model& m) { m.at(m.w).buffer = 77; }), "m.tflite: tensor 1 ('t1') names buffer 77; the file has 5"));
  CHECK(refusal([](Model& m) { m.model().buffers[1]->data.pop_back(); }) ==
        "m.tflite: tensor 1 ('t1') has 71 bytes of data in buffer 1; 72 are what its shape and type ask for.");
  CHECK(begins(refusal([](Model& m) { m.at(m.w).quantization->zero_point.pop_back(); }),
               "m.tflite: tensor 1 ('t1') has 4 scales and 3 zero points"));
  CHECK(begins(refusal([](Model& m) {
                 m.at(m.w).quantization->scale = {1, 1, 1, 1, 1}, m.at(m.w).quantization->zero_point.assign(5, 0);
               }),
               "m.tflite: tensor 1 ('t1') has 5 scales, which is none of its extents"));
  CHECK(begins(refusal([](Model& m) { m.at(m.w).quantization->quantized_dimension = 1; }),
               "m.tflite: tensor 1 ('t1') has 4 scales for its axis 1"));
  CHECK(
      begins(refusal([](Model& m) { m.at(m.w).quantization->details_kind = 2; }), "m.tflite: tensor 1 ('t1') has a custom or block-wise"));
  for (float bad : {-1.0f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    CHECK(begins(refusal([&](Model& m) { m.at(m.x).quantization->scale[0] = bad; }),
                 "m.tflite: tensor 0 ('t0') has a scale that is negative or no number"));
  CHECK(begins(refusal([](Model& m) { m.at(m.x).quantization->zero_point[0] = 128; }),
               "m.tflite: tensor 0 ('t0') has the zero point 128; -128 to 127"));
}

TEST_CASE("operators that do not hang together") {
  CHECK(refusal([](Model& m) { m.nth(1).opcode_index = 9; }) ==
        "m.tflite: the model has operator 1 with operator code 9; the file has 4 codes.");
  CHECK(refusal([](Model& m) { m.nth(1).inputs[0] = 50; }) ==
        "m.tflite: the model has operator 1 (ADD) with an input that is tensor 50; 0 to 10 (exclusive) is accepted.");
  CHECK(refusal([](Model& m) { m.nth(1).outputs[0] = -1; }) ==
        "m.tflite: the model has operator 1 (ADD) with an output that is tensor -1; 0 to 10 (exclusive) is accepted.");
  CHECK(refusal([](Model& m) { m.nth(1).inputs[0] = m.sum; }) ==
        "m.tflite: operator 1 (ADD) reads tensor 4, which has no value yet; constants, inputs and outputs of earlier operators are "
        "accepted.");
  CHECK(refusal([](Model& m) { std::swap(m.graph().operators[0], m.graph().operators[1]); }) ==
        "m.tflite: operator 0 (ADD) reads tensor 3, which has no value yet; constants, inputs and outputs of earlier operators are "
        "accepted.");
  CHECK(refusal([](Model& m) { m.nth(2).outputs[1] = m.left; }) ==
        "m.tflite: operator 2 (SPLIT): an output is tensor 5, which already has a value; each tensor may be a constant, an input or one "
        "operator's "
        "output.");
  CHECK(refusal([](Model& m) { m.input(m.w); }) ==
        "m.tflite: an input is tensor 1, which already has a value; each tensor may be a constant, an input or one operator's output.");
  CHECK(refusal([](Model& m) { m.nth(1).inputs.pop_back(); }) == "m.tflite: operator 1 (ADD) has 1 inputs; 2 are accepted.");
  CHECK(refusal([](Model& m) { m.nth(1).inputs[1] = -1; }) == "m.tflite: operator 1 (ADD) lacks its input 1; it is needed.");
  CHECK(refusal([](Model& m) { m.nth(3).outputs.clear(); }) == "m.tflite: operator 3 (MEAN) has 0 outputs; 1 are accepted.");
  CHECK(refusal([](Model& m) { m.nth(1).builtin_options.Reset(); }) ==
        "m.tflite: operator 1 (ADD) has no AddOptions; its options are needed.");
  CHECK(refusal([](Model& m) { m.nth(1).builtin_options.Set(tflite::MulOptionsT{}); }) ==
        "m.tflite: operator 1 (ADD) has no AddOptions; its options are needed.");
}

TEST_CASE("operator types that are not supported are named") {
  CHECK(refusal_of(Type::DIV, {1, 4, 4, 4}, 0.5f, 1).find("m.tflite: operator 4 (DIV) is not supported; accepted are ADD, ") == 0);
  CHECK(refusal_of(static_cast<Type>(205), {1, 4, 4, 4}, 0.5f, 1).find("m.tflite: operator 4 (operator type 205) is not supported;") == 0);
  const std::string custom = refusal([](Model& m) {
    m.op(Type::CUSTOM, {m.y}, {m.activation({1}, 1, 0)});
    m.model().operator_codes.back()->custom_code = "Detect";
  });
  CHECK(custom.find("m.tflite: operator 4 (CUSTOM Detect) is not supported;") == 0);
}

TEST_CASE("convolutions that do not fit their tensors") {
  CHECK(refusal([](Model& m) { m.conv().stride_w = 0; }) ==
        "m.tflite: operator 0 (CONV_2D) has the stride 0 along the width; 1 to 65536 is accepted.");
  CHECK(refusal([](Model& m) { m.conv().stride_h = -2147483647; }) ==
        "m.tflite: operator 0 (CONV_2D) has the stride -2147483647 along the height; 1 to 65536 is accepted.");
  CHECK(refusal([](Model& m) { m.conv().dilation_h_factor = 0; }) ==
        "m.tflite: operator 0 (CONV_2D) has the dilation 0 along the height; 1 to 65536 is accepted.");
  CHECK(refusal([](Model& m) { m.conv().padding = tflite::Padding::VALID; }) ==
        "m.tflite: operator 0 (CONV_2D) has an output of 4 along the height; 2 is what its window, stride and padding ask for.");
  CHECK(refusal([](Model& m) { m.conv().padding = static_cast<tflite::Padding>(7); }) ==
        "m.tflite: operator 0 (CONV_2D) has padding scheme 7; SAME and VALID are accepted.");
  CHECK(refusal([](Model& m) { m.conv().fused_activation_function = tflite::Activation::TANH; }) ==
        "m.tflite: operator 0 (CONV_2D) has the fused activation TANH; NONE, RELU, RELU6 and RELU_N1_TO_1 are accepted.");
  CHECK(refusal([](Model& m) { m.at(m.w).quantization->zero_point[2] = 5; }) ==
        "m.tflite: operator 0 (CONV_2D) has weights with a zero point other than 0; symmetric weights are accepted.");
  CHECK(refusal([](Model& m) { m.at(m.w).buffer = 0, m.input(m.w); }) ==
        "m.tflite: operator 0 (CONV_2D) computes its weights at run time; a constant is accepted.");
  CHECK(refusal([](Model& m) {
          m.at(m.w).shape = {4, 18, 1, 1}, m.conv().padding = tflite::Padding::VALID;
        }).find("m.tflite: operator 0 (CONV_2D)") == 0);
  CHECK(refusal([](Model& m) {
          m.at(m.w).shape = {4, 1, 6, 3};
        }) == "m.tflite: operator 0 (CONV_2D) has weights of shape 4x1x6x3 for 2 input channels; groups of equal size are accepted.");
  CHECK(refusal([](Model& m) {
          m.at(m.w).shape = {4, 18};
        }) == "m.tflite: operator 0 (CONV_2D) has weights of shape 4x18; 4 axes are accepted.");
  CHECK(refusal([](Model& m) {
          m.nth(0).inputs[2] = m.ints({1, 2, 3});
        }) == "m.tflite: operator 0 (CONV_2D) has a bias of shape 3; 4 elements are accepted.");
  CHECK(refusal([](Model& m) { m.nth(0).inputs[2] = m.w; }) ==
        "m.tflite: operator 0 (CONV_2D) has a bias of type int8; int32 is accepted.");
  CHECK(refusal([](Model& m) { m.at(m.x).quantization.reset(); }) ==
        "m.tflite: operator 0 (CONV_2D) has an input 0 with 0 scales; one for the whole tensor is accepted.");
  CHECK(refusal([](Model& m) { m.at(m.y).quantization->scale[0] = 0; }) ==
        "m.tflite: operator 0 (CONV_2D) has an output 0 with a scale of 0; a positive scale is accepted.");
  CHECK(refusal([](Model& m) { m.at(m.y).quantization->scale[0] = 1e-30f; }).find("m.tflite: operator 0 (CONV_2D) rescales by ") == 0);
  CHECK(refusal([](Model& m) {
          m.at(m.x).shape = {1, 32};
        }) == "m.tflite: operator 0 (CONV_2D) has an input 0 of shape 1x32; 4 axes are accepted.");
  CHECK(refusal([](Model& m) { m.at(m.x).type = tflite::TensorType::FLOAT32; }) ==
        "m.tflite: operator 0 (CONV_2D) has an input 0 of type float32; int8 is accepted.");
}

TEST_CASE("other operators that do not fit their tensors") {
  CHECK(refusal([](Model& m) {
          m.at(m.sum).shape = {1, 4, 4, 3};
        }) ==
        "m.tflite: operator 1 (ADD) combines shapes 1x4x4x4 and 1x4x4x4 to 1x4x4x3; this broadcast is not supported (an operand must have "
        "the output's shape or its trailing axes).");
  CHECK(refusal([](Model& m) { m.at(m.sum).quantization->scale[0] = 1e-7f; }).find("m.tflite: operator 1 (ADD) rescales by ") == 0);
  CHECK(refusal([](Model& m) { m.nth(2).inputs[0] = m.ints({4}, {}); }) ==
        "m.tflite: operator 2 (SPLIT) names axis 4 of a tensor of shape 1x4x4x4; -rank to rank - 1 is accepted.");
  CHECK(refusal([](Model& m) { m.nth(2).inputs[0] = m.input(m.tensor({}, tflite::TensorType::INT32)); }) ==
        "m.tflite: operator 2 (SPLIT) computes its axis at run time; a constant is accepted.");
  CHECK(refusal([](Model& m) { m.at(m.left).quantization->scale[0] = 0.8f; }) ==
        "m.tflite: operator 2 (SPLIT) moves values between tensors with different scales or zero points; equal ones are accepted.");
  CHECK(refusal([](Model& m) {
          m.nth(2).outputs.push_back(m.activation({1, 4, 4, 2}, 0.7f, 2));
        }) == "m.tflite: operator 2 (SPLIT) splits 4 into 3 parts; equal parts are accepted.");
  CHECK(refusal([](Model& m) {
          m.at(m.mean).shape = {2, 2};
        }) == "m.tflite: operator 3 (MEAN) has an output of shape 2x2; 1x2 is accepted.");
  CHECK(refusal_of(Type::RESHAPE, {1, 63}, 0.5f, 1) ==
        "m.tflite: operator 4 (RESHAPE) turns shape 1x4x4x4 into 1x63; as many elements are accepted.");
  CHECK(refusal_of(Type::TRANSPOSE, {1, 4, 4, 4}, 0.5f, 1, [](Model& m) {
          return std::vector<int>{m.ints({0, 1, 1, 3})};
        }) == "m.tflite: operator 4 (TRANSPOSE) has a permutation that is none of the input's axes; each axis once is accepted.");
  CHECK(refusal_of(Type::PAD, {1, 4, 4, 4}, 0.5f, 1, [](Model& m) {
          return std::vector<int>{m.ints({0, 0, -1, 1, 0, 0, 0, 0})};
        }) == "m.tflite: operator 4 (PAD) has a negative padding; 0 or more is accepted.");
  CHECK(refusal_of(Type::PAD, {1, 4, 4, 4}, 0.5f, 1, [](Model& m) {
          return std::vector<int>{m.ints({0, 0, 2147483647, 2147483647, 0, 0, 0, 0})};
        }) == "m.tflite: operator 4 (PAD) has an output of shape 1x4x4x4; the input's extents with their paddings are accepted.");
  CHECK(refusal_of(Type::LOGISTIC, {1, 4, 4, 4}, 0.5f, 1) ==
        "m.tflite: operator 4 (LOGISTIC) has an output that is not scaled by 1/256 from -128; that is accepted.");
  CHECK(refusal_of(Type::HARD_SWISH, {1, 4, 4, 4}, 0.001f, 1).find("m.tflite: operator 4 (HARD_SWISH) rescales from ") == 0);
  CHECK(refusal_of(Type::RELU6, {1, 4, 4, 4}, 0.25f, 1) ==
        "m.tflite: operator 4 (RELU6) moves values between tensors with different scales or zero points; equal ones are accepted.");
  CHECK(refusal_of(Type::DEQUANTIZE, {1, 4, 4, 4}, 0.5f, 1) ==
        "m.tflite: operator 4 (DEQUANTIZE) has an output 0 of type int8; float32 is accepted.");
  CHECK(refusal([](Model& m) { m.op(Type::QUANTIZE, {m.y}, {m.ints({1})}); }) ==
        "m.tflite: operator 4 (QUANTIZE) converts int8 to int32; float32 to int8, int8 to int8, int8 to uint8 and uint8 to int8 are "
        "accepted.");
  CHECK(refusal([](Model& m) {
          tflite::ConcatenationOptionsT options;
          options.axis = 1;
          m.op(Type::CONCATENATION, {m.y, m.y}, {m.activation({1, 7, 4, 4}, 0.5f, 1)}, options);
        }) == "m.tflite: operator 4 (CONCATENATION) has 7 along axis 1 of its output; 8 is the sum of its inputs.");
  CHECK(refusal([](Model& m) {
          tflite::Pool2DOptionsT options;
          options.stride_h = options.stride_w = 1;
          m.op(Type::MAX_POOL_2D, {m.y}, {m.activation({1, 4, 4, 4}, 0.5f, 1)}, options);
        }) == "m.tflite: operator 4 (MAX_POOL_2D) has the filter extent 0 along the height; 1 to 65536 is accepted.");
  CHECK(
      refusal([](Model& m) {
        m.op(Type::RESIZE_NEAREST_NEIGHBOR, {m.y, m.ints({8, 9})}, {m.activation({1, 8, 8, 4}, 0.5f, 1)},
             tflite::ResizeNearestNeighborOptionsT{});
      }) ==
      "m.tflite: operator 4 (RESIZE_NEAREST_NEIGHBOR) turns shape 1x4x4x4 into 1x8x8x4; its size input gives height and width, images and "
      "channels stay.");
  CHECK(refusal([](Model& m) {
          tflite::SoftmaxOptionsT options;
          options.beta = std::numeric_limits<float>::quiet_NaN();
          m.op(Type::SOFTMAX, {m.y}, {m.activation({1, 4, 4, 4}, 1.0f / 256, -128)}, options);
        }).find("m.tflite: operator 4 (SOFTMAX) has the factor beta * scale") == 0);
}
