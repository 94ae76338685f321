// SPDX-License-Identifier: Apache-2.0
#include "quantization.hpp"

#include <algorithm>
#include <cmath>

#include "twill/arithmetic/fixed_point.hpp"

namespace twill::importer {

Multiplier requantizer(const OperatorSource& source, double factor) {
  constexpr double limit = 1 << 30;
  if (!(factor < limit)) source.refuse("rescales by " + std::to_string(factor), "factors below 2^30 are accepted");
  const arithmetic::QuantizedMultiplier q = arithmetic::quantize_multiplier(factor);
  return {q.multiplier, q.shift};
}

Multiplier requantizer_below_one(const OperatorSource& source, double factor) {
  const Multiplier result = requantizer(source, factor);
  if (factor <= 0 || result.shift > 0) source.refuse("rescales by " + std::to_string(factor), "factors between 0 and 1 are accepted");
  return result;
}

Clamp clamp(const OperatorSource& source, tflite::Activation activation, const Tensor& output) {
  // In float32, halves away from zero. A bound beyond int8 is none; comparing first keeps the conversion defined.
  const auto quantized = [&](float bound) {
    const float steps = std::round(bound / output.scale[0]);
    return output.zero_point[0] + static_cast<int>(std::clamp(steps, -512.0f, 512.0f));
  };
  Clamp range;
  switch (activation) {
    case tflite::Activation::NONE: return range;
    case tflite::Activation::RELU: range.min = std::max(range.min, quantized(0)); return range;
    case tflite::Activation::RELU6:
    case tflite::Activation::RELU_N1_TO_1: {
      const bool relu6 = activation == tflite::Activation::RELU6;
      range.min = std::max(range.min, quantized(relu6 ? 0.0f : -1.0f));
      range.max = std::min(range.max, quantized(relu6 ? 6.0f : 1.0f));
      return range;
    }
    default: break;
  }
  const std::string name = tflite::EnumNameActivation(activation);
  source.refuse("has the fused activation " + (name.empty() ? std::to_string(static_cast<int>(activation)) : name),
                "NONE, RELU, RELU6 and RELU_N1_TO_1 are accepted");
}

WeightScales::WeightScales(const OperatorSource& source, const Tensor& weights, int axis, int channels) : weights_(weights) {
  source.constant(1, "weights");
  if (weights.type != DataType::int8) source.refuse("has weights of type " + words(weights.type), "int8 is accepted");
  const std::size_t scales = weights.scale.size();
  if (scales != 1 && scales != static_cast<std::size_t>(channels))
    source.refuse("has weights with " + std::to_string(scales) + " scales for " + std::to_string(channels) + " output channels",
                  "one, or one for each, is accepted");
  if (weights.shape[static_cast<std::size_t>(axis)] != channels)
    source.refuse("has weights of shape " + words(weights.shape),
                  std::to_string(channels) + " along axis " + std::to_string(axis) + " is accepted");
  if (std::any_of(weights.zero_point.begin(), weights.zero_point.end(), [](int zero) { return zero != 0; }))
    source.refuse("has weights with a zero point other than 0", "symmetric weights are accepted");
}

std::vector<Multiplier> channel_requantizers(const OperatorSource& source, const WeightScales& weights, int channels) {
  source.spend(static_cast<std::uint64_t>(channels) * sizeof(Multiplier));
  const double in = source.input(0).scale[0], out = source.output().scale[0];
  std::vector<Multiplier> result;
  for (int channel = 0; channel < channels; ++channel)
    result.push_back(requantizer(source, in * static_cast<double>(weights[channel]) / out));
  return result;
}

void check_bias(const OperatorSource& source, int channels) {
  if (!source.has_input(2)) return;
  const Tensor& bias = source.constant(2, "bias");
  if (bias.type != DataType::int32) source.refuse("has a bias of type " + words(bias.type), "int32 is accepted");
  if (bias.elements() != static_cast<std::size_t>(channels))
    source.refuse("has a bias of shape " + words(bias.shape), std::to_string(channels) + " elements are accepted");
}

}  // namespace twill::importer
