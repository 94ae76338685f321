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
      {"classes", {"yes", "no"}},
      {"accuracy", {{"images", "images.npy"}, {"labels", "labels.npy"}, {"int8", 0.75}}},
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
  CHECK(manifest.classes == std::vector<std::string>{"yes", "no"});
  CHECK(manifest.accuracy.value().labels == folder + "/labels.npy");
  CHECK(manifest.accuracy->share == 0.75);
  const Manifest::Case& one = manifest.find_case("one");
  CHECK(one.inputs == std::vector<std::string>{folder + "/cases/one/in0.npy"});
  CHECK(one.tensors.at(0).path == folder + "/cases/one/t003.npy");
  CHECK(one.tensors.at(1).path.empty());
  CHECK(one.tensors[1].op == 1);
  CHECK_THROWS_WITH(manifest.find_case("two"), "the manifest of tiny has no case 'two'; it has one");
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
  CHECK(refusal("/cases/0/inputs/0", 7) == ": cases[0].inputs[0] must be a string that is not empty.");
  CHECK(refusal("/cases/0/name", "") == ": cases[0].name must be a string that is not empty.");
  CHECK(refusal("/outputs/0/shape/1", 0) == ": outputs[0].shape[1] must be a positive integer.");
  CHECK(refusal("/accuracy/int8", 1.5) == ": accuracy.int8 must be a share from 0 to 1.");
  CHECK(refusal("/inputs/0/name", "") == "accepted");
  CHECK(refusal("/accuracy", "good") == ": accuracy must be an object.");
}

TEST_CASE("classes must be names, as many as an output has elements") {
  CHECK(refusal("/classes", nullptr, true) == "accepted");
  CHECK(refusal("/classes", "yes") == ": classes must be an array.");
  CHECK(refusal("/classes/1", 1) == ": classes[1] must be a string that is not empty.");
  CHECK(refusal("/classes", {"yes"}) == ": classes must be an array of as many names as an output has elements, not 1.");
}

TEST_CASE("two cases of one name are refused") {
  CHECK(refusal("/cases/1", example()["cases"][0]) == ": cases[1].name must be a name of its own; another case is 'one' too.");
}

TEST_CASE("class names alone need no other field") {
  const test::TemporaryFile there("manifest.json");
  const std::string text = R"({"file": "m.tflite", "classes": ["a", "b"]})";
  write_file(there.path(), {text.begin(), text.end()});
  CHECK(read_class_names(there.path(), "m.tflite") == std::vector<std::string>{"a", "b"});
  CHECK(read_class_names(there.path(), "other.tflite").empty());
  CHECK_THROWS_AS(read_manifest(there.path()), InputError);
}

TEST_CASE("what is not JSON is refused with its place") {
  const test::TemporaryFile there("manifest.json");
  CHECK_THROWS_WITH(read("{\n \"model\" 1}", there), there.path() + ": this is not JSON: it goes wrong in line 2, column 10.");
  CHECK_THROWS_WITH(read("{\n", there), there.path() + ": this is not JSON: it ends too early, in line 2, column 1.");
  CHECK_THROWS_WITH(read("{\"size\": 1e999}", there), there.path() + ": this is not JSON that can be read: a number in it is too large.");
}

TEST_CASE("a manifest cut anywhere is refused") {
  const std::string text = example().dump();
  const test::TemporaryFile there("manifest.json");
  for (std::size_t length = 0; length < text.size(); ++length) REQUIRE_THROWS_AS(read(text.substr(0, length), there), InputError);
  CHECK_THROWS_WITH(read_manifest("/nonexistent/manifest.json"), "/nonexistent/manifest.json: there is no such file.");
}
