// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "quantization.hpp"
#include "translate.hpp"

namespace twill::importer {
namespace {

/// By NumPy's rules: aligned at the last axis, extents equal or 1.
void require_broadcast(const OperatorSource& source, const Tensor& a, const Tensor& b, const Tensor& out) {
  std::vector<int> expected(std::max(a.shape.size(), b.shape.size()), 1);
  bool fits = true;
  for (const Tensor* operand : {&a, &b})
    for (std::size_t back = 1; back <= operand->shape.size(); ++back) {
      int& extent = expected[expected.size() - back];
      const int own = operand->shape[operand->shape.size() - back];
      fits = fits && (own == extent || own == 1 || extent == 1);
      extent = std::max(extent, own);
    }
  if (!fits || out.shape != expected)
    source.refuse("combines shapes " + words(a.shape) + " and " + words(b.shape) + " to " + words(out.shape),
                  "this broadcast is not supported (an operand must have the output's shape or its trailing axes)");
}

}  // namespace

void translate_add(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &a = source.activation(0), &b = source.activation(1), &out = source.result();
  require_broadcast(source, a, b, out);
  // In double. M/add_common.cc:48-71.
  const double a_scale = a.scale[0], b_scale = b.scale[0], twice_larger = 2 * std::max(a_scale, b_scale);
  AddSub add;
  add.input1 = requantizer_below_one(source, a_scale / twice_larger);
  add.input2 = requantizer_below_one(source, b_scale / twice_larger);
  add.output = requantizer_below_one(source, twice_larger / ((1 << add.left_shift) * static_cast<double>(out.scale[0])));
  add.clamp = clamp(source, source.options<tflite::AddOptions>().fused_activation_function(), out);
  op.attributes = add;
}

void translate_sub(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &a = source.activation(0), &b = source.activation(1), &out = source.result();
  require_broadcast(source, a, b, out);
  // Unlike ADD, in float32. M/sub_common.cc.
  AddSub sub;
  sub.subtract = true;
  const float twice_larger = 2 * std::max(a.scale[0], b.scale[0]);
  sub.input1 = requantizer_below_one(source, static_cast<double>(a.scale[0] / twice_larger));
  sub.input2 = requantizer_below_one(source, static_cast<double>(b.scale[0] / twice_larger));
  sub.output = requantizer_below_one(source, static_cast<double>(twice_larger / (static_cast<float>(1 << sub.left_shift) * out.scale[0])));
  sub.clamp = clamp(source, source.options<tflite::SubOptions>().fused_activation_function(), out);
  op.attributes = sub;
}

void translate_mul(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &a = source.activation(0), &b = source.activation(1), &out = source.result();
  require_broadcast(source, a, b, out);
  Mul mul;
  mul.output = requantizer(source, static_cast<double>(a.scale[0]) * static_cast<double>(b.scale[0]) / static_cast<double>(out.scale[0]));
  mul.clamp = clamp(source, source.options<tflite::MulOptions>().fused_activation_function(), out);
  op.attributes = mul;
}

}  // namespace twill::importer
