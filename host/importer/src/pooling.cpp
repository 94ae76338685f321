// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "quantization.hpp"
#include "translate.hpp"
#include "window.hpp"

namespace twill::importer {
namespace {

struct Along {
  int before, after;
};

Along along(const OperatorSource& source, const char* axis, tflite::Padding scheme, std::int64_t in, std::int64_t out, std::int64_t filter,
            std::int64_t stride, std::int64_t dilation) {
  constexpr std::int64_t most = 1 << 16;
  const auto check = [&](std::int64_t value, const char* what) {
    if (value < 1 || value > most)
      source.refuse("has the " + std::string(what) + " " + std::to_string(value) + " along " + axis, "1 to 65536 is accepted");
  };
  check(filter, "filter extent");
  check(stride, "stride");
  check(dilation, "dilation");
  const std::int64_t reach = (filter - 1) * dilation + 1;
  const bool same = scheme == tflite::Padding::SAME;
  if (!same && scheme != tflite::Padding::VALID)
    source.refuse("has padding scheme " + std::to_string(static_cast<int>(scheme)), "SAME and VALID are accepted");
  const std::int64_t expected = same ? (in + stride - 1) / stride : in < reach ? 0 : (in - reach) / stride + 1;
  if (out != expected || out < 1)
    source.refuse("has an output of " + std::to_string(out) + " along " + axis,
                  std::to_string(expected) + " is what its window, stride and padding ask for");
  const std::int64_t total = same ? std::max<std::int64_t>((out - 1) * stride + reach - in, 0) : 0;
  return {static_cast<int>(total / 2), static_cast<int>(total - total / 2)};
}

}  // namespace

Padding Window::padding(const OperatorSource& source, tflite::Padding scheme) const {
  const std::vector<int>&in = source.input(0).shape, &out = source.output().shape;
  if (in[0] != out[0])
    source.refuse("has " + std::to_string(in[0]) + " images in and " + std::to_string(out[0]) + " out", "equal numbers are accepted");
  const Along h = along(source, "the height", scheme, in[1], out[1], filter_h, stride_h, dilation_h);
  const Along w = along(source, "the width", scheme, in[2], out[2], filter_w, stride_w, dilation_w);
  return {h.before, h.after, w.before, w.after};
}

void translate_pool_2d(const OperatorSource& source, Operator& op, bool average) {
  source.require_operands(1, 1);
  const Tensor &in = source.activation(0, 4), &out = source.result(0, 4);
  const auto& options = source.options<tflite::Pool2DOptions>();
  source.require_equal_quantization(in, out);
  if (in.shape[3] != out.shape[3]) source.refuse("changes the number of channels", "equal numbers are accepted");

  Pool2d pool;
  pool.average = average;
  pool.filter_h = options.filter_height();
  pool.filter_w = options.filter_width();
  pool.stride_h = options.stride_h();
  pool.stride_w = options.stride_w();
  pool.padding = Window{pool.filter_h, pool.filter_w, pool.stride_h, pool.stride_w}.padding(source, options.padding());
  pool.clamp = clamp(source, options.fused_activation_function(), out);
  if (static_cast<std::int64_t>(pool.filter_h) * pool.filter_w > 1 << 23)
    source.refuse("has a window of more than 2^23 taps", "windows whose sum fits 32 bits are accepted");
  op.attributes = pool;
}

// K/internal/reference/reduce.h:446-468: the factor 1 / taps goes into the multiplier.
void translate_mean(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 2);
  const Tensor &in = source.activation(0), &out = source.result();
  Mean mean;
  for (int written : source.constant_ints(1, "axes")) mean.axes.push_back(source.axis(written, in));
  std::sort(mean.axes.begin(), mean.axes.end());
  mean.axes.erase(std::unique(mean.axes.begin(), mean.axes.end()), mean.axes.end());

  std::vector<int> kept, dropped;
  std::int64_t taps = 1;
  for (int axis = 0; axis < static_cast<int>(in.shape.size()); ++axis) {
    const int extent = in.shape[static_cast<std::size_t>(axis)];
    const bool reduced = std::binary_search(mean.axes.begin(), mean.axes.end(), axis);
    kept.push_back(reduced ? 1 : extent);
    if (reduced)
      taps *= extent;
    else
      dropped.push_back(extent);
  }
  if (out.shape != kept && out.shape != dropped)
    source.refuse("has an output of shape " + words(out.shape), words(dropped) + " is accepted");
  if (taps > 1 << 23) source.refuse("averages more than 2^23 values", "sums that fit 32 bits are accepted");

  const Multiplier scale = requantizer(source, static_cast<double>(in.scale[0]) / static_cast<double>(out.scale[0]));
  int log2_taps = 0;
  while (taps >> (log2_taps + 1)) ++log2_taps;
  const int shift = std::min({log2_taps, 32, 31 + scale.shift});
  mean.requant = {static_cast<std::int32_t>((static_cast<std::int64_t>(scale.multiplier) << shift) / taps), scale.shift - shift};
  op.inputs.resize(1);
  op.attributes = mean;
}

}  // namespace twill::importer
