// SPDX-License-Identifier: Apache-2.0
#include "translate.hpp"

namespace twill::importer {

void translate(tflite::BuiltinOperator type, const OperatorSource& source, Operator& op) {
  using Type = tflite::BuiltinOperator;
  switch (type) {
    case Type::CONV_2D: return translate_conv_2d(source, op);
    case Type::DEPTHWISE_CONV_2D: return translate_depthwise_conv_2d(source, op);
    case Type::FULLY_CONNECTED: return translate_fully_connected(source, op);
    case Type::ADD: return translate_add(source, op);
    case Type::SUB: return translate_sub(source, op);
    case Type::MUL: return translate_mul(source, op);
    case Type::AVERAGE_POOL_2D: return translate_pool_2d(source, op, true);
    case Type::MAX_POOL_2D: return translate_pool_2d(source, op, false);
    case Type::MEAN: return translate_mean(source, op);
    case Type::SOFTMAX: return translate_softmax(source, op);
    case Type::LOGISTIC: return translate_logistic(source, op);
    case Type::HARD_SWISH: return translate_hard_swish(source, op);
    case Type::RELU: return translate_relu(source, op);
    case Type::RELU6: return translate_relu6(source, op);
    case Type::QUANTIZE: return translate_quantize(source, op);
    case Type::DEQUANTIZE: return translate_dequantize(source, op);
    case Type::CONCATENATION: return translate_concatenation(source, op);
    case Type::SPLIT: return translate_split(source, op);
    case Type::PAD: return translate_pad(source, op, false);
    case Type::PADV2: return translate_pad(source, op, true);
    case Type::TRANSPOSE: return translate_transpose(source, op);
    case Type::RESHAPE:
    case Type::SQUEEZE: return translate_reshape(source, op);
    case Type::RESIZE_NEAREST_NEIGHBOR: return translate_resize_nearest(source, op);
    default: break;
  }
  source.refuse(
      "is not supported",
      "accepted are ADD, AVERAGE_POOL_2D, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, HARD_SWISH, LOGISTIC, "
      "MAX_POOL_2D, MEAN, MUL, PAD, PADV2, QUANTIZE, RELU, RELU6, RESHAPE, RESIZE_NEAREST_NEIGHBOR, SOFTMAX, SPLIT, SQUEEZE, SUB and "
      "TRANSPOSE");
}

}  // namespace twill::importer
