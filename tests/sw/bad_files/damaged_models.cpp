// SPDX-License-Identifier: Apache-2.0
// Flatbuffers that are broken, and sound ones that list the same parts so often that copies of them would fill any memory.
#include <cstring>
#include <random>

#include "bad_files.hpp"
#include "tflite_builder.hpp"
#include "twill/file.hpp"

namespace twill::test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Builder = flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

Bytes sound() { return read_file(TWILL_DEMO_DIR "/model.tflite"); }

/// The sound model, to be cut into: its parts are found with the generated reader, then bytes are overwritten.
class Surgery {
 public:
  Surgery() : bytes_(sound()) {}

  const tflite::Model& model() const { return *tflite::GetModel(bytes_.data()); }
  const tflite::SubGraph& graph() const { return *model().subgraphs()->Get(0); }

  Surgery& write(const void* at, std::uint32_t word) {
    std::memcpy(bytes_.data() + (static_cast<const std::uint8_t*>(at) - bytes_.data()), &word, sizeof word);
    return *this;
  }
  Surgery& write_half(const void* at, std::uint16_t half) {
    std::memcpy(bytes_.data() + (static_cast<const std::uint8_t*>(at) - bytes_.data()), &half, sizeof half);
    return *this;
  }
  /// Moves what a field points to.
  template <class Table>
  Surgery& move(const Table& table, flatbuffers::voffset_t field, std::int32_t by) {
    const auto& base = reinterpret_cast<const flatbuffers::Table&>(table);  // a base that the generated types hide
    const std::uint8_t* at = base.GetAddressOf(field);
    return write(at, flatbuffers::ReadScalar<std::uint32_t>(at) + static_cast<std::uint32_t>(by));
  }
  static const std::uint8_t* vtable(const void* table) {
    const auto* at = static_cast<const std::uint8_t*>(table);
    return at - flatbuffers::ReadScalar<std::int32_t>(at);
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Bytes first(std::size_t size) {
  Bytes bytes = sound();
  bytes.resize(size);
  return bytes;
}

Bytes with_root(std::uint32_t root, std::size_t size) {
  Bytes bytes(std::max<std::size_t>(size, 8));
  std::memcpy(bytes.data(), &root, 4);
  std::memcpy(bytes.data() + 4, "TFL3", 4);
  bytes.resize(size);
  return bytes;
}

template <class Operate>
Bytes operated(Operate operate) {
  Surgery surgery;
  operate(surgery);
  return surgery.bytes();
}

/// A model of one operator code (CONCATENATION), these tensors and operators, and two buffers, of none and of `data` bytes.
Bytes finish(Builder& builder, const std::vector<Offset<tflite::Tensor>>& tensors, const std::vector<Offset<tflite::Operator>>& operators, std::size_t data = 0) {
  const auto type = tflite::BuiltinOperator::CONCATENATION;
  const std::vector<Offset<tflite::OperatorCode>> codes{tflite::CreateOperatorCode(builder, static_cast<std::int8_t>(type), 0, 1, type)};
  std::vector<Offset<tflite::Buffer>> buffers{tflite::CreateBuffer(builder)};
  if (data > 0) buffers.push_back(tflite::CreateBuffer(builder, builder.CreateVector(Bytes(data, 1))));
  const std::vector<std::int32_t> inputs{0}, outputs{1};
  const auto at_inputs = builder.CreateVector(inputs), at_outputs = builder.CreateVector(outputs);
  const auto at_tensors = builder.CreateVector(tensors);
  const auto at_operators = builder.CreateVector(operators);
  const std::vector<Offset<tflite::SubGraph>> graphs{tflite::CreateSubGraph(builder, at_tensors, at_inputs, at_outputs, at_operators)};
  const auto at_codes = builder.CreateVector(codes);
  const auto at_graphs = builder.CreateVector(graphs);
  const auto at_buffers = builder.CreateVector(buffers);
  builder.Finish(tflite::CreateModel(builder, 3, at_codes, at_graphs, 0, at_buffers), tflite::ModelIdentifier());
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

Bytes one_tensor_many_times(std::size_t times, std::size_t name, std::size_t data, std::size_t scales) {
  Builder builder;
  const auto named = builder.CreateString(std::string(name, 'n'));
  const auto scale = builder.CreateVector(std::vector<float>(scales, 1.0f));
  const auto quantization = tflite::CreateQuantization(builder, 0, 0, scale);
  const auto extent = static_cast<std::int32_t>(std::max<std::size_t>({data, scales, 1}));
  const auto shape = builder.CreateVector(std::vector<std::int32_t>{extent});
  const auto tensor = tflite::CreateTensor(builder, shape, tflite::TensorType::INT8, data > 0 ? 1 : 0, named, scales > 0 ? quantization : 0);
  return finish(builder, std::vector<Offset<tflite::Tensor>>(times, tensor), {}, data);
}

/// Operators that share one list of a million inputs, of one element each.
Bytes one_list_of_inputs(std::size_t operators) {
  Builder builder;
  const auto quantization = tflite::CreateQuantization(builder, 0, 0, builder.CreateVector(std::vector<float>{1.0f}));
  const auto tensor = [&](int extent) {
    const auto shape = builder.CreateVector(std::vector<std::int32_t>{extent});
    return tflite::CreateTensor(builder, shape, tflite::TensorType::INT8, 0, 0, quantization);
  };
  std::vector<Offset<tflite::Tensor>> tensors{tensor(1)};
  tensors.resize(operators + 1, tensor(1 << 20));
  const auto inputs = builder.CreateVector(std::vector<std::int32_t>(1 << 20, 0));
  const auto options = tflite::CreateConcatenationOptions(builder, 0).Union();
  std::vector<Offset<tflite::Operator>> list;
  for (std::size_t i = 0; i < operators; ++i) {
    const auto outputs = builder.CreateVector(std::vector<std::int32_t>{static_cast<std::int32_t>(i + 1)});
    list.push_back(tflite::CreateOperator(builder, 0, inputs, outputs, tflite::BuiltinOptions::ConcatenationOptions, options));
  }
  return finish(builder, tensors, list);
}

}  // namespace

std::vector<BadFile> damaged_models() {
  const std::string none = "this is not a TFLite model (bytes 4 to 7 of one are 'TFL3')", damaged = "the flatbuffer is damaged: ", root = "the root table at byte ",
                    outside = "lies outside the file", many = "lists its parts so many times";
  std::vector<BadFile> files{
      {"a model of no bytes", {}, none},
      {"a model of 7 bytes", first(7), none},
      {"a model of 8 bytes", first(8), damaged + "its root offset"},
      {"a model of 8 bytes whose root is itself", with_root(0, 8), damaged + root + "0 of 8"},
      {"a model whose root is its identifier", with_root(4, 100), damaged + root + "4 of 100"},
      {"a model whose root offset is the largest", with_root(0xffffffff, 8), damaged + "its root offset 4294967295 " + outside},
      {"a model whose root offset is one past the end", with_root(97, 100), damaged + "its root offset 97 " + outside},
      {"a model whose root lies on the last word", with_root(96, 100), "has schema version 0"},
      {"a model whose root offset is negative", with_root(0x80000000, 1000), damaged + "its root offset 2147483648 " + outside},
      {"a model of zeros", with_root(8, 100000), "has schema version 0"},
      {"a text for a model", Bytes(1000, 'a'), none},
      {"a picture for a model", read_file(TWILL_DEMO_DIR "/cases/plain/in0.npy"), none},
      {"a model with the identifier of another format", operated([](Surgery& s) { s.write(s.bytes().data() + 4, 0x34464c54); }), none},
      {"a model whose root is misaligned", operated([](Surgery& s) { s.write(s.bytes().data(), flatbuffers::ReadScalar<std::uint32_t>(s.bytes().data()) + 1); }), damaged},
      {"half a model", first(sound().size() / 2), damaged},
      {"a model without its last 64 bytes", first(sound().size() - 64), damaged},
      {"a model without its vtable", operated([](Surgery& s) { s.write(&s.model(), 0x70000000); }), damaged + root},
      {"a model whose vtable lies behind it", operated([](Surgery& s) { s.write(&s.model(), 0x90000000); }), damaged + root},
      {"a model with a vtable of no length", operated([](Surgery& s) { s.write_half(s.vtable(&s.model()), 0); }), "has schema version 0"},
      {"a model with a vtable of an odd length", operated([](Surgery& s) { s.write_half(s.vtable(&s.model()), 13); }), damaged + root},
      {"a model with a vtable longer than the file", operated([](Surgery& s) { s.write_half(s.vtable(&s.model()), 65534); }), damaged},
      {"a model with a field outside its table", operated([](Surgery& s) { s.write_half(s.vtable(&s.model()) + tflite::Model::VT_BUFFERS, 65532); }), damaged},
      {"an operator without its vtable", operated([](Surgery& s) { s.write(s.graph().operators()->Get(2), 0x70000000); }), damaged + "operator 2 at byte "},
      {"a tensor without its vtable", operated([](Surgery& s) { s.write(s.graph().tensors()->Get(5), 0x7fffffff); }), damaged + "tensor 5 at byte "},
      {"a buffer without its vtable", operated([](Surgery& s) { s.write(s.model().buffers()->Get(1), 0x7fffffff); }), damaged + "buffer 1 at byte "},
      {"a list of 2^30 tensors", operated([](Surgery& s) { s.write(s.graph().tensors(), 1 << 30); }), damaged + "the vector of each tensor"},
      {"a list of 2^32 - 1 operators", operated([](Surgery& s) { s.write(s.graph().operators(), 0xffffffff); }), damaged + "the vector of each operator"},
      {"a list of tensors one too long", operated([](Surgery& s) { s.write(s.graph().tensors(), s.graph().tensors()->size() + 1); }), damaged + "tensor "},
      {"a list of tensors that points nowhere", operated([](Surgery& s) { s.write(s.graph().tensors()->Data(), 0); }), "operator 0 (CONV_2D) has an input 0 of type float32"},
      {"a list of tensors that points outside", operated([](Surgery& s) { s.write(s.graph().tensors()->Data(), 0x10000000); }), damaged + "tensor 0"},
      {"a misaligned list of tensors", operated([](Surgery& s) { s.move(s.graph(), tflite::SubGraph::VT_TENSORS, 1); }), damaged},
      {"a misaligned list of operators", operated([](Surgery& s) { s.move(s.graph(), tflite::SubGraph::VT_OPERATORS, 2); }), damaged},
      {"a misaligned shape", operated([](Surgery& s) { s.move(*s.graph().tensors()->Get(0), tflite::Tensor::VT_SHAPE, 1); }), damaged + "tensor 0"},
      {"a misaligned list of zero points", operated([](Surgery& s) { s.move(*s.graph().tensors()->Get(0)->quantization(), tflite::Quantization::VT_ZERO_POINT, 3); }), damaged + "tensor 0"},
      {"a shape of 2^30 axes", operated([](Surgery& s) { s.write(s.graph().tensors()->Get(0)->shape(), 1 << 30); }), damaged + "tensor 0"},
      {"a name longer than the file", operated([](Surgery& s) { s.write(s.graph().tensors()->Get(0)->name(), 0x00ffffff); }), damaged + "tensor 0"},
      {"a name without its end", operated([](Surgery& s) { s.write(s.graph().tensors()->Get(0)->name(), s.graph().tensors()->Get(0)->name()->size() - 1); }), damaged + "tensor 0"},
      {"data longer than the file", operated([](Surgery& s) { s.write(s.model().buffers()->Get(s.graph().tensors()->Get(1)->buffer())->data(), 0x7ffffff0); }), damaged + "buffer "},
      {"a graph that is its own model", operated([](Surgery& s) {
         const auto* list = s.model().subgraphs()->Data();
         s.write(list, static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(&s.model()) - list));
       }), damaged + "subgraph 0"},
      {"options that are a tensor", operated([](Surgery& s) {
         const auto& op = reinterpret_cast<const flatbuffers::Table&>(*s.graph().operators()->Get(0));
         const std::uint8_t* at = op.GetAddressOf(tflite::Operator::VT_BUILTIN_OPTIONS);
         s.write(at, static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(s.graph().tensors()->Get(0)) - at));
       }), damaged + "operator 0"},
      {"one tensor 100,000 times, with half a megabyte of data", one_tensor_many_times(100'000, 1, 500'000, 0), many},
      {"one tensor 100,000 times, with a name of a megabyte", one_tensor_many_times(100'000, 1 << 20, 0, 0), many},
      {"one tensor 100,000 times, with 100,000 scales", one_tensor_many_times(100'000, 1, 0, 100'000), many},
      {"one tensor 900,000 times", one_tensor_many_times(900'000, 1, 0, 0), many},
      {"one tensor 2 million times", one_tensor_many_times(2'000'000, 1, 0, 0), damaged},
      {"a thousand operators with one list of a million inputs", one_list_of_inputs(1000), many},
  };
  std::mt19937_64 random(1);
  for (const int kilobytes : {1, 64, 4096}) {
    Bytes noise(static_cast<std::size_t>(kilobytes) * 1024);
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random());
    std::memcpy(noise.data(), "\x10\0\0\0TFL3", 8);
    files.push_back({std::to_string(kilobytes) + " KiB of noise for a model", noise, damaged + root + "16 of"});
  }
  return files;
}

}  // namespace twill::test
