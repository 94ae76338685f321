// SPDX-License-Identifier: Apache-2.0
// The graph every importer builds and every other part of the host reads: tensors in NHWC, operators in execution order,
// with the integer parameters of their arithmetic already derived (docs/numerics in words: see arithmetic/fixed_point.hpp).
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace twill {

enum class DataType : std::uint8_t { int8, uint8, int32, float32 };

/// Bytes of one element.
constexpr std::size_t size_of(DataType type) { return type == DataType::int32 || type == DataType::float32 ? 4 : 1; }

/// A tensor; `data` is empty unless it is a constant. A scalar has an empty shape.
struct Tensor {
  std::string name;
  std::vector<int> shape;
  DataType type = DataType::int8;
  std::vector<float> scale;      ///< one per tensor or one per channel; empty when not quantized
  std::vector<int> zero_point;   ///< as many as scales
  std::vector<std::uint8_t> data;

  std::size_t elements() const {
    std::size_t n = 1;
    for (int d : shape) n *= static_cast<std::size_t>(d);
    return n;
  }
  std::size_t bytes() const { return elements() * size_of(type); }
  bool constant() const { return !data.empty(); }
};

/// multiplier is 0 or in [2^30, 2^31); a positive shift is to the left.
struct Multiplier {
  std::int32_t multiplier = 0;
  int shift = 0;
};

struct Clamp {
  int min = -128, max = 127;
};

struct Padding {
  int top = 0, bottom = 0, left = 0, right = 0;
};

/// Inputs: activation NHWC, weights OHWI (I = Cin / groups), bias int32 (may be absent: input index -1).
struct Conv2d {
  int stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, groups = 1;
  Padding padding;
  std::vector<Multiplier> requant;  ///< one per output channel
  Clamp clamp;
};

/// Inputs: activation NHWC, weights 1HWO, bias. Output channel = input channel * depth_multiplier + k.
struct DepthwiseConv2d {
  int stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, depth_multiplier = 1;
  Padding padding;
  std::vector<Multiplier> requant;
  Clamp clamp;
};

/// Inputs: activation (flattened to rows of K), weights [N, K], bias.
struct FullyConnected {
  std::vector<Multiplier> requant;
  Clamp clamp;
};

/// ADD and SUB, with NumPy-style broadcasting of the second or first input where the importer accepts it.
struct AddSub {
  bool subtract = false;
  int left_shift = 20;
  Multiplier input1, input2, output;
  Clamp clamp;
};

struct Mul {
  Multiplier output;
  Clamp clamp;
};

struct Pool2d {
  bool average = false;
  int filter_h = 1, filter_w = 1, stride_h = 1, stride_w = 1;
  Padding padding;
  Clamp clamp;
};

/// Mean over `axes` (sorted, non-negative); requant is the adjusted multiplier that includes 1 / taps (R/reduce.h), so its
/// multiplier may be as small as 2^29.
struct Mean {
  std::vector<int> axes;
  Multiplier requant;
};

/// On the host.
struct Softmax {
  std::int32_t input_multiplier = 0;
  int input_left_shift = 0, diff_min = 0;
};

/// Any byte -> byte unary function (LOGISTIC, HARD_SWISH, RELU, RELU6, requantizing QUANTIZE): table[q + 128]. Where the
/// input or output is uint8 (QUANTIZE only), q and the entry are the int8 of the same bits, so the table is right for bytes.
struct Table {
  std::array<std::int8_t, 256> table{};
};

struct Pad {
  std::vector<std::array<int, 2>> before_after;  ///< per axis
  std::int8_t value = 0;
};

struct Concatenation {
  int axis = 0;
};
struct Split {
  int axis = 0;  ///< outputs are equal slices
};
struct Transpose {
  std::vector<int> permutation;
};
struct Reshape {};
struct ResizeNearest {
  bool align_corners = false, half_pixel_centers = false;
};

/// float32 -> int8 on the host.
struct Quantize {};
/// int8 -> float32 on the host.
struct Dequantize {};

using Attributes = std::variant<Conv2d, DepthwiseConv2d, FullyConnected, AddSub, Mul, Pool2d, Mean, Softmax, Table, Pad, Concatenation, Split,
                                Transpose, Reshape, ResizeNearest, Quantize, Dequantize>;

struct Operator {
  std::string type;  ///< the model's own name: CONV_2D, ADD, ...
  /// Tensor indices; -1 for an absent optional input. Only what the operator computes with: inputs whose values went into
  /// the attributes (shapes, paddings, axes, pad values) are left out, so SPLIT has its activation first.
  std::vector<int> inputs;
  std::vector<int> outputs;
  Attributes attributes;
  std::uint64_t macs = 0;    ///< of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED
};

/// Tensor indices are those of the model file.
struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;
  std::vector<int> inputs, outputs;
};

}  // namespace twill
