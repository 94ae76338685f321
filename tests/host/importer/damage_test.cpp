// SPDX-License-Identifier: Apache-2.0
// Damaged files are imported or refused; nothing else may happen (the suite also runs under the sanitizers).
#include <random>

#include "catch.hpp"
#include "random_network.hpp"
#include "tflite_builder.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;

/// Whether it was accepted. Any exception but InputError ends the test.
bool imports(const Bytes& bytes) {
  try {
    const Graph graph = import_tflite(bytes, "damaged");
    REQUIRE_FALSE(graph.outputs.empty());
    return true;
  } catch (const InputError& error) {
    REQUIRE(std::string(error.what()).rfind("damaged: ", 0) == 0);
    return false;
  }
}

}  // namespace

TEST_CASE("a model cut anywhere is refused") {
  const Bytes good = test::random_tflite(5, {5, 5, 4, {}});
  REQUIRE(imports(good));
  for (std::size_t length = 0; length < good.size(); ++length)
    if (imports(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)))) {
      // The builder ends files with the alignment of the last thing written; what is cut there nobody reads.
      INFO(length << " of " << good.size() << " bytes");
      REQUIRE(good.size() - length < 16);
    }
}

TEST_CASE("a published file without its last bytes is refused, though nobody reads them") {
  // The last thing in the demo network is the shape in a RESHAPE's options, which the tensors say as well.
  const Bytes good = read_file(TWILL_DEMO_DIR "/model.tflite");
  REQUIRE(imports(good));
  for (std::size_t cut = 1; cut <= 64; ++cut) {
    INFO(cut << " bytes cut");
    CHECK_FALSE(imports(Bytes(good.begin(), good.end() - static_cast<std::ptrdiff_t>(cut))));
  }
}

TEST_CASE("a length that leads out of the file is refused wherever it is") {
  test::TfliteBuilder builder;
  const int in = builder.input(builder.activation({1, 4}, 0.5f, 0)), out = builder.output(builder.activation({4}, 0.5f, 0));
  tflite::ReshapeOptionsT options;
  options.new_shape = {4};
  builder.op(tflite::BuiltinOperator::RESHAPE, {in}, {out}, options);
  builder.ints({1, 2, 3});  // a constant that no operator uses
  auto metadata = std::make_unique<tflite::MetadataT>();
  metadata->name = "min_runtime_version";
  builder.model().metadata.push_back(std::move(metadata));
  const Bytes good = builder.bytes();
  REQUIRE(imports(good));
  const tflite::Model& model = *tflite::GetModel(good.data());
  const tflite::SubGraph& graph = *model.subgraphs()->Get(0);
  const auto spoil = [&](const void* length) {
    Bytes bad = good;
    bad[static_cast<std::size_t>(static_cast<const std::uint8_t*>(length) - good.data()) + 1] = 0x70;
    return bad;
  };
  CHECK_FALSE(imports(spoil(model.buffers()->Get(model.buffers()->size() - 1)->data())));
  CHECK_FALSE(imports(spoil(graph.operators()->Get(0)->builtin_options_as_ReshapeOptions()->new_shape())));
  CHECK_FALSE(imports(spoil(model.metadata()->Get(0)->name())));
}

TEST_CASE("damaged bytes are imported or refused") {
  const std::uint64_t first = test::seed_or(1);
  int accepted = 0, refused = 0;
  for (std::uint64_t seed = first; seed < first + 60; ++seed) {
    INFO("TWILL_SEED=" << seed);
    const Bytes good = test::random_tflite(seed, {8, 6, 6, {}});
    REQUIRE(imports(good));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 200; ++round) {
      Bytes bad = good;
      const int changes = 1 + static_cast<int>(random() % 4);
      for (int k = 0; k < changes; ++k) {
        std::uint8_t& byte = bad[random() % bad.size()];
        switch (random() % 4) {
          case 0: byte = static_cast<std::uint8_t>(random()); break;
          case 1: byte = static_cast<std::uint8_t>(byte ^ (1u << (random() % 8))); break;
          case 2: byte = 0; break;
          default: byte = 0xff; break;
        }
      }
      ++(imports(bad) ? accepted : refused);
    }
  }
  CHECK(accepted > 100);  // weights may hold anything
  CHECK(refused > 1000);
}

TEST_CASE("words that are numbers in the file become the worst ones") {
  // Every aligned word of a small model in turn: offsets, extents, strides, indices and lengths are all among them.
  const Bytes good = test::random_tflite(11, {6, 5, 3, {}});
  for (std::size_t at = 0; at + 4 <= good.size(); at += 4)
    for (std::uint32_t value : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0x10000u}) {
      Bytes bad = good;
      for (std::size_t k = 0; k < 4; ++k) bad[at + k] = static_cast<std::uint8_t>(value >> (8 * k));
      imports(bad);
    }
}
