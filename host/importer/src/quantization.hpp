// SPDX-License-Identifier: Apache-2.0
// The real factors of quantized arithmetic as integers, derived with exactly the roundings of the reference kernels. K/ is
// tensorflow/lite/kernels and M/ tensorflow/lite/micro/kernels of tensorflow/tflite-micro commit 90b983c2b3f1.
#pragma once
#include "operator_source.hpp"

namespace twill::importer {

/// Refuses a factor of 2^30 or more, which no 32-bit requantization can apply.
Multiplier requantizer(const OperatorSource& source, double factor);

/// A factor below 1, as ADD and SUB need them.
Multiplier requantizer_below_one(const OperatorSource& source, double factor);

/// The output range after a fused activation. K/kernel_util.cc:343-385.
Clamp clamp(const OperatorSource& source, tflite::Activation activation, const Tensor& output);

/// The weights' scale of an output channel, and whether weights have a scale for each. Checks the weights: constant int8,
/// zero points 0, one scale or one for each of the `channels` along `axis`.
class WeightScales {
 public:
  WeightScales(const OperatorSource& source, const Tensor& weights, int axis, int channels);
  bool per_channel() const { return weights_.scale.size() > 1; }
  float operator[](int channel) const { return weights_.scale[per_channel() ? static_cast<std::size_t>(channel) : 0]; }

 private:
  const Tensor& weights_;
};

/// One multiplier for each output channel, the product of scales in double. K/kernel_util.cc:249-266.
std::vector<Multiplier> channel_requantizers(const OperatorSource& source, const WeightScales& weights, int channels);

/// Checks an optional bias (input 2): constant int32, one for each channel.
void check_bias(const OperatorSource& source, int channels);

}  // namespace twill::importer
