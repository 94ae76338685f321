// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "budget.hpp"
#include "tflite_generated.h"
#include "twill/graph.hpp"

namespace twill::importer {

/// One operator of the file as its translation sees it: operands by position, checked options, and the refusal that names
/// it. Every member throws InputError for what it does not find.
class OperatorSource {
 public:
  /// Operand indices in `op` have been checked to exist.
  OperatorSource(const std::vector<Tensor>& tensors, const Operator& op, const tflite::Operator& source, std::string prefix, Budget& budget)
      : tensors_(tensors), op_(op), source_(source), prefix_(std::move(prefix)), budget_(budget) {}

  /// "<file>: operator <index> (<type>) <what>; <accepted>."
  [[noreturn]] void refuse(const std::string& what, const std::string& accepted) const;

  /// Before anything is made that takes so much memory; see Budget.
  void spend(std::uint64_t bytes) const { budget_.spend(bytes); }

  void require_operands(std::size_t least_inputs, std::size_t most_inputs, std::size_t least_outputs = 1,
                        std::size_t most_outputs = 1) const;
  bool has_input(std::size_t k) const { return k < op_.inputs.size() && op_.inputs[k] >= 0; }
  const Tensor& input(std::size_t k = 0) const;
  const Tensor& output(std::size_t k = 0) const { return tensors_[static_cast<std::size_t>(op_.outputs[k])]; }

  /// An int8 (or `type`) tensor with one positive scale and a zero point, of `rank` axes (any when negative).
  const Tensor& activation(std::size_t input, int rank = -1, DataType type = DataType::int8) const;
  const Tensor& result(std::size_t output = 0, int rank = -1, DataType type = DataType::int8) const;
  /// Both have the same scale and zero point: the operator only moves values.
  void require_equal_quantization(const Tensor& a, const Tensor& b) const;

  /// A constant input.
  const Tensor& constant(std::size_t input, const std::string& what) const;
  /// A constant int32 input in C order.
  std::vector<int> constant_ints(std::size_t input, const std::string& what) const;
  /// An axis as TFLite writes it (negative from the end), resolved.
  int axis(int written, const Tensor& of) const;

  /// The operator's options, which must be of this type.
  template <typename Options>
  const Options& options() const {
    const auto expected = tflite::BuiltinOptionsTraits<Options>::enum_value;
    if (source_.builtin_options_type() != expected || !source_.builtin_options())
      refuse("has no " + std::string(tflite::EnumNameBuiltinOptions(expected)), "its options are needed");
    return *static_cast<const Options*>(source_.builtin_options());
  }

 private:
  const Tensor& checked(const Tensor& tensor, const std::string& role, int rank, DataType type) const;

  const std::vector<Tensor>& tensors_;
  const Operator& op_;
  const tflite::Operator& source_;
  std::string prefix_;
  Budget& budget_;
};

/// "1x49x10x64", "scalar"
std::string words(const std::vector<int>& shape);
std::string words(DataType type);

}  // namespace twill::importer
