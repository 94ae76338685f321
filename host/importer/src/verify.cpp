// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include <cstring>

#include "twill/error.hpp"

namespace twill::importer {
namespace {

/// flatbuffers says only that a file is bad. This goes over its parts again to say which one.
class Diagnosis {
 public:
  Diagnosis(const std::vector<std::uint8_t>& bytes, std::string file)
      : bytes_(bytes), file_(std::move(file)), verifier_(bytes.data(), bytes.size()) {}

  [[noreturn]] void refuse(const std::string& part, const void* at) const {
    throw InputError(file_ + ": the flatbuffer is damaged: " + part + " at byte " +
                     std::to_string(static_cast<const std::uint8_t*>(at) - bytes_.data()) + " of " + std::to_string(bytes_.size()) +
                     " is malformed or points outside the file.");
  }

  /// Throws when a table of the vector is bad; `look` may look into one whose own table and fields are sound.
  template <typename Table, typename Look>
  void each(const flatbuffers::Vector<flatbuffers::Offset<Table>>* vector, const std::string& part, Look look) {
    if (!vector) return;
    if (!verifier_.VerifyVector(vector)) refuse("the vector of each " + part, vector);
    for (flatbuffers::uoffset_t i = 0; i < vector->size(); ++i) {
      const Table* table = vector->Get(i);
      if (table->Verify(verifier_)) continue;
      look(*table);
      refuse(part + " " + std::to_string(i), table);
    }
  }

  /// Whether the table's vtable and the one field can be followed.
  template <typename Table>
  bool can_follow(const Table& typed, flatbuffers::voffset_t field) {
    const auto& table = reinterpret_cast<const flatbuffers::Table&>(typed);  // a base the generated types hide
    return table.VerifyTableStart(verifier_) && table.VerifyOffset(verifier_, field);
  }

 private:
  const std::vector<std::uint8_t>& bytes_;
  std::string file_;
  flatbuffers::Verifier verifier_;
};

[[noreturn]] void diagnose(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  using tflite::Model;
  using tflite::SubGraph;
  Diagnosis diagnosis(bytes, file);
  const auto nothing_inside = [](const auto&) {};
  const Model* model = tflite::GetModel(bytes.data());
  if (diagnosis.can_follow(*model, Model::VT_OPERATOR_CODES)) diagnosis.each(model->operator_codes(), "operator code", nothing_inside);
  if (diagnosis.can_follow(*model, Model::VT_BUFFERS)) diagnosis.each(model->buffers(), "buffer", nothing_inside);
  if (diagnosis.can_follow(*model, Model::VT_METADATA)) diagnosis.each(model->metadata(), "metadata entry", nothing_inside);
  if (diagnosis.can_follow(*model, Model::VT_SIGNATURES)) diagnosis.each(model->signatures(), "signature", nothing_inside);
  if (diagnosis.can_follow(*model, Model::VT_SUBGRAPHS))
    diagnosis.each(model->subgraphs(), "subgraph", [&](const SubGraph& graph) {
      if (diagnosis.can_follow(graph, SubGraph::VT_TENSORS)) diagnosis.each(graph.tensors(), "tensor", nothing_inside);
      if (diagnosis.can_follow(graph, SubGraph::VT_OPERATORS)) diagnosis.each(graph.operators(), "operator", nothing_inside);
    });
  diagnosis.refuse("the root table", model);
}

}  // namespace

const tflite::Model& verified_model(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  constexpr std::size_t header_bytes = 8;  // offset of the root table, identifier
  if (bytes.size() < header_bytes || std::memcmp(bytes.data() + 4, tflite::ModelIdentifier(), 4) != 0)
    throw InputError(file + ": this is not a TFLite model (bytes 4 to 7 of one are 'TFL3').");
  const std::uint32_t root = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(bytes.data());
  if (root > bytes.size() - 4)
    throw InputError(file + ": the flatbuffer is damaged: its root offset " + std::to_string(root) + " lies outside the file.");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size());
  if (!tflite::VerifyModelBuffer(verifier)) diagnose(bytes, file);
  return *tflite::GetModel(bytes.data());
}

}  // namespace twill::importer
