// SPDX-License-Identifier: Apache-2.0
// What fuzzing starts from: `fuzz_seeds FOLDER` writes FOLDER/<target>/<seed>, small sound inputs of every kind.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "random_network.hpp"
#include "twill/file.hpp"
#include "twill/npy.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;
using nlohmann::json;

std::filesystem::path folder;

void write(const std::string& target, const std::string& name, const Bytes& bytes) {
  std::filesystem::create_directories(folder / target);
  write_file((folder / target / name).string(), bytes);
}

void write(const std::string& target, const std::string& name, const std::string& text) { write(target, name, Bytes(text.begin(), text.end())); }

void write_models() {
  write("tflite", "demo", read_file(TWILL_DEMO_DIR "/model.tflite"));
  for (std::uint64_t seed = 1; seed <= 24; ++seed) write("tflite", "small_" + std::to_string(seed), test::random_tflite(seed, {2, 4, 3, {}, 2, 3}));
}

void write_arrays() {
  write("npy", "image", read_file(TWILL_DEMO_DIR "/cases/plain/out0.npy"));
  write("npy", "scalar", format_npy({DataType::float32, {}, {0, 0, 128, 63}}));
  write("npy", "vector", format_npy({DataType::int32, {3}, Bytes(12, 7)}));
  write("npy", "volume", format_npy({DataType::uint8, {2, 3, 1, 2}, Bytes(12, 200)}));
}

/// The demo's with only one of its cases and of the tensors of that.
void write_manifests() {
  const Bytes bytes = read_file(TWILL_DEMO_DIR "/manifest.json");
  json manifest = json::parse(bytes.begin(), bytes.end());
  manifest["cases"] = json::array({manifest["cases"][0]});
  manifest["cases"][0]["tensors"] = json::array({manifest["cases"][0]["tensors"][0]});
  write("manifest", "one_case", manifest.dump());
  write("manifest", "classes", std::string(R"({"file": "m.tflite", "classes": ["a", "b"]})"));
}

void write_options() {
  write("options", "ring", std::string("topology\nring:8"));
  write("options", "mesh", std::string("topology\nmesh:2x3"));
  write("options", "range", std::string("range\n0.05:0.45:0.05"));
  write("options", "bytes", std::string("bytes\n128KiB"));
  write("options", "kernel", std::string("kernel\n3x5"));
  write("options", "parallel", std::string("parallel\n2x4x1"));
  write("options", "config", std::string("config\nbase*2,small"));
  write("options", "nearest", std::string("nearest\ntiny\nsmall\nbase\nbsae"));
  write("options", "faults", std::string("system\n--topology\nring:4\n--dead-link\n2-3@5000\n--drop-rate\n1e-3\n--replay-limit=8"));
  write("options", "flip", std::string("flip\n--config\ntiny_ecc\n--flip\nscratchpad:0x1f8:3@5000\n--flip=load:72:0@100"));
  write("options", "mixed", std::string("system\nword\n--config=base*2,small\n--vcs\n2\n--link-width=8\n--dram-latency\n50\n--device\nfunctional"));
}

void write_cases() {
  const fuzz::Choice choice;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) write("replay", "case_" + std::to_string(seed), fuzz::to_json(fuzz::generate(seed, choice)).dump());
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  folder = argv[1];
  write_models();
  write_arrays();
  write_manifests();
  write_options();
  write_cases();
  return 0;
}
