// SPDX-License-Identifier: Apache-2.0
// twill verify: that it passes what is right, and that it fails what is wrong.
#include "twill_process.hpp"

namespace {

using namespace twill::test;

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  return text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end));
}

/// A copy of the demo to spoil.
void copy_demo(const Scratch& scratch) {
  std::filesystem::copy(TWILL_DEMO_DIR, scratch / "demo", std::filesystem::copy_options::recursive);
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

void replace(const std::string& path, const std::string& from, const std::string& to) {
  std::string text = read_text(path);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_text(path, text.replace(at, from.size(), to));
}

/// One element, by its place from the end.
void flip(const std::string& path, std::size_t from_end) {
  std::string text = read_text(path);
  text[text.size() - from_end] = static_cast<char>(text[text.size() - from_end] ^ 1);
  write_text(path, text);
}

TEST_CASE("verify passes the demo at every layer, and its accuracy is exactly the stated one") {
  const std::string device = GENERATE("functional", "rtl");
  CAPTURE(device);
  const Scratch scratch;
  const auto outcome =
      succeed({"verify", TWILL_DEMO_DIR, "--device", device, "--every-layer", "--accuracy", "--json", scratch / "report.json"});
  CHECK(last_line(outcome.out) == "9 passed, 0 failed");
  const auto report = read_json(scratch / "report.json");
  CHECK(report["passed"] == 9);
  CHECK(report["failed"] == 0);
  REQUIRE(report["cases"].size() == 8);
  for (const auto& test : report["cases"]) CHECK(test["passed"] == true);
  REQUIRE(report["accuracy"].size() == 1);
  CHECK(report["accuracy"][0]["right"] == 99);
  CHECK(report["accuracy"][0]["images"] == 100);
}

TEST_CASE("verify runs the cases it is asked for") {
  const auto outcome = succeed({"verify", TWILL_DEMO_DIR, "--device", "functional", "--case", "twill", "--case", "satin"});
  CHECK(last_line(outcome.out) == "2 passed, 0 failed");
  CHECK(contains(outcome.out, "/twill"));
  CHECK(contains(outcome.out, "/satin"));
}

TEST_CASE("verify fails an output that differs, and says where") {
  const Scratch scratch;
  copy_demo(scratch);
  flip(scratch / "demo/cases/twill/out0.npy", 3);  // of ten, the eighth
  const auto outcome = twill_command({"verify", scratch / "demo", "--device", "functional", "--json", scratch / "report.json"});
  INFO(outcome.out);
  CHECK(outcome.code == 1);
  CHECK(last_line(outcome.out) == "7 passed, 1 failed");
  CHECK(contains(outcome.out, "operator 17 (SOFTMAX), tensor 42 at [0, 7]: expected -127, got -128 (1 of 10 elements differ)"));
  CHECK(read_json(scratch / "report.json")["failed"] == 1);
}

TEST_CASE("verify --every-layer fails a tensor whose hash differs") {
  const Scratch scratch;
  copy_demo(scratch);
  auto manifest = read_json(scratch / "demo/manifest.json");
  auto& hash = manifest["cases"][2]["tensors"][4]["sha256"];
  hash = std::string(64, '0');
  write_text(scratch / "demo/manifest.json", manifest.dump());
  const std::vector<std::string> args{"verify", scratch / "demo", "--device", "functional"};
  CHECK(twill_command(args).code == 0);  // the outputs are right
  auto with_layers = args;
  with_layers.push_back("--every-layer");
  const auto outcome = twill_command(with_layers);
  INFO(outcome.out);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "tensor 13 has another hash than the manifest says"));
  CHECK(last_line(outcome.out) == "7 passed, 1 failed");
}

TEST_CASE("verify fails another accuracy than the stated one") {
  const Scratch scratch;
  copy_demo(scratch);
  replace(scratch / "demo/manifest.json", "\"int8\": 0.99", "\"int8\": 0.98");
  const auto outcome = twill_command({"verify", scratch / "demo", "--device", "functional", "--accuracy"});
  INFO(outcome.out);
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, "99 of 100 images right"));
  CHECK(last_line(outcome.out) == "8 passed, 1 failed");
}

TEST_CASE("verify refuses a model that is not the manifest's") {
  const Scratch scratch;
  copy_demo(scratch);
  flip(scratch / "demo/model.tflite", 100);
  const auto outcome = twill_command({"verify", scratch / "demo", "--device", "functional"});
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "is not the model of its manifest"));
}

TEST_CASE("verify refuses references that are missing or of another shape before it runs a case") {
  const Scratch scratch;
  copy_demo(scratch);
  const std::vector<std::string> args{"verify", scratch / "demo", "--device", "functional"};
  std::filesystem::copy_file(demo("cases/twill/in0.npy"), scratch / "demo/cases/stripes/out0.npy",
                             std::filesystem::copy_options::overwrite_existing);
  const auto shape = twill_command(args);
  CHECK(shape.code == 2);
  CHECK(shape.out.empty());
  CHECK(contains(shape.err, "output 0 of the network is int8 1x10"));
  std::filesystem::remove(scratch / "demo/cases/stripes/out0.npy");
  const auto missing = twill_command(args);
  CHECK(missing.code == 2);
  CHECK(missing.out.empty());
  CHECK(contains(missing.err, "there is no such file"));
}

}  // namespace
