// SPDX-License-Identifier: Apache-2.0
#include "quantization.hpp"
#include "translate.hpp"
#include "window.hpp"

namespace twill::importer {

void translate_conv_2d(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 3);
  const Tensor &in = source.activation(0, 4), &weights = source.input(1), &out = source.result(0, 4);
  const auto& options = source.options<tflite::Conv2DOptions>();
  if (weights.shape.size() != 4) source.refuse("has weights of shape " + words(weights.shape), "4 axes are accepted");
  const int channels = out.shape[3], group_inputs = weights.shape[3];
  const WeightScales scales(source, weights, 0, channels);
  check_bias(source, channels);
  if (in.shape[3] % group_inputs != 0 || channels % (in.shape[3] / group_inputs) != 0)
    source.refuse("has weights of shape " + words(weights.shape) + " for " + std::to_string(in.shape[3]) + " input channels",
                  "groups of equal size are accepted");

  Conv2d conv;
  conv.stride_h = options.stride_h();
  conv.stride_w = options.stride_w();
  conv.dilation_h = options.dilation_h_factor();
  conv.dilation_w = options.dilation_w_factor();
  conv.groups = in.shape[3] / group_inputs;
  conv.padding = Window{weights.shape[1], weights.shape[2], conv.stride_h, conv.stride_w, conv.dilation_h, conv.dilation_w}.padding(
      source, options.padding());
  conv.requant = channel_requantizers(source, scales, channels);
  conv.clamp = clamp(source, options.fused_activation_function(), out);
  op.inputs.resize(3, -1);
  op.macs = std::uint64_t{out.elements()} * static_cast<std::uint64_t>(weights.elements() / static_cast<std::size_t>(channels));
  op.attributes = std::move(conv);
}

void translate_depthwise_conv_2d(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 3);
  const Tensor &in = source.activation(0, 4), &weights = source.input(1), &out = source.result(0, 4);
  const auto& options = source.options<tflite::DepthwiseConv2DOptions>();
  if (weights.shape.size() != 4 || weights.shape[0] != 1)
    source.refuse("has weights of shape " + words(weights.shape), "1 x height x width x channels is accepted");
  const int channels = out.shape[3];
  const WeightScales scales(source, weights, 3, channels);
  check_bias(source, channels);
  if (channels % in.shape[3] != 0)
    source.refuse("makes " + std::to_string(channels) + " channels of " + std::to_string(in.shape[3]), "a multiple is accepted");

  DepthwiseConv2d conv;
  conv.stride_h = options.stride_h();
  conv.stride_w = options.stride_w();
  conv.dilation_h = options.dilation_h_factor();
  conv.dilation_w = options.dilation_w_factor();
  conv.depth_multiplier = channels / in.shape[3];
  conv.padding = Window{weights.shape[1], weights.shape[2], conv.stride_h, conv.stride_w, conv.dilation_h, conv.dilation_w}.padding(
      source, options.padding());
  conv.requant = channel_requantizers(source, scales, channels);
  conv.clamp = clamp(source, options.fused_activation_function(), out);
  op.inputs.resize(3, -1);
  op.macs = std::uint64_t{out.elements()} * static_cast<std::uint64_t>(weights.shape[1]) * static_cast<std::uint64_t>(weights.shape[2]);
  op.attributes = std::move(conv);
}

void translate_fully_connected(const OperatorSource& source, Operator& op) {
  source.require_operands(2, 3);
  const Tensor &in = source.activation(0), &weights = source.input(1), &out = source.result();
  const auto& options = source.options<tflite::FullyConnectedOptions>();
  if (options.weights_format() != 0) source.refuse("has shuffled weights", "the default format is accepted");
  if (weights.shape.size() != 2) source.refuse("has weights of shape " + words(weights.shape), "2 axes are accepted");
  const int channels = weights.shape[0];
  const auto depth = static_cast<std::size_t>(weights.shape[1]);
  const WeightScales scales(source, weights, 0, channels);
  check_bias(source, channels);
  if (in.elements() % depth != 0 || out.elements() != in.elements() / depth * static_cast<std::size_t>(channels))
    source.refuse("has input " + words(in.shape) + ", weights " + words(weights.shape) + " and output " + words(out.shape),
                  "rows of the weights' depth are accepted");

  FullyConnected layer;
  if (scales.per_channel()) {
    layer.requant = channel_requantizers(source, scales, channels);
  } else {
    // The reference multiplies these two scales in float32, unlike everywhere else. K/kernel_util.cc:333-336.
    const float product = in.scale[0] * scales[0];
    source.spend(static_cast<std::uint64_t>(channels) * sizeof(Multiplier));
    layer.requant.assign(static_cast<std::size_t>(channels),
                         requantizer(source, static_cast<double>(product) / static_cast<double>(out.scale[0])));
  }
  layer.clamp = clamp(source, options.fused_activation_function(), out);
  op.inputs.resize(3, -1);
  op.macs = std::uint64_t{out.elements()} * depth;
  op.attributes = std::move(layer);
}

}  // namespace twill::importer
