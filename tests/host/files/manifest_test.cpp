// SPDX-License-Identifier: Apache-2.0
#include "twill/manifest.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "temporary_file.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"

namespace {

using namespace twill;
using nlohmann::json;

const std::string hash(64, 'a');

json example() {
  return {
      {"model", "tiny"},
      {"file", "model.tflite"},
      {"size", 123},
      {"sha256", hash},
      {"total_macs", 10},
      {"total_params", 20},
      {"inputs", {{{"index", 0}, {"name", "in"}, {"shape", {1, 4}}, {"dtype", "float32"}}}},
      {"outputs", {{{"index", 3}, {"name", "out"}, {"shape", {1, 2}}, {"dtype", "int8"}, {"scale", 0.5}, {"zero_point", -1}}}},
      {"cases",
       {{{"name", "one"},
         {"provenance", "made up"},
         {"inputs", {"cases/one/in0.npy"}},
         {"outputs", {"cases/one/out0.npy"}},
         {"tensors",
          {{{"index", 3}, {"op", 0}, {"sha256", hash}, {"file", "cases/one/t003.npy"}}, {{"index", 4}, {"op", 1}, {"sha256", hash}}}}}}}};
}

Manifest read(const std::string& text, const test::TemporaryFile& there) {
  write_file(there.path(), {text.begin(), text.end()});
  return read_manifest(there.path());
}

/// What is said about the example with the value at `pointer` replaced, or removed.
std::string refusal(const std::string& pointer, const json& value, bool remove = false) {
  const test::TemporaryFile there("manifest.json");
  json changed = example();
  const json::json_pointer at(pointer);
  if (remove)
    changed[at.parent_pointer()].erase(at.back());
  else
    changed[at] = value;
  try {
    read(changed.dump(), there);
  } catch (const InputError& error) {
    return std::string(error.what()).substr(there.path().size());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a manifest is read, with its paths resolved") {
  const test::TemporaryFile there("manifest.json");
  const Manifest manifest = read(example().dump(), there);
  const std::string folder = std::filesystem::path(there.path()).parent_path().string();
  CHECK(manifest.model == "tiny");
  CHECK(manifest.path == folder + "/model.tflite");
  CHECK(manifest.size == 123);
  CHECK(manifest.total_macs == 10);
  CHECK(manifest.inputs.at(0).type == DataType::float32);
  CHECK_FALSE(manifest.inputs[0].scale);
  CHECK(manifest.outputs.at(0).shape == std::vector<int>{1, 2});
  CHECK(manifest.outputs[0].zero_point == -1);
  const Manifest::Case& one = manifest.find_case("one");
  CHECK(one.inputs == std::vector<std::string>{folder + "/cases/one/in0.npy"});
  CHECK(one.tensors.at(0).path == folder + "/cases/one/t003.npy");
  CHECK(one.tensors.at(1).path.empty());
  CHECK(one.tensors[1].op == 1);
  CHECK_THROWS_WITH(manifest.find_case("two"), "Model tiny has no case 'two' (it has: one).");
}

TEST_CASE("a manifest that is none is refused by field") {
  CHECK(refusal("/model", nullptr, true) == ": the manifest must be an object with the field 'model'.");
  CHECK(refusal("/cases/0/tensors/1/op", nullptr, true) == ": cases[0].tensors[1] must be an object with the field 'op'.");
  CHECK(refusal("/cases/0/tensors/1/op", -1) == ": cases[0].tensors[1].op must be a non-negative integer.");
  CHECK(refusal("/cases/0/tensors/1/op", 1e300) == ": cases[0].tensors[1].op must be a 32-bit integer.");
  CHECK(refusal("/cases/0/tensors/1/sha256", "ff") ==
        ": cases[0].tensors[1].sha256 must be a SHA-256 of 64 lower-case hexadecimal digits.");
  CHECK(refusal("/outputs/0/zero_point", 5000000000) == ": outputs[0].zero_point must be a 32-bit integer.");
  CHECK(refusal("/outputs/0/dtype", "int4") == ": outputs[0].dtype must be one of int8, uint8, int32 and float32.");
  CHECK(refusal("/outputs/0/scale", "big") == ": outputs[0].scale must be a number.");
  CHECK(refusal("/inputs", "none") == ": inputs must be an array.");
  CHECK(refusal("/inputs/0", 7) == ": inputs[0] must be an object.");
  CHECK(refusal("/size", -1) == ": size must be a non-negative integer.");
  CHECK(refusal("/cases/0/inputs/0", 7) == ": cases[0].inputs[0] must be a string.");
}

TEST_CASE("a manifest cut anywhere is refused") {
  const std::string text = example().dump();
  const test::TemporaryFile there("manifest.json");
  for (std::size_t length = 0; length < text.size(); ++length) REQUIRE_THROWS_AS(read(text.substr(0, length), there), InputError);
  CHECK_THROWS_WITH(read_manifest("/nonexistent/manifest.json"), "/nonexistent/manifest.json: there is no such file.");
}
