// SPDX-License-Identifier: Apache-2.0
// Flatbuffers that are sound and say what cannot be. One model, changed in one thing at a time.
#include <functional>
#include <limits>

#include "bad_files.hpp"
#include "tflite_builder.hpp"

namespace twill::test {
namespace {

using Type = tflite::BuiltinOperator;

constexpr int least = std::numeric_limits<int>::min(), most = std::numeric_limits<int>::max();

/// A convolution (operator 0), an ADD of its result to itself (1) and a MEAN (2).
struct Model : TfliteBuilder {
  int x, w, b, y, sum, mean;

  Model() {
    x = input(activation({1, 4, 4, 2}, 0.5f, 0));
    w = tensor({4, 3, 3, 2}, tflite::TensorType::INT8, {{0.1f, 0.2f, 0.3f, 0.4f}, {0, 0, 0, 0}}, std::vector<std::uint8_t>(72, 1));
    b = ints({1, 2, 3, 4});
    y = activation({1, 4, 4, 4}, 0.5f, 1);
    sum = activation({1, 4, 4, 4}, 0.7f, 2);
    mean = output(activation({1, 4}, 0.7f, 2));
    tflite::Conv2DOptionsT conv;
    conv.stride_h = conv.stride_w = 1;
    op(Type::CONV_2D, {x, w, b}, {y}, conv);
    op(Type::ADD, {y, y}, {sum}, tflite::AddOptionsT{});
    op(Type::MEAN, {sum, ints({1, 2})}, {mean});
  }

  tflite::TensorT& at(int index) { return *graph().tensors[static_cast<std::size_t>(index)]; }
  tflite::OperatorT& nth(int index) { return *graph().operators[static_cast<std::size_t>(index)]; }
  tflite::Conv2DOptionsT& conv() { return *nth(0).builtin_options.AsConv2DOptions(); }
  /// The MEAN's only axes.
  void axes(const std::vector<int>& values) { nth(2).inputs[1] = ints(values); }
  /// One more operator, on the convolution's result.
  template <class Options>
  void then(Type type, std::vector<int> shape, Options options, std::vector<int> more = {}, float scale = 0.5f, int zero = 1) {
    more.insert(more.begin(), y);
    op(type, more, {output(activation(std::move(shape), scale, zero))}, options);
  }
  void then(Type type, std::vector<int> shape, std::vector<int> more = {}, float scale = 0.5f, int zero = 1) {
    more.insert(more.begin(), y);
    op(type, more, {output(activation(std::move(shape), scale, zero))});
  }
};

BadFile model(const std::string& name, const std::function<void(Model&)>& change, const std::string& words) {
  Model model;
  change(model);
  return {name, model.bytes(), words};
}

tflite::Pool2DOptionsT window(int height, int width, int stride = 1) {
  tflite::Pool2DOptionsT options;
  options.filter_height = height;
  options.filter_width = width;
  options.stride_h = options.stride_w = stride;
  return options;
}

std::vector<BadFile> of_models() {
  return {
      model("a model of version 2", [](Model& m) { m.model().version = 2; }, "has schema version 2; 3 is accepted"),
      model("a model of version 2^32 - 1", [](Model& m) { m.model().version = ~0u; }, "has schema version 4294967295"),
      model("a model without graphs", [](Model& m) { m.model().subgraphs.clear(); }, "has 0 subgraphs; one is accepted"),
      model("a model of two graphs", [](Model& m) { m.model().subgraphs.push_back(std::make_unique<tflite::SubGraphT>()); }, "has 2 subgraphs"),
      model("a model without operator codes", [](Model& m) { m.model().operator_codes.clear(); }, "with operator code 0; the file has 0 codes"),
      model("a model without buffers", [](Model& m) { m.model().buffers.clear(); }, "tensor 1 ('t1') names buffer 1; the file has 0"),
      model("a model without outputs", [](Model& m) { m.graph().outputs.clear(); }, "has no outputs"),
      model("a model without operators", [](Model& m) { m.graph().operators.clear(); }, "as an output, which no operator makes"),
      model("a model without tensors", [](Model& m) { m.graph().tensors.clear(); }, "has an input that is tensor 0; 0 to 0 (exclusive) is accepted"),
      model("an input that is tensor -1", [](Model& m) { m.graph().inputs = {-1}; }, "has an input that is tensor -1"),
      model("an input that is tensor -2^31", [](Model& m) { m.graph().inputs = {least}; }, "has an input that is tensor -2147483648"),
      model("an output that is tensor 2^31 - 1", [](Model& m) { m.graph().outputs = {most}; }, "has an output that is tensor 2147483647"),
      model("an input that is a constant", [](Model& m) { m.input(m.w); }, "an input is tensor 1, which already has a value"),
      model("an input twice", [](Model& m) { m.input(m.x); }, "an input is tensor 0, which already has a value"),
      model("an output that is an input", [](Model& m) { m.graph().outputs = {m.x}; }, "has tensor 0 as an output, which no operator makes"),
      model("an output that is a constant", [](Model& m) { m.graph().outputs = {m.w}; }, "has tensor 1 as an output, which no operator makes"),
      model("an operator that makes what another made", [](Model& m) { m.nth(1).outputs = {m.y}; }, "operator 1 (ADD): an output is tensor 3, which already has a value"),
      model("an operator that makes a constant", [](Model& m) { m.at(m.sum).buffer = m.at(m.w).buffer, m.at(m.w).shape = {4, 4, 4, 1}, m.model().buffers[1]->data.resize(64), m.at(m.x).shape[3] = 1; }, "operator 1 (ADD): an output is tensor 4, which already has a value"),
      model("an operator that reads its own result", [](Model& m) { m.nth(1).inputs[0] = m.sum; }, "operator 1 (ADD) reads tensor 4, which has no value yet"),
      model("two operators that wait for each other", [](Model& m) { m.nth(1).inputs[0] = m.mean; }, "operator 1 (ADD) reads tensor 5, which has no value yet"),
      model("operators in the wrong order", [](Model& m) { std::swap(m.graph().operators[0], m.graph().operators[2]); }, "operator 0 (MEAN) reads tensor 4, which has no value yet"),
      model("an operator with a code that is not there", [](Model& m) { m.nth(1).opcode_index = ~0u; }, "operator 1 with operator code 4294967295"),
      model("an operator of an unknown type", [](Model& m) { m.then(static_cast<Type>(9999), {1}); }, "operator 3 (operator type 9999) is not supported"),
      model("an operator of a negative type", [](Model& m) { m.then(static_cast<Type>(least), {1}); m.model().operator_codes.back()->byte_code = -128; }, "is not supported"),
      model("a custom operator whose name commands a terminal", [](Model& m) { m.then(Type::CUSTOM, {1}), m.model().operator_codes.back()->custom_code = "\x1b[2J\n"; }, "(CUSTOM ?[2J?) is not supported"),
      model("a custom operator with a name of a megabyte", [](Model& m) { m.then(Type::CUSTOM, {1}), m.model().operator_codes.back()->custom_code = std::string(1 << 20, 'c'); }, "(CUSTOM cccc"),
      model("an operator with an input that is not there", [](Model& m) { m.nth(1).inputs[1] = 1000; }, "with an input that is tensor 1000"),
      model("an operator with an output -1", [](Model& m) { m.nth(1).outputs[0] = -1; }, "with an output that is tensor -1"),
      model("an operator of no inputs", [](Model& m) { m.nth(1).inputs.clear(); }, "operator 1 (ADD) has 0 inputs; 2 are accepted"),
      model("an operator of no outputs", [](Model& m) { m.nth(1).outputs.clear(); }, "operator 1 (ADD) has 0 outputs; 1 are accepted"),
      model("an operator of a million inputs", [](Model& m) { m.nth(1).inputs.assign(1'000'000, m.y); }, "operator 1 (ADD) has 1000000 inputs; 2 are accepted"),
      model("an operator without its options", [](Model& m) { m.nth(1).builtin_options.Reset(); }, "operator 1 (ADD) has no AddOptions"),
      model("an operator with the options of another", [](Model& m) { m.nth(1).builtin_options.Set(tflite::SoftmaxOptionsT{}); }, "operator 1 (ADD) has no AddOptions"),
  };
}

std::vector<BadFile> of_tensors() {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  std::vector<BadFile> files{
      model("a tensor of 16-bit integers", [](Model& m) { m.at(m.x).type = tflite::TensorType::INT16; }, "tensor 0 ('t0') has type INT16"),
      model("a tensor of an unknown type", [](Model& m) { m.at(m.x).type = static_cast<tflite::TensorType>(-1); }, "tensor 0 ('t0') has type -1"),
      model("a tensor of 9 axes", [](Model& m) { m.at(m.x).shape.assign(9, 1); }, "tensor 0 ('t0') has 9 axes; at most 8 are accepted"),
      model("a tensor of a million axes", [](Model& m) { m.at(m.x).shape.assign(1'000'000, 1); }, "tensor 0 ('t0') has 1000000 axes"),
      model("a tensor with an extent of 0", [](Model& m) { m.at(m.x).shape[1] = 0; }, "tensor 0 ('t0') has the extent 0 in its shape"),
      model("a tensor with an extent of -1", [](Model& m) { m.at(m.x).shape[1] = -1; }, "has the extent -1 in its shape"),
      model("a tensor with an extent of -2^31", [](Model& m) { m.at(m.x).shape[1] = least; }, "has the extent -2147483648 in its shape"),
      model("a tensor of 2^31 bytes", [](Model& m) { m.at(m.x).shape = {1, 32768, 32768, 2}; }, "has 2^31 bytes or more"),
      model("a tensor of 2^64 elements", [](Model& m) { m.at(m.x).shape = {65536, 65536, 65536, 65536}; }, "has 2^31 bytes or more"),
      model("a tensor of 2^64 + 32 elements", [](Model& m) { m.at(m.x).shape = {most, most, most, 32}; }, "has 2^31 bytes or more"),
      model("a tensor whose buffer is not there", [](Model& m) { m.at(m.w).buffer = 77; }, "tensor 1 ('t1') names buffer 77; the file has"),
      model("a tensor whose buffer is 2^32 - 1", [](Model& m) { m.at(m.w).buffer = ~0u; }, "tensor 1 ('t1') names buffer 4294967295"),
      model("a tensor with too few data", [](Model& m) { m.model().buffers[1]->data.pop_back(); }, "has 71 bytes of data in buffer 1; 72 are"),
      model("a tensor with too many data", [](Model& m) { m.model().buffers[1]->data.resize(1 << 20); }, "has 1048576 bytes of data in buffer 1; 72 are"),
      model("a large tensor with few data", [](Model& m) { m.at(m.w).shape = {4, 10000, 10000, 2}; }, "has 72 bytes of data in buffer 1; 800000000 are"),
      model("a tensor whose data lie behind the flatbuffer", [](Model& m) { m.model().buffers[1]->offset = 1 << 30; }, "has its data behind the flatbuffer"),
      model("a tensor whose data lie in another file", [](Model& m) { m.at(m.w).external_buffer = 1; }, "has its data in another file"),
      model("a sparse tensor", [](Model& m) { m.at(m.w).sparsity = std::make_unique<tflite::UnreadT>(); }, "is sparse"),
      model("a variable", [](Model& m) { m.at(m.x).is_variable = true; }, "is a variable"),
      model("a tensor with more scales than zero points", [](Model& m) { m.at(m.w).quantization->zero_point.pop_back(); }, "has 4 scales and 3 zero points"),
      model("a tensor with scales for no axis", [](Model& m) { m.at(m.x).quantization->scale.assign(7, 1), m.at(m.x).quantization->zero_point.clear(); }, "has 7 scales, which is none of its extents"),
      model("a tensor with a million scales", [](Model& m) { m.at(m.x).quantization->scale.assign(1'000'000, 1), m.at(m.x).quantization->zero_point.clear(); }, "has 1000000 scales, which is none"),
      model("a tensor with scales along the wrong axis", [](Model& m) { m.at(m.w).quantization->quantized_dimension = 1; }, "has 4 scales for its axis 1 of another extent"),
      model("a tensor quantized in another way", [](Model& m) { m.at(m.w).quantization->details_kind = 1; }, "has a custom or block-wise quantization"),
      model("a tensor with the zero point 128", [](Model& m) { m.at(m.x).quantization->zero_point = {128}; }, "has the zero point 128; -128 to 127"),
      model("a tensor with the zero point -2^63", [](Model& m) { m.at(m.x).quantization->zero_point = {std::numeric_limits<std::int64_t>::min()}; }, "has the zero point -9223372036854775808"),
      model("a tensor with the zero point 2^32", [](Model& m) { m.at(m.x).quantization->zero_point = {std::int64_t{1} << 32}; }, "has the zero point 4294967296"),
      model("a scale of 0", [](Model& m) { m.at(m.y).quantization->scale = {0}; }, "has an output 0 with a scale of 0; a positive scale is accepted"),
      model("an input without a scale", [](Model& m) { m.at(m.x).quantization.reset(); }, "has an input 0 with 0 scales"),
      model("a name of a megabyte", [](Model& m) { m.at(m.x).name = std::string(1 << 20, 'n'), m.at(m.x).shape[0] = 0; }, "has the extent 0 in its shape"),
      model("a name that commands a terminal", [](Model& m) { m.at(m.x).name = "\x1b]0;\x07", m.at(m.x).shape[0] = 0; }, "tensor 0 ('?]0;?') has the extent 0"),
      model("a scale so small that a product overflows", [](Model& m) { m.at(m.y).quantization->scale = {1e-38f}; }, "rescales by"),
      model("scales whose quotient is infinite", [](Model& m) { m.at(m.x).quantization->scale = {3e38f}, m.at(m.y).quantization->scale = {1e-38f}; }, "rescales by"),
  };
  for (const float scale : {nan, infinity, -infinity, -1.0f})
    files.push_back(model("a scale of " + std::to_string(scale), [&](Model& m) { m.at(m.x).quantization->scale = {scale}; }, "has a scale that is negative or no number"));
  return files;
}

std::vector<BadFile> of_windows() {
  std::vector<BadFile> files{
      model("a convolution with zero groups", [](Model& m) { m.at(m.w).shape = {4, 3, 1, 6}; }, "has weights of shape 4x3x1x6 for 2 input channels; groups of equal size"),
      model("a convolution with groups that do not divide", [](Model& m) { m.at(m.x).shape[3] = 3; }, "for 3 input channels; groups of equal size"),
      model("a convolution with weights of 2 axes", [](Model& m) { m.at(m.w).shape = {4, 18}; }, "has weights of shape 4x18; 4 axes are accepted"),
      model("a convolution without weights", [](Model& m) { m.nth(0).inputs[1] = -1; }, "lacks its input 1"),
      model("a convolution with weights made at run time", [](Model& m) { m.at(m.w).buffer = 0, m.input(m.w); }, "computes its weights at run time"),
      model("a convolution with asymmetric weights", [](Model& m) { m.at(m.w).quantization->zero_point[1] = 1; }, "has weights with a zero point other than 0"),
      model("a convolution with too few biases", [](Model& m) { m.nth(0).inputs[2] = m.ints({1, 2, 3}); }, "has a bias of shape 3; 4 elements are accepted"),
      model("a convolution with weights for a bias", [](Model& m) { m.nth(0).inputs[2] = m.w; }, "has a bias of type int8; int32 is accepted"),
      model("a convolution padded in an unknown way", [](Model& m) { m.conv().padding = static_cast<tflite::Padding>(-5); }, "has padding scheme -5; SAME and VALID"),
      model("a convolution with an unknown activation", [](Model& m) { m.conv().fused_activation_function = static_cast<tflite::Activation>(99); }, "has the fused activation 99"),
      model("a convolution of a larger result", [](Model& m) { m.at(m.y).shape = {1, 5, 4, 4}; }, "has an output of 5 along the height; 4 is what"),
      model("a convolution of more images than it gets", [](Model& m) { m.at(m.y).shape[0] = 2; }, "has 1 images in and 2 out"),
      model("a convolution without room for its window", [](Model& m) { m.conv().padding = tflite::Padding::VALID, m.conv().dilation_h_factor = 60000; }, "0 is what its window, stride and padding ask for"),
      model("a convolution whose dilation is -1 and whose stride is -2^31", [](Model& m) { m.conv().dilation_w_factor = -1, m.conv().stride_w = least; }, "along the width; 1 to 65536 is accepted"),
      model("a depthwise convolution of channels that are no multiple", [](Model& m) {
        const int w = m.tensor({1, 1, 1, 6}, tflite::TensorType::INT8, {{1}, {0}}, {1, 2, 3, 4, 5, 6});
        tflite::DepthwiseConv2DOptionsT options;
        options.stride_h = options.stride_w = 1;
        m.then(Type::DEPTHWISE_CONV_2D, {1, 4, 4, 6}, options, {w});
      }, "makes 6 channels of 4; a multiple is accepted"),
      model("a depthwise convolution with two sets of weights", [](Model& m) {
        const int w = m.tensor({2, 1, 1, 4}, tflite::TensorType::INT8, {{1}, {0}}, std::vector<std::uint8_t>(8));
        m.then(Type::DEPTHWISE_CONV_2D, {1, 4, 4, 4}, tflite::DepthwiseConv2DOptionsT{}, {w});
      }, "has weights of shape 2x1x1x4; 1 x height x width x channels"),
      model("a fully connected layer of another depth", [](Model& m) {
        const int w = m.tensor({2, 7}, tflite::TensorType::INT8, {{1}, {0}}, std::vector<std::uint8_t>(14));
        m.then(Type::FULLY_CONNECTED, {1, 2}, tflite::FullyConnectedOptionsT{}, {w});
      }, "rows of the weights' depth are accepted"),
      model("a pool with a window of 0", [](Model& m) { m.then(Type::MAX_POOL_2D, {1, 4, 4, 4}, window(0, 1)); }, "has the filter extent 0 along the height"),
      model("a pool with a window of -2^31", [](Model& m) { m.then(Type::MAX_POOL_2D, {1, 4, 4, 4}, window(1, least)); }, "has the filter extent -2147483648 along the width"),
      model("a pool with a window of 2^32 taps", [](Model& m) { m.then(Type::AVERAGE_POOL_2D, {1, 4, 4, 4}, window(65536, 65536)); }, "has a window of more than 2^23 taps"),
      model("a pool that changes channels", [](Model& m) { m.then(Type::AVERAGE_POOL_2D, {1, 4, 4, 3}, window(1, 1)); }, "changes the number of channels"),
      model("a pool with a stride of 0", [](Model& m) { m.then(Type::AVERAGE_POOL_2D, {1, 4, 4, 4}, window(1, 1, 0)); }, "has the stride 0 along the height"),
  };
  for (const int value : {0, -1, least, 65537, most}) {
    files.push_back(model("a stride of " + std::to_string(value), [&](Model& m) { m.conv().stride_h = value; }, "has the stride " + std::to_string(value) + " along the height"));
    files.push_back(model("a dilation of " + std::to_string(value), [&](Model& m) { m.conv().dilation_w_factor = value; }, "has the dilation " + std::to_string(value) + " along the width"));
  }
  return files;
}

std::vector<BadFile> of_movements() {
  const std::string permutation = "has a permutation that is none of the input's axes";
  tflite::ConcatenationOptionsT beyond, first;
  beyond.axis = 4;
  first.axis = least;
  tflite::SoftmaxOptionsT no_number;
  no_number.beta = std::numeric_limits<float>::quiet_NaN();
  return {
      model("a MEAN along axis 4", [](Model& m) { m.axes({4}); }, "names axis 4 of a tensor of shape 1x4x4x4"),
      model("a MEAN along axis -2^31", [](Model& m) { m.axes({least}); }, "names axis -2147483648 of a tensor"),
      model("a MEAN along a float", [](Model& m) { m.nth(2).inputs[1] = m.tensor({1}, tflite::TensorType::FLOAT32, {}, {0, 0, 0, 0}); }, "has axes of type float32; int32 is accepted"),
      model("a MEAN of another shape", [](Model& m) { m.at(m.mean).shape = {4, 1}; }, "has an output of shape 4x1; 1x4 is accepted"),
      model("a reshape to another number of elements", [](Model& m) { m.then(Type::RESHAPE, {1, 65}); }, "turns shape 1x4x4x4 into 1x65; as many elements are accepted"),
      model("a reshape to a higher rank with other elements", [](Model& m) { m.then(Type::RESHAPE, {1, 1, 1, 4, 4, 4, 2}); }, "turns shape 1x4x4x4 into 1x1x1x4x4x4x2"),
      model("a reshape to more axes than there may be", [](Model& m) { m.then(Type::RESHAPE, {1, 1, 1, 1, 1, 1, 1, 1, 64}); }, "has 9 axes"),
      model("a transpose of what a reshape gave a higher rank", [](Model& m) {
        m.then(Type::RESHAPE, {1, 2, 2, 2, 2, 4});
        const int high = m.graph().outputs.back(), out = m.output(m.activation({4, 2, 2, 2, 2, 1}, 0.5f, 1));
        m.op(Type::TRANSPOSE, {high, m.ints({5, 4, 3, 2, 1, 0})}, {out});
      }, "this permutation needs more than four nested strides"),
      model("a transpose with an axis twice", [](Model& m) { m.then(Type::TRANSPOSE, {1, 4, 4, 4}, {m.ints({0, 1, 1, 3})}); }, permutation),
      model("a transpose with an axis of -1", [](Model& m) { m.then(Type::TRANSPOSE, {1, 4, 4, 4}, {m.ints({0, 1, 2, -1})}); }, permutation),
      model("a transpose with a million axes", [](Model& m) { m.then(Type::TRANSPOSE, {1, 4, 4, 4}, {m.ints(std::vector<int>(1'000'000, 3))}); }, permutation),
      model("a concatenation along axis 4", [&](Model& m) { m.then(Type::CONCATENATION, {1, 4, 4, 4}, beyond); }, "names axis 4 of a tensor"),
      model("a concatenation along axis -2^31", [&](Model& m) { m.then(Type::CONCATENATION, {1, 4, 4, 4}, first); }, "names axis -2147483648 of a tensor"),
      model("a concatenation of other ranks", [](Model& m) { m.then(Type::CONCATENATION, {64}, tflite::ConcatenationOptionsT{}); }, "joins shape 1x4x4x4 into 64 along axis 0"),
      model("a split into no parts", [](Model& m) { m.op(Type::SPLIT, {m.ints({3}), m.y}, {}); }, "operator 3 (SPLIT) has 0 outputs"),
      model("a split along axis -5", [](Model& m) { m.op(Type::SPLIT, {m.ints({-5}), m.y}, {m.output(m.activation({1, 4, 4, 4}, 0.5f, 1))}); }, "names axis -5 of a tensor"),
      model("a split along two axes", [](Model& m) { m.op(Type::SPLIT, {m.ints({1, 2}), m.y}, {m.output(m.activation({1, 4, 4, 4}, 0.5f, 1))}); }, "has 2 axes; one is accepted"),
      model("paddings of -1", [](Model& m) { m.then(Type::PAD, {1, 4, 4, 4}, {m.ints({0, 0, -1, 1, 0, 0, 0, 0})}); }, "has a negative padding"),
      model("paddings of -2^31", [](Model& m) { m.then(Type::PAD, {1, 4, 4, 4}, {m.ints({0, 0, least, 0, 0, 0, 0, 0})}); }, "has a negative padding"),
      model("paddings whose sum overflows", [](Model& m) { m.then(Type::PAD, {1, 4, 4, 4}, {m.ints({0, 0, most, most, 0, 0, 0, 0})}); }, "the input's extents with their paddings are accepted"),
      model("paddings for too many axes", [](Model& m) { m.then(Type::PAD, {1, 4, 4, 4}, {m.ints(std::vector<int>(10, 0))}); }, "has 10 paddings; two for each axis"),
      model("a resize to another size than it says", [](Model& m) { m.then(Type::RESIZE_NEAREST_NEIGHBOR, {1, 8, 8, 4}, tflite::ResizeNearestNeighborOptionsT{}, {m.ints({8, 9})}); }, "its size input gives height and width"),
      model("a resize to -1", [](Model& m) { m.then(Type::RESIZE_NEAREST_NEIGHBOR, {1, 8, 8, 4}, tflite::ResizeNearestNeighborOptionsT{}, {m.ints({-1, least})}); }, "its size input gives height and width"),
      model("an ADD of shapes that do not fit", [](Model& m) { m.then(Type::ADD, {1, 4, 4, 4}, tflite::AddOptionsT{}, {m.x}); }, "this broadcast is not supported"),
      model("a SOFTMAX with a beta that is no number", [&](Model& m) { m.then(Type::SOFTMAX, {1, 4, 4, 4}, no_number, {}, 1.0f / 256, -128); }, "has the factor beta * scale"),
      model("a LOGISTIC of another scale", [](Model& m) { m.then(Type::LOGISTIC, {1, 4, 4, 4}); }, "has an output that is not scaled by 1/256 from -128"),
      model("a QUANTIZE to int32", [](Model& m) { m.op(Type::QUANTIZE, {m.y}, {m.output(m.tensor({1, 4, 4, 4}, tflite::TensorType::INT32))}); }, "converts int8 to int32"),
  };
}

/// One operator from `in` to `out`, for networks of nothing else.
BadFile network(const std::string& name, std::vector<int> in, std::vector<int> out, const std::function<void(TfliteBuilder&, int, int)>& add, const std::string& words) {
  TfliteBuilder builder;
  const int x = builder.input(builder.activation(std::move(in), 0.5f, 1)), y = builder.output(builder.activation(std::move(out), 0.5f, 1));
  add(builder, x, y);
  return {name, builder.bytes(), words};
}

/// Sound networks of small files that would take any amount of time and memory to map.
std::vector<BadFile> too_large() {
  const std::string ring = "the network needs more than 65536 commands, which is what a ring holds", tile = "one tile of it does not fit";
  const auto weights = [](TfliteBuilder& m, std::vector<int> shape, std::size_t bytes) {
    return m.tensor(std::move(shape), tflite::TensorType::INT8, {{0.5f}, {0}}, std::vector<std::uint8_t>(bytes, 1));
  };
  const std::vector<int> picture{1, 16384, 32767, 2};
  return {
      network("a table of 2^30 values", {1 << 30}, {1 << 30}, [](TfliteBuilder& m, int x, int y) { m.op(Type::RELU, {x}, {y}); }, ring),
      network("a sum of two pictures of 1 GB", picture, picture, [](TfliteBuilder& m, int x, int y) { m.op(Type::ADD, {x, x}, {y}, tflite::AddOptionsT{}); }, ring),
      network("a product of 2 billion rows", {2'000'000'000, 1}, {2'000'000'000, 1}, [&](TfliteBuilder& m, int x, int y) {
        m.op(Type::FULLY_CONNECTED, {x, weights(m, {1, 1}, 1)}, {y}, tflite::FullyConnectedOptionsT{});
      }, ring),
      network("a convolution of a picture of 1 GB", {1, 32768, 32767, 1}, {1, 32768, 32767, 1}, [&](TfliteBuilder& m, int x, int y) {
        tflite::Conv2DOptionsT options;
        options.stride_h = options.stride_w = 1;
        m.op(Type::CONV_2D, {x, weights(m, {1, 1, 1, 1}, 1)}, {y}, options);
      }, ring),
      network("a window of 65535 rows", {1, 65536, 1, 1}, {1, 65536, 1, 1}, [](TfliteBuilder& m, int x, int y) { m.op(Type::AVERAGE_POOL_2D, {x}, {y}, window(65535, 1)); }, "is beyond the chip's 255 x 255"),
      network("a dilation of 65536", {1, 4, 4, 1}, {1, 4, 4, 1}, [&](TfliteBuilder& m, int x, int y) {
        tflite::Conv2DOptionsT options;
        options.stride_h = options.stride_w = 1;
        options.dilation_h_factor = options.dilation_w_factor = 65536;
        m.op(Type::CONV_2D, {x, weights(m, {1, 2, 2, 1}, 4)}, {y}, options);
      }, "dilation 65536 is beyond the chip's 255"),
      network("65536 images at once", {65536, 4, 4, 1}, {65536, 4, 4, 1}, [](TfliteBuilder& m, int x, int y) { m.op(Type::MAX_POOL_2D, {x}, {y}, window(1, 1)); }, "batch 65536 is not supported"),
      network("a picture padded to 1 GB", {1, 1, 1, 1}, {1, 32768, 32767, 1}, [](TfliteBuilder& m, int x, int y) { m.op(Type::PAD, {x, m.ints({0, 0, 0, 32767, 0, 32766, 0, 0})}, {y}); }, tile),
      network("a point made a picture of 1 GB", {1, 1, 1, 1}, {1, 32768, 32767, 1}, [](TfliteBuilder& m, int x, int y) {
        m.op(Type::RESIZE_NEAREST_NEIGHBOR, {x, m.ints({32768, 32767})}, {y}, tflite::ResizeNearestNeighborOptionsT{});
      }, tile),
      network("a picture of 1 GB turned round", picture, {1, 32767, 16384, 2}, [](TfliteBuilder& m, int x, int y) { m.op(Type::TRANSPOSE, {x, m.ints({0, 2, 1, 3})}, {y}); }, tile),
      network("a concatenation of 100,000 parts", {1, 1, 1, 1}, {1, 1, 1, 100'000}, [](TfliteBuilder& m, int x, int y) {
        tflite::ConcatenationOptionsT options;
        options.axis = 3;
        m.op(Type::CONCATENATION, std::vector<int>(100'000, x), {y}, options);
      }, tile),
      network("a chain of 50,000 operators", {1, 2, 2, 2}, {1, 2, 2, 2}, [](TfliteBuilder& m, int x, int y) {
        for (int i = 0; i < 50'000; ++i) {
          const int next = i == 49'999 ? y : m.activation({1, 2, 2, 2}, 0.5f, 1);
          m.op(Type::RELU, {x}, {next});
          x = next;
        }
      }, "the network has 50000 operators; at most 4096 are mapped"),
  };
}

}  // namespace

std::vector<BadFile> senseless_models() {
  std::vector<BadFile> files;
  for (auto part : {of_models(), of_tensors(), of_windows(), of_movements(), too_large()}) files.insert(files.end(), part.begin(), part.end());
  return files;
}

}  // namespace twill::test
