// SPDX-License-Identifier: Apache-2.0
// The demo's files belong together: train.py writes them all, and a commit of only some of them would show here.
#include <algorithm>
#include <filesystem>
#include <vector>

#include "catch.hpp"
#include "demo.hpp"
#include "twill/sha256.hpp"

TEST_CASE("the demo's network is the one its manifest names") {
  const twill::Manifest manifest = demo::manifest();
  const auto file = twill::read_file(manifest.path);
  CHECK(file.size() == manifest.size);
  CHECK(twill::sha256(file.data(), file.size()) == manifest.sha256);
  REQUIRE(manifest.inputs.size() == 1);
  REQUIRE(manifest.outputs.size() == 1);
  CHECK(manifest.total_macs > 500'000);
}

TEST_CASE("the demo's cases have inputs and outputs of the network's shapes, and outputs that fit the hashes") {
  const twill::Manifest manifest = demo::manifest();
  REQUIRE(manifest.cases.size() >= 8);
  for (const auto& c : manifest.cases) {
    INFO("case " << c.name);
    REQUIRE(c.inputs.size() == 1);
    REQUIRE(c.outputs.size() == 1);
    CHECK(twill::read_npy(c.inputs[0]).shape == manifest.inputs[0].shape);
    const twill::Array output = twill::read_npy(c.outputs[0]);
    CHECK(output.shape == manifest.outputs[0].shape);
    REQUIRE(!c.tensors.empty());
    CHECK(c.tensors.back().index == manifest.outputs[0].index);
    CHECK(twill::sha256(output.data.data(), output.data.size()) == c.tensors.back().sha256);
  }
}

TEST_CASE("the demo's test set has a label for each picture and as many pictures of each class") {
  const twill::Manifest manifest = demo::manifest();
  const demo::TestSet set = demo::test_set();
  REQUIRE(set.classes == 10);
  REQUIRE(set.size() >= 100);
  CHECK(set.images.type == twill::DataType::int8);
  CHECK(set.labels.type == twill::DataType::uint8);
  std::vector<int> shape = manifest.inputs.at(0).shape;
  shape[0] = static_cast<int>(set.size());
  CHECK(set.images.shape == shape);
  for (std::size_t c = 0; c < set.classes; ++c)
    CHECK(std::count(set.labels.data.begin(), set.labels.data.end(), static_cast<std::uint8_t>(c)) == static_cast<long>(set.size() / set.classes));
}

TEST_CASE("the demo is good at its task and quantization costs little") {
  const demo::TestSet set = demo::test_set();
  CHECK(set.float_accuracy >= 0.9);
  CHECK(set.int8_accuracy >= set.float_accuracy - 0.02);
}

TEST_CASE("the demo stays small enough to clone without a thought") {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TWILL_DEMO_DIR))
    if (entry.is_regular_file() && entry.path().parent_path().filename() != "__pycache__") bytes += entry.file_size();
  CHECK(bytes <= 300'000);
}
