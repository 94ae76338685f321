// SPDX-License-Identifier: Apache-2.0
// Writes TFLite models, with the schema the importer reads them by (link twill::tflite_schema).
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tflite_generated.h"

namespace twill::test {

struct Quantized {
  std::vector<float> scale;
  std::vector<std::int64_t> zero_point;
  int axis = 0;
};

/// A model with one subgraph. Every call that adds a tensor gives its index.
class TfliteBuilder {
 public:
  TfliteBuilder() {
    model_.version = 3;
    model_.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
    model_.buffers.push_back(std::make_unique<tflite::BufferT>());  // number 0 is no data
  }

  int tensor(std::vector<int> shape, tflite::TensorType type, Quantized quantized = {}, std::vector<std::uint8_t> data = {}) {
    auto tensor = std::make_unique<tflite::TensorT>();
    tensor->name = "t" + std::to_string(graph().tensors.size());
    tensor->shape = std::move(shape);
    tensor->type = type;
    if (!quantized.scale.empty()) {
      tensor->quantization = std::make_unique<tflite::QuantizationT>();
      tensor->quantization->scale = std::move(quantized.scale);
      tensor->quantization->zero_point = std::move(quantized.zero_point);
      tensor->quantization->quantized_dimension = quantized.axis;
    }
    if (!data.empty()) {
      tensor->buffer = static_cast<std::uint32_t>(model_.buffers.size());
      model_.buffers.push_back(std::make_unique<tflite::BufferT>());
      model_.buffers.back()->data = std::move(data);
    }
    graph().tensors.push_back(std::move(tensor));
    return static_cast<int>(graph().tensors.size()) - 1;
  }

  int activation(std::vector<int> shape, float scale, int zero_point) {
    return tensor(std::move(shape), tflite::TensorType::INT8, {{scale}, {zero_point}});
  }

  /// Constant int32: one-dimensional, or of a shape.
  int ints(const std::vector<std::int32_t>& values) { return ints(values, {static_cast<int>(values.size())}); }
  int ints(const std::vector<std::int32_t>& values, std::vector<int> shape) {
    std::vector<std::uint8_t> data(values.size() * 4);
    std::memcpy(data.data(), values.data(), data.size());
    return tensor(std::move(shape), tflite::TensorType::INT32, {}, std::move(data));
  }

  int input(int tensor) {
    graph().inputs.push_back(tensor);
    return tensor;
  }
  int output(int tensor) {
    graph().outputs.push_back(tensor);
    return tensor;
  }

  void op(tflite::BuiltinOperator type, std::vector<int> inputs, std::vector<int> outputs) {
    auto op = std::make_unique<tflite::OperatorT>();
    op->opcode_index = code(type);
    op->inputs = std::move(inputs);
    op->outputs = std::move(outputs);
    graph().operators.push_back(std::move(op));
  }
  template <typename Options>
  void op(tflite::BuiltinOperator type, std::vector<int> inputs, std::vector<int> outputs, Options options) {
    op(type, std::move(inputs), std::move(outputs));
    graph().operators.back()->builtin_options.Set(std::move(options));
  }

  /// To look at, and to break on purpose.
  tflite::ModelT& model() { return model_; }
  tflite::SubGraphT& graph() { return *model_.subgraphs[0]; }

  std::vector<std::uint8_t> bytes() const {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(tflite::Model::Pack(builder, &model_), tflite::ModelIdentifier());
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }

 private:
  std::uint32_t code(tflite::BuiltinOperator type) {
    auto& codes = model_.operator_codes;
    for (std::size_t i = 0; i < codes.size(); ++i)
      if (codes[i]->builtin_code == type) return static_cast<std::uint32_t>(i);
    codes.push_back(std::make_unique<tflite::OperatorCodeT>());
    codes.back()->builtin_code = type;
    codes.back()->byte_code = static_cast<std::int8_t>(static_cast<int>(type) < 127 ? static_cast<int>(type) : 127);
    return static_cast<std::uint32_t>(codes.size()) - 1;
  }

  tflite::ModelT model_;
};

}  // namespace twill::test
