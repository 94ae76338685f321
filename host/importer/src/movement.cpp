// SPDX-License-Identifier: Apache-2.0
// Operators that move values without changing them.
#include <algorithm>
#include <limits>

#include "translate.hpp"

namespace twill::importer {

void translate_reshape(const OperatorSource& source, Operator& op) {
  source.require_operands(1, 2);
  const Tensor &in = source.activation(0), &out = source.result();
  source.require_equal_quantization(in, out);
  if (in.elements() != out.elements())
    source.refuse("turns shape " + words(in.shape) + " into " + words(out.shape), "as many elements are accepted");
  op.inputs.resize(1);
  op.attributes = Reshape{};
}

void translate_transpose(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &in = source.activation(0), &out = source.result();
  source.require_equal_quantization(in, out);
  Transpose transpose{source.constant_ints(1, "permutation")};
  std::vector<int> sorted = transpose.permutation, shape;
  std::sort(sorted.begin(), sorted.end());
  bool permutes = sorted.size() == in.shape.size();
  for (std::size_t axis = 0; axis < sorted.size(); ++axis) permutes = permutes && sorted[axis] == static_cast<int>(axis);
  if (!permutes) source.refuse("has a permutation that is none of the input's axes", "each axis once is accepted");
  for (int axis : transpose.permutation) shape.push_back(in.shape[static_cast<std::size_t>(axis)]);
  if (out.shape != shape) source.refuse("has an output of shape " + words(out.shape), words(shape) + " is what its permutation asks for");
  op.inputs.resize(1);
  op.attributes = std::move(transpose);
}

void translate_pad(const OperatorSource& source, Operator& op, bool has_value) {
  source.require_operands(has_value ? 3 : 2, has_value ? 3 : 2);
  const Tensor &in = source.activation(0), &out = source.result();
  source.require_equal_quantization(in, out);
  const std::vector<int> paddings = source.constant_ints(1, "paddings");
  if (paddings.size() != 2 * in.shape.size())
    source.refuse("has " + std::to_string(paddings.size()) + " paddings", "two for each axis are accepted");
  Pad pad;
  std::vector<std::int64_t> shape;
  for (std::size_t axis = 0; axis < in.shape.size(); ++axis) {
    const int before = paddings[2 * axis], after = paddings[2 * axis + 1];
    if (before < 0 || after < 0) source.refuse("has a negative padding", "0 or more is accepted");
    pad.before_after.push_back({before, after});
    shape.push_back(std::int64_t{in.shape[axis]} + before + after);
  }
  if (!std::equal(shape.begin(), shape.end(), out.shape.begin(), out.shape.end()))
    source.refuse("has an output of shape " + words(out.shape), "the input's extents with their paddings are accepted");
  pad.value = static_cast<std::int8_t>(out.zero_point[0]);  // the real 0; M/pad.cc:60-66
  if (has_value) {
    const Tensor& value = source.constant(2, "pad value");
    source.require_equal_quantization(source.activation(2), out);
    if (value.elements() != 1) source.refuse("has a pad value of shape " + words(value.shape), "one element is accepted");
    pad.value = static_cast<std::int8_t>(value.data[0]);
  }
  op.inputs.resize(1);
  op.attributes = std::move(pad);
}

void translate_concatenation(const OperatorSource& source, Operator& op) {
  source.require_operands(1, std::numeric_limits<std::size_t>::max());
  const auto& options = source.options<tflite::ConcatenationOptions>();
  const Tensor& out = source.result();
  if (options.fused_activation_function() != tflite::Activation::NONE) source.refuse("has a fused activation", "NONE is accepted");
  const Concatenation concatenation{source.axis(options.axis(), out)};
  const auto axis = static_cast<std::size_t>(concatenation.axis);
  std::int64_t extent = 0;
  for (std::size_t k = 0; k < op.inputs.size(); ++k) {
    const Tensor& in = source.activation(k);
    source.require_equal_quantization(in, out);
    std::vector<int> shape = out.shape;
    if (in.shape.size() == shape.size()) shape[axis] = in.shape[axis];
    if (in.shape != shape)
      source.refuse("joins shape " + words(in.shape) + " into " + words(out.shape) + " along axis " + std::to_string(axis),
                    "equal other extents are accepted");
    extent += in.shape[axis];
  }
  if (extent != out.shape[axis])
    source.refuse("has " + std::to_string(out.shape[axis]) + " along axis " + std::to_string(axis) + " of its output",
                  std::to_string(extent) + " is the sum of its inputs");
  op.attributes = concatenation;
}

void translate_split(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2, 1, std::numeric_limits<std::size_t>::max());
  const Tensor& in = source.activation(1);
  const std::vector<int> axes = source.constant_ints(0, "axis");
  if (axes.size() != 1) source.refuse("has " + std::to_string(axes.size()) + " axes", "one is accepted");
  const Split split{source.axis(axes[0], in)};
  std::vector<int> shape = in.shape;
  int& extent = shape[static_cast<std::size_t>(split.axis)];
  if (static_cast<std::size_t>(extent) % op.outputs.size() != 0)
    source.refuse("splits " + std::to_string(extent) + " into " + std::to_string(op.outputs.size()) + " parts", "equal parts are accepted");
  extent /= static_cast<int>(op.outputs.size());
  for (std::size_t k = 0; k < op.outputs.size(); ++k) {
    source.require_equal_quantization(in, source.result(k));
    if (source.output(k).shape != shape)
      source.refuse("has an output of shape " + words(source.output(k).shape), words(shape) + " is accepted");
  }
  op.inputs = {op.inputs[1]};
  op.attributes = split;
}

void translate_resize_nearest(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &in = source.activation(0, 4), &out = source.result(0, 4);
  const auto& options = source.options<tflite::ResizeNearestNeighborOptions>();
  source.require_equal_quantization(in, out);
  const std::vector<int> size = source.constant_ints(1, "size");
  if (size != std::vector<int>{out.shape[1], out.shape[2]} || in.shape[0] != out.shape[0] || in.shape[3] != out.shape[3])
    source.refuse("turns shape " + words(in.shape) + " into " + words(out.shape),
                  "its size input gives height and width, images and channels stay");
  op.inputs.resize(1);
  op.attributes = ResizeNearest{options.align_corners(), options.half_pixel_centers()};
}

}  // namespace twill::importer
