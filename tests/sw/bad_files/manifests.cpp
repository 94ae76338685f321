// SPDX-License-Identifier: Apache-2.0
// The manifest of the demo with one thing changed.
#include <functional>
#include <nlohmann/json.hpp>

#include "bad_files.hpp"
#include "twill/file.hpp"

namespace twill::test {
namespace {

using nlohmann::json;

json sound() {
  const auto bytes = read_file(TWILL_DEMO_DIR "/manifest.json");
  return json::parse(bytes.begin(), bytes.end());
}

BadFile text(const std::string& name, const std::string& text, const std::string& words) { return {name, {text.begin(), text.end()}, words}; }

BadFile changed(const std::string& name, const std::function<void(json&)>& change, const std::string& words) {
  json manifest = sound();
  change(manifest);
  return text("a manifest " + name, manifest.dump(), words);
}

/// The text of the sound manifest with the first `from` replaced, for what JSON of this library cannot hold.
BadFile replaced(const std::string& name, const std::string& from, const std::string& to, const std::string& words) {
  std::string whole = sound().dump();
  return text("a manifest " + name, whole.replace(whole.find(from), from.size(), to), words);
}

}  // namespace

std::vector<BadFile> bad_manifests() {
  std::vector<BadFile> files{
      text("a manifest of no bytes", "", "this is not JSON: it ends too early, in line 1"),
      text("a manifest of bytes 0", std::string(100, '\0'), "this is not JSON: it goes wrong in line 1, column 1"),
      text("a manifest that is cut", sound().dump(1).substr(0, 3000), "this is not JSON: it ends too early"),
      text("a manifest that is a list", "[1, 2]", "the manifest must be an object"),
      text("a manifest that is a number", "1", "the manifest must be an object"),
      text("a manifest of 4 million open brackets", std::string(4'000'000, '['), "its lists and objects are nested more than 32 deep"),
      text("a manifest nested a million deep", std::string(1'000'000, '[') + std::string(1'000'000, ']'), "its lists and objects are nested more than 32 deep"),
      text("a manifest of objects nested a hundred thousand deep", [] {
        std::string open;
        for (int i = 0; i < 100'000; ++i) open += "{\"a\":";
        return open + "1" + std::string(100'000, '}');
      }(), "its lists and objects are nested more than 32 deep"),
      text("a manifest of a million empty lists", [] {
        std::string lists = "[[]";
        for (int i = 0; i < 1'300'000; ++i) lists += ",[]";
        return lists + "]";
      }(), "the manifest must be an object"),
      text("a manifest of 5 MB", std::string(5'000'000, ' ') + sound().dump(), "a manifest has at most 4194304"),
      text("a manifest with text behind it", sound().dump() + "}", "this is not JSON: it goes wrong"),
      replaced("with a number beyond all", "\"size\":32460", "\"size\":1e999", "this is not JSON that can be read: a number in it is too large"),
      replaced("with a byte that is no UTF-8", "textiles", "text\xff", "this is not JSON: it goes wrong"),
      changed("without a file", [](json& m) { m["file"] = "none.tflite"; }, "none.tflite: there is no such file"),
      changed("with a file above its folder", [](json& m) { m["file"] = "../model.tflite"; }, "file must be the path of a file in the folder of the manifest"),
      changed("with a file that leaves its folder on a detour", [](json& m) { m["file"] = "cases/../../demo/model.tflite"; }, "file must be the path of a file in the folder"),
      changed("with an absolute file", [](json& m) { m["file"] = "/etc/hostname"; }, "file must be the path of a file in the folder"),
      changed("with a file name that ends early", [](json& m) { m["file"] = std::string("model.tflite\0x", 14); }, "file must be the path of a file in the folder"),
      changed("with an empty file name", [](json& m) { m["file"] = ""; }, "file must be a string that is not empty"),
      changed("with a folder for a file", [](json& m) { m["file"] = "cases"; }, "cases: this is not a regular file"),
      changed("with a file name of a megabyte", [](json& m) { m["file"] = std::string(1 << 20, 'f'); }, "file must be the path of a file in the folder of the manifest, of at most 512 bytes"),
      changed("with a list for a file", [](json& m) { m["file"] = json::array({"model.tflite"}); }, "file must be a string"),
      changed("with the hash of another file", [](json& m) { m["sha256"] = std::string(64, '0'); }, "is not the model of its manifest: its SHA-256 differs"),
      changed("with a short hash", [](json& m) { m["sha256"] = "92c9"; }, "sha256 must be a SHA-256 of 64 lower-case hexadecimal digits"),
      changed("with a hash that is none", [](json& m) { m["sha256"] = std::string(64, 'g'); }, "sha256 must be a SHA-256"),
      changed("with a negative size", [](json& m) { m["size"] = -1; }, "size must be a non-negative integer"),
      changed("with a fractional size", [](json& m) { m["size"] = 1.5; }, "size must be a non-negative integer"),
      changed("with products as text", [](json& m) { m["total_macs"] = "many"; }, "total_macs must be a non-negative integer"),
      changed("with an index of -1", [](json& m) { m["inputs"][0]["index"] = -1; }, "inputs[0].index must be a non-negative integer"),
      changed("with an index of 2^64 - 1", [](json& m) { m["inputs"][0]["index"] = 18446744073709551615u; }, "inputs[0].index must be a 32-bit integer"),
      changed("with an index of another tensor", [](json& m) { m["inputs"][0]["index"] = 1; }, "inputs[0] is tensor 1,"),
      changed("with a zero point of 2^64 - 1", [](json& m) { m["inputs"][0]["zero_point"] = 18446744073709551615u; }, "inputs[0].zero_point must be a 32-bit integer"),
      changed("with an extent of 0", [](json& m) { m["inputs"][0]["shape"][1] = 0; }, "inputs[0].shape[1] must be a positive integer"),
      changed("with an extent of 2^31", [](json& m) { m["inputs"][0]["shape"][1] = 2147483648; }, "inputs[0].shape[1] must be a 32-bit integer"),
      changed("with a scalar shape", [](json& m) { m["inputs"][0]["shape"] = 24; }, "inputs[0].shape must be an array"),
      changed("with a million axes", [](json& m) { m["inputs"][0]["shape"] = std::vector<int>(1'000'000, 1); }, "inputs[0].shape must be an array of at most 8 extents"),
      changed("with another shape", [](json& m) { m["inputs"][0]["shape"][1] = 25; }, "inputs[0] is tensor 0, int8 1x25x24x3, but that of the network is"),
      changed("with an unknown type", [](json& m) { m["inputs"][0]["dtype"] = "int4"; }, "inputs[0].dtype must be one of int8, uint8, int32 and float32"),
      changed("with a scale as text", [](json& m) { m["outputs"][0]["scale"] = "0.5"; }, "outputs[0].scale must be a number"),
      changed("with an input twice", [](json& m) { m["inputs"].push_back(m["inputs"][0]); }, "it describes 2 inputs, the network has 1"),
      changed("without inputs", [](json& m) { m["inputs"] = json::array(); }, "it describes 0 inputs, the network has 1"),
      changed("without classes in its list", [](json& m) { m["classes"].erase(0); }, "classes must be an array of as many names as an output has elements, not 9"),
      changed("with a class without a name", [](json& m) { m["classes"][1] = ""; }, "classes[1] must be a string that is not empty"),
      changed("with a share of 1.5", [](json& m) { m["accuracy"]["int8"] = 1.5; }, "accuracy.int8 must be a share from 0 to 1"),
      changed("with labels that are not there", [](json& m) { m["accuracy"]["labels"] = "none.npy"; }, "none.npy: there is no such file"),
      changed("with labels above its folder", [](json& m) { m["accuracy"]["labels"] = "../labels.npy"; }, "accuracy.labels must be the path of a file in the folder"),
      changed("with images for labels", [](json& m) { m["accuracy"]["labels"] = m["accuracy"]["images"]; }, "must be uint8 with one label an image"),
      changed("with labels for images", [](json& m) { m["accuracy"]["images"] = m["accuracy"]["labels"]; }, "is not a number of inputs of the network"),
      changed("with a model for images", [](json& m) { m["accuracy"]["images"] = "model.tflite"; }, "this is not an .npy file"),
      changed("without labelled images", [](json& m) { m.erase("accuracy"); }, "has no key \"accuracy\""),
      changed("with one case twice", [](json& m) { m["cases"].push_back(m["cases"][0]); }, "cases[8].name must be a name of its own; another case is 'plain' too"),
      changed("with a case without a name", [](json& m) { m["cases"][0]["name"] = ""; }, "cases[0].name must be a string that is not empty"),
      changed("with a name of a megabyte, twice", [](json& m) { m["cases"][0]["name"] = m["cases"][1]["name"] = std::string(1 << 20, 'n'); }, "cases[1].name must be a name of its own"),
      changed("with a case of no inputs", [](json& m) { m["cases"][0]["inputs"] = json::array(); }, "case 'plain' lists 0 inputs, the network takes 1"),
      changed("with a case whose input is not there", [](json& m) { m["cases"][0]["inputs"][0] = "cases/none.npy"; }, "cases/none.npy: there is no such file"),
      changed("with a case whose input is above its folder", [](json& m) { m["cases"][0]["inputs"][0] = "../in0.npy"; }, "cases[0].inputs[0] must be the path of a file in the folder"),
      changed("with a case whose input is an output", [](json& m) { m["cases"][0]["inputs"] = m["cases"][0]["outputs"]; }, "but input 0 of the network"),
      changed("with a case whose output is an input", [](json& m) { m["cases"][0]["outputs"] = m["cases"][0]["inputs"]; }, "but output 0 of the network"),
      changed("with a case of two outputs", [](json& m) { m["cases"][0]["outputs"].push_back(m["cases"][0]["outputs"][0]); }, "case 'plain' lists 2 outputs, the network has 1"),
      changed("with a tensor that the network does not have", [](json& m) { m["cases"][0]["tensors"][0]["index"] = 1000; }, "case 'plain' lists tensor 1000, the network has 43"),
      changed("with a tensor whose hash is a number", [](json& m) { m["cases"][0]["tensors"][0]["sha256"] = 1; }, "cases[0].tensors[0].sha256 must be a string"),
      changed("with a tensor whose file is above its folder", [](json& m) { m["cases"][0]["tensors"][0]["file"] = "../t.npy"; }, "cases[0].tensors[0].file must be the path of a file in the folder"),
      changed("with an object for cases", [](json& m) { m["cases"] = json::object(); }, "cases must be an array"),
      changed("with a case that is null", [](json& m) { m["cases"][3] = nullptr; }, "cases[3] must be an object"),
  };
  for (const char* key : {"model", "file", "size", "sha256", "total_macs", "total_params", "inputs", "outputs", "cases"})
    files.push_back(changed(std::string("without its ") + key, [&](json& m) { m.erase(key); }, std::string("must be an object with the field '") + key + "'"));
  return files;
}

}  // namespace twill::test
