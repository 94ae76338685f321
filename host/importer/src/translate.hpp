// SPDX-License-Identifier: Apache-2.0
// The translations, one for each operator of the file format. Each checks its operands and options, fills in `op`'s
// attributes and MACs, and cuts `op.inputs` down to what is computed with. Throws InputError.
#pragma once
#include "operator_source.hpp"

namespace twill::importer {

void translate_conv_2d(const OperatorSource& source, Operator& op);
void translate_depthwise_conv_2d(const OperatorSource& source, Operator& op);
void translate_fully_connected(const OperatorSource& source, Operator& op);
void translate_add(const OperatorSource& source, Operator& op);
void translate_sub(const OperatorSource& source, Operator& op);
void translate_mul(const OperatorSource& source, Operator& op);
void translate_pool_2d(const OperatorSource& source, Operator& op, bool average);
void translate_mean(const OperatorSource& source, Operator& op);
void translate_softmax(const OperatorSource& source, Operator& op);
void translate_logistic(const OperatorSource& source, Operator& op);
void translate_hard_swish(const OperatorSource& source, Operator& op);
void translate_relu(const OperatorSource& source, Operator& op);
void translate_relu6(const OperatorSource& source, Operator& op);
void translate_quantize(const OperatorSource& source, Operator& op);    ///< from float32, else translate_requantize
void translate_requantize(const OperatorSource& source, Operator& op);  ///< byte to byte
void translate_dequantize(const OperatorSource& source, Operator& op);
void translate_concatenation(const OperatorSource& source, Operator& op);
void translate_split(const OperatorSource& source, Operator& op);
void translate_pad(const OperatorSource& source, Operator& op, bool has_value);
void translate_transpose(const OperatorSource& source, Operator& op);
void translate_reshape(const OperatorSource& source, Operator& op);
void translate_resize_nearest(const OperatorSource& source, Operator& op);

/// Calls the translation of `type`.
void translate(tflite::BuiltinOperator type, const OperatorSource& source, Operator& op);

}  // namespace twill::importer
