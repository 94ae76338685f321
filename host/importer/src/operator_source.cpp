// SPDX-License-Identifier: Apache-2.0
#include "operator_source.hpp"

#include <cstring>

#include "twill/error.hpp"

namespace twill::importer {

std::string words(const std::vector<int>& shape) {
  std::string text;
  for (int extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

std::string words(DataType type) {
  switch (type) {
    case DataType::int8: return "int8";
    case DataType::uint8: return "uint8";
    case DataType::int32: return "int32";
    case DataType::float32: return "float32";
  }
  return "unknown";
}

void OperatorSource::refuse(const std::string& what, const std::string& accepted) const {
  throw InputError(prefix_ + " " + what + "; " + accepted + ".");
}

void OperatorSource::require_operands(std::size_t least_inputs, std::size_t most_inputs, std::size_t least_outputs,
                                      std::size_t most_outputs) const {
  const auto check = [&](std::size_t count, std::size_t least, std::size_t most, const std::string& what) {
    if (count >= least && count <= most) return;
    const std::string accepted = least == most       ? std::to_string(least)
                                 : least + 1 == most ? std::to_string(least) + " or " + std::to_string(most)
                                                     : std::to_string(least) + " or more";
    refuse("has " + std::to_string(count) + " " + what, accepted + " are accepted");
  };
  check(op_.inputs.size(), least_inputs, most_inputs, "inputs");
  check(op_.outputs.size(), least_outputs, most_outputs, "outputs");
}

const Tensor& OperatorSource::input(std::size_t k) const {
  if (!has_input(k)) refuse("lacks its input " + std::to_string(k), "it is needed");
  return tensors_[static_cast<std::size_t>(op_.inputs[k])];
}

const Tensor& OperatorSource::checked(const Tensor& tensor, const std::string& role, int rank, DataType type) const {
  if (tensor.type != type) refuse("has " + role + " of type " + words(tensor.type), words(type) + " is accepted");
  if (rank >= 0 && tensor.shape.size() != static_cast<std::size_t>(rank))
    refuse("has " + role + " of shape " + words(tensor.shape), std::to_string(rank) + " axes are accepted");
  if (type == DataType::int8 || type == DataType::uint8) {
    if (tensor.scale.size() != 1)
      refuse("has " + role + " with " + std::to_string(tensor.scale.size()) + " scales", "one for the whole tensor is accepted");
    if (!(tensor.scale[0] > 0)) refuse("has " + role + " with a scale of 0", "a positive scale is accepted");
  }
  return tensor;
}

const Tensor& OperatorSource::activation(std::size_t k, int rank, DataType type) const {
  return checked(input(k), "an input " + std::to_string(k), rank, type);
}

const Tensor& OperatorSource::result(std::size_t k, int rank, DataType type) const {
  return checked(output(k), "an output " + std::to_string(k), rank, type);
}

void OperatorSource::require_equal_quantization(const Tensor& a, const Tensor& b) const {
  if (a.scale != b.scale || a.zero_point != b.zero_point)
    refuse("moves values between tensors with different scales or zero points", "equal ones are accepted");
}

const Tensor& OperatorSource::constant(std::size_t k, const std::string& what) const {
  if (!input(k).constant()) refuse("computes its " + what + " at run time", "a constant is accepted");
  return input(k);
}

std::vector<int> OperatorSource::constant_ints(std::size_t k, const std::string& what) const {
  const Tensor& tensor = constant(k, what);
  if (tensor.type != DataType::int32) refuse("has " + what + " of type " + words(tensor.type), "int32 is accepted");
  spend(tensor.data.size());
  std::vector<int> values(tensor.elements());
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

int OperatorSource::axis(int written, const Tensor& of) const {
  const int rank = static_cast<int>(of.shape.size());
  if (written < -rank || written >= rank)
    refuse("names axis " + std::to_string(written) + " of a tensor of shape " + words(of.shape), "-rank to rank - 1 is accepted");
  return written < 0 ? written + rank : written;
}

}  // namespace twill::importer
