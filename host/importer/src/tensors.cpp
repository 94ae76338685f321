// SPDX-License-Identifier: Apache-2.0
#include "tensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "twill/error.hpp"

namespace twill::importer {
namespace {

/// An element of a vector of longs, wherever the file has it: flatbuffers checks the alignment of a vector's length only.
std::int64_t long_at(const flatbuffers::Vector<std::int64_t>& vector, std::size_t i) {
  static_assert(FLATBUFFERS_LITTLEENDIAN, "the file is read as it stands");
  std::int64_t value = 0;
  std::memcpy(&value, vector.Data() + sizeof value * i, sizeof value);
  return value;
}

class TensorReader {
 public:
  TensorReader(const tflite::Model& model, const tflite::Tensor& source, std::size_t index, const std::string& file, Budget& budget)
      : model_(model), source_(source), budget_(budget), prefix_(file + ": tensor " + std::to_string(index)) {
    if (source.name()) {
      budget_.spend(source.name()->size());
      tensor_.name = source.name()->str();
      prefix_ += " ('" + shown(tensor_.name) + "')";
    }
  }

  Tensor read() {
    if (source_.is_variable()) refuse("is a variable", "only inputs, constants and results of operators are accepted");
    if (source_.sparsity()) refuse("is sparse", "only dense tensors are accepted");
    if (source_.external_buffer() != 0) refuse("has its data in another file", "only data in the model file is accepted");
    tensor_.type = type();
    read_shape();
    if (const tflite::Quantization* quantization = source_.quantization()) read_quantization(*quantization);
    read_data();
    return std::move(tensor_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& accepted) const {
    throw InputError(prefix_ + " " + what + "; " + accepted + ".");
  }

  DataType type() const {
    switch (source_.type()) {
      case tflite::TensorType::INT8: return DataType::int8;
      case tflite::TensorType::UINT8: return DataType::uint8;
      case tflite::TensorType::INT32: return DataType::int32;
      case tflite::TensorType::FLOAT32: return DataType::float32;
      default: break;
    }
    const std::string name = tflite::EnumNameTensorType(source_.type());
    refuse("has type " + (name.empty() ? std::to_string(static_cast<int>(source_.type())) : name),
           "INT8, UINT8, INT32 and FLOAT32 are accepted");
  }

  void read_shape() {
    constexpr std::size_t most_axes = 8;
    if (!source_.shape()) return;  // a scalar
    if (source_.shape()->size() > most_axes)
      refuse("has " + std::to_string(source_.shape()->size()) + " axes", "at most " + std::to_string(most_axes) + " are accepted");
    std::uint64_t bytes = size_of(tensor_.type);
    for (std::int32_t extent : *source_.shape()) {
      if (extent < 1) refuse("has the extent " + std::to_string(extent) + " in its shape", "fixed extents of 1 or more are accepted");
      bytes *= static_cast<std::uint64_t>(extent);
      if (bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()))
        refuse("has 2^31 bytes or more", "less is accepted");
      tensor_.shape.push_back(extent);
    }
  }

  void read_quantization(const tflite::Quantization& quantization) {
    if (quantization.details_kind() != 0) refuse("has a custom or block-wise quantization", "scales and zero points are accepted");
    const std::size_t scales = quantization.scale() ? quantization.scale()->size() : 0;
    const std::size_t zero_points = quantization.zero_point() ? quantization.zero_point()->size() : 0;
    if (scales == 0) return;  // min and max alone
    if (zero_points != 0 && zero_points != scales)
      refuse("has " + std::to_string(scales) + " scales and " + std::to_string(zero_points) + " zero points",
             "as many of one as of the other are accepted");
    if (scales > 1 && !std::count(tensor_.shape.begin(), tensor_.shape.end(), static_cast<int>(scales)))
      refuse("has " + std::to_string(scales) + " scales, which is none of its extents", "one scale, or one for each channel, is accepted");
    budget_.spend(scales * (sizeof(float) + sizeof(int)));
    int low = 0, high = 0;  // int32 biases and others: symmetric
    if (tensor_.type == DataType::int8) low = -128, high = 127;
    if (tensor_.type == DataType::uint8) high = 255;
    for (std::size_t i = 0; i < scales; ++i) {
      const float scale = quantization.scale()->Get(static_cast<flatbuffers::uoffset_t>(i));
      const std::int64_t zero = zero_points ? long_at(*quantization.zero_point(), i) : 0;
      if (!std::isfinite(scale) || scale < 0) refuse("has a scale that is negative or no number", "finite scales are accepted");
      if (zero < low || zero > high)
        refuse("has the zero point " + std::to_string(zero),
               std::to_string(low) + " to " + std::to_string(high) + " is accepted for its type");
      tensor_.scale.push_back(scale);
      tensor_.zero_point.push_back(static_cast<int>(zero));
    }
    check_channel_axis(quantization.quantized_dimension());
  }

  /// Published models have axes here that the tensor does not have (3 for a 1-D bias): then the one axis of that extent
  /// is meant. An axis that exists must be the right one.
  void check_channel_axis(int axis) const {
    if (tensor_.scale.size() < 2 || axis < 0 || static_cast<std::size_t>(axis) >= tensor_.shape.size()) return;
    if (static_cast<std::size_t>(tensor_.shape[static_cast<std::size_t>(axis)]) != tensor_.scale.size())
      refuse("has " + std::to_string(tensor_.scale.size()) + " scales for its axis " + std::to_string(axis) + " of another extent",
             "one scale for each channel is accepted");
  }

  void read_data() {
    const auto* buffers = model_.buffers();
    const std::uint32_t index = source_.buffer();
    if (index >= (buffers ? buffers->size() : 0)) {
      if (index == 0) return;
      refuse("names buffer " + std::to_string(index), "the file has " + std::to_string(buffers ? buffers->size() : 0));
    }
    const tflite::Buffer& buffer = *buffers->Get(index);
    if (buffer.offset() > 1 || buffer.size() > 1) refuse("has its data behind the flatbuffer", "only data inside it is accepted");
    if (!buffer.data() || buffer.data()->size() == 0) return;
    if (buffer.data()->size() != tensor_.bytes())
      refuse("has " + std::to_string(buffer.data()->size()) + " bytes of data in buffer " + std::to_string(index),
             std::to_string(tensor_.bytes()) + " are what its shape and type ask for");
    budget_.spend(buffer.data()->size());
    tensor_.data.assign(buffer.data()->begin(), buffer.data()->end());
  }

  const tflite::Model& model_;
  const tflite::Tensor& source_;
  Budget& budget_;
  std::string prefix_;
  Tensor tensor_;
};

}  // namespace

std::vector<Tensor> import_tensors(const tflite::Model& model, const tflite::SubGraph& subgraph, const std::string& file, Budget& budget) {
  std::vector<Tensor> tensors;
  if (!subgraph.tensors()) return tensors;
  constexpr std::uint64_t allocations = 128;  // what the parts of a small tensor take besides
  budget.spend(subgraph.tensors()->size() * (sizeof(Tensor) + allocations));
  tensors.reserve(subgraph.tensors()->size());
  for (const tflite::Tensor* source : *subgraph.tensors()) tensors.push_back(TensorReader(model, *source, tensors.size(), file, budget).read());
  return tensors;
}

}  // namespace twill::importer
