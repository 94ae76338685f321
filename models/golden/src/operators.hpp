// SPDX-License-Identifier: Apache-2.0
// Each operator of the graph is one function evaluate(attributes, call) in a file of its own, written for reading.
#pragma once
#include <algorithm>
#include <cstdint>

#include "twill/arithmetic/fixed_point.hpp"
#include "twill/golden/run.hpp"
#include "twill/graph.hpp"

namespace twill::golden {

/// An operator with its operands. Elements are int8 except where an operator says otherwise.
struct Call {
  const Graph& graph;
  const Operator& op;
  Values& values;

  bool has(std::size_t input) const { return input < op.inputs.size() && op.inputs[input] >= 0; }
  const Tensor& input(std::size_t k = 0) const { return graph.tensors[static_cast<std::size_t>(op.inputs[k])]; }
  const Tensor& output(std::size_t k = 0) const { return graph.tensors[static_cast<std::size_t>(op.outputs[k])]; }

  template <typename Element = std::int8_t>
  const Element* read(std::size_t k = 0) const {
    return reinterpret_cast<const Element*>(values[static_cast<std::size_t>(op.inputs[k])].data());
  }
  template <typename Element = std::int8_t>
  Element* write(std::size_t k = 0) const {
    return reinterpret_cast<Element*>(values[static_cast<std::size_t>(op.outputs[k])].data());
  }
};

/// The extents of an NHWC tensor and the position of its elements.
struct Nhwc {
  explicit Nhwc(const Tensor& tensor) : n(tensor.shape[0]), h(tensor.shape[1]), w(tensor.shape[2]), c(tensor.shape[3]) {}
  std::size_t at(int in, int y, int x, int channel) const {
    return ((static_cast<std::size_t>(in) * static_cast<std::size_t>(h) + static_cast<std::size_t>(y)) * static_cast<std::size_t>(w) +
            static_cast<std::size_t>(x)) *
               static_cast<std::size_t>(c) +
           static_cast<std::size_t>(channel);
  }
  bool inside(int y, int x) const { return y >= 0 && y < h && x >= 0 && x < w; }
  int n, h, w, c;
};

/// A 32-bit sum that wraps, as the chip's accumulators do.
class Accumulator {
 public:
  explicit Accumulator(std::int32_t start = 0) : sum_(static_cast<std::uint32_t>(start)) {}
  void add(std::int32_t x) { sum_ += static_cast<std::uint32_t>(x); }
  std::int32_t value() const { return static_cast<std::int32_t>(sum_); }

 private:
  std::uint32_t sum_;
};

inline std::int32_t requantize(std::int32_t x, Multiplier m) {
  return arithmetic::multiply_by_quantized_multiplier(x, m.multiplier, m.shift);
}

/// Adds the zero point in 64 bits: a saturated x must not wrap.
inline std::int8_t finish(std::int32_t x, int zero_point, Clamp clamp) {
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(std::int64_t{x} + zero_point, clamp.min, clamp.max));
}

void evaluate(const Conv2d&, const Call&);
void evaluate(const DepthwiseConv2d&, const Call&);
void evaluate(const FullyConnected&, const Call&);
void evaluate(const AddSub&, const Call&);
void evaluate(const Mul&, const Call&);
void evaluate(const Pool2d&, const Call&);
void evaluate(const Mean&, const Call&);
void evaluate(const Softmax&, const Call&);
void evaluate(const Table&, const Call&);
void evaluate(const Pad&, const Call&);
void evaluate(const Concatenation&, const Call&);
void evaluate(const Split&, const Call&);
void evaluate(const Transpose&, const Call&);
void evaluate(const Reshape&, const Call&);
void evaluate(const ResizeNearest&, const Call&);
void evaluate(const Quantize&, const Call&);
void evaluate(const Dequantize&, const Call&);

}  // namespace twill::golden
