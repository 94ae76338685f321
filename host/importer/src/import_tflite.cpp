// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "budget.hpp"
#include "tensors.hpp"
#include "translate.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"
#include "twill/tflite.hpp"
#include "verify.hpp"

namespace twill {
namespace {

using namespace importer;

/// Builds a graph in file order, so that an operator can only use what is there already.
class Import {
 public:
  Import(const tflite::Model& model, std::size_t bytes, const std::string& file) : model_(model), file_(file), budget_(bytes, file) { graph_.name = file; }

  Graph run() {
    if (model_.version() != 3) refuse("has schema version " + std::to_string(model_.version()), "3 is accepted");
    const std::size_t subgraphs = model_.subgraphs() ? model_.subgraphs()->size() : 0;
    if (subgraphs != 1) refuse("has " + std::to_string(subgraphs) + " subgraphs", "one is accepted");
    const tflite::SubGraph& subgraph = *model_.subgraphs()->Get(0);

    graph_.tensors = import_tensors(model_, subgraph, file_, budget_);
    known_.resize(graph_.tensors.size());
    made_.resize(graph_.tensors.size());
    for (std::size_t i = 0; i < known_.size(); ++i) known_[i] = graph_.tensors[i].constant();
    graph_.inputs = indices(subgraph.inputs(), "an input");
    for (int input : graph_.inputs) define(input, file_ + ": an input");
    if (subgraph.operators())
      for (const tflite::Operator* source : *subgraph.operators()) add(*source);
    graph_.outputs = indices(subgraph.outputs(), "an output");
    if (graph_.outputs.empty()) refuse("has no outputs", "one or more are accepted");
    for (int output : graph_.outputs)
      if (!made_[static_cast<std::size_t>(output)])
        refuse("has tensor " + std::to_string(output) + " as an output, which no operator makes", "results of operators are accepted");
    return std::move(graph_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& accepted) const {
    throw InputError(file_ + ": the model " + what + "; " + accepted + ".");
  }

  /// `what` follows "has" in the refusal.
  std::vector<int> indices(const flatbuffers::Vector<std::int32_t>* source, const std::string& what, bool optional = false) {
    std::vector<int> result;
    if (!source) return result;
    constexpr std::uint64_t operand = 16;  // its index, and as much again and more for the time its checks take
    budget_.spend(source->size() * operand);
    result.reserve(source->size());
    for (std::int32_t index : *source) {
      if (index < (optional ? -1 : 0) || index >= static_cast<std::int64_t>(graph_.tensors.size()))
        refuse("has " + what + " that is tensor " + std::to_string(index),
               "0 to " + std::to_string(graph_.tensors.size()) + " (exclusive) is accepted");
      result.push_back(index);
    }
    return result;
  }

  /// Marks a tensor as having a value from here on; each gets one once.
  void define(int tensor, const std::string& by) {
    if (known_[static_cast<std::size_t>(tensor)])
      throw InputError(by + " is tensor " + std::to_string(tensor) +
                       ", which already has a value; each tensor may be a constant, an input or one operator's output.");
    known_[static_cast<std::size_t>(tensor)] = true;
  }

  tflite::BuiltinOperator type_of(const tflite::Operator& source, const std::string& which, std::string& name) const {
    const std::size_t codes = model_.operator_codes() ? model_.operator_codes()->size() : 0;
    if (source.opcode_index() >= codes)
      refuse("has " + which + " with operator code " + std::to_string(source.opcode_index()),
             "the file has " + std::to_string(codes) + " codes");
    const tflite::OperatorCode& code = *model_.operator_codes()->Get(source.opcode_index());
    const auto type = std::max(code.builtin_code(), static_cast<tflite::BuiltinOperator>(code.byte_code()));
    name = tflite::EnumNameBuiltinOperator(type);
    if (name.empty()) name = "operator type " + std::to_string(static_cast<int>(type));
    if (type == tflite::BuiltinOperator::CUSTOM && code.custom_code()) name += " " + shown(code.custom_code()->str());
    return type;
  }

  void add(const tflite::Operator& source) {
    const std::string which = "operator " + std::to_string(graph_.operators.size());
    budget_.spend(sizeof(Operator));
    Operator op;
    const tflite::BuiltinOperator type = type_of(source, which, op.type);
    const std::string prefix = file_ + ": " + which + " (" + op.type + ")";
    op.inputs = indices(source.inputs(), which + " (" + op.type + ") with an input", true);
    op.outputs = indices(source.outputs(), which + " (" + op.type + ") with an output");
    for (int input : op.inputs)
      if (input >= 0 && !known_[static_cast<std::size_t>(input)])
        throw InputError(prefix + " reads tensor " + std::to_string(input) +
                         ", which has no value yet; constants, inputs and outputs of earlier operators are accepted.");
    translate(type, OperatorSource(graph_.tensors, op, source, prefix, budget_), op);
    for (int output : op.outputs) {
      define(output, prefix + ": an output");
      made_[static_cast<std::size_t>(output)] = true;
    }
    graph_.operators.push_back(std::move(op));
  }

  const tflite::Model& model_;
  const std::string& file_;
  Budget budget_;
  Graph graph_;
  std::vector<bool> known_;  ///< tensors that have a value
  std::vector<bool> made_;   ///< by operators
};

}  // namespace

Graph import_tflite(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  return Import(verified_model(bytes, name), bytes.size(), name).run();
}

Graph import_tflite(const std::string& path) { return import_tflite(read_file(path), path); }

}  // namespace twill
