// SPDX-License-Identifier: Apache-2.0
// Manifests that say something wrong, to verify, which needs them, and to run, which only takes names of classes from them.
#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

/// The demo, with a manifest that was changed.
class SpoiltDemo {
 public:
  SpoiltDemo() { std::filesystem::copy(TWILL_DEMO_DIR, folder(), std::filesystem::copy_options::recursive); }

  std::string folder() const { return scratch_ / "demo"; }
  std::string manifest() const { return folder() + "/manifest.json"; }
  void write(const std::string& text) const { std::ofstream(manifest(), std::ios::binary) << text; }

  template <class Change>
  void check_refused(Change change, const std::string& words) const {
    json manifest = read_json(demo("manifest.json"));
    change(manifest);
    write(manifest.dump());
    twill::test::check_refused({"verify", folder(), "--device", "functional"}, words);
  }

 private:
  Scratch scratch_;
};

TEST_CASE("verify refuses a manifest that is wrong") {
  const SpoiltDemo demo;
  demo.check_refused([](json& m) { m["cases"] = json::array(); }, "manifest.json: it lists no cases");
  demo.check_refused([](json& m) { m["cases"][1]["name"] = "plain"; }, "cases[1].name must be a name of its own");
  demo.check_refused([](json& m) { m["classes"] = "plain"; }, "classes must be an array");
  demo.check_refused([](json& m) { m["classes"][3] = 3; }, "classes[3] must be a string");
  demo.check_refused([](json& m) { m["classes"].erase(0); }, "classes must be an array of as many names as an output has elements, not 9");
  demo.check_refused([](json& m) { m["accuracy"]["int8"] = 99; }, "accuracy.int8 must be a share from 0 to 1");
  demo.check_refused(
      [](json& m) {
        m["inputs"][0]["shape"] = {1, 24, 24, 1};
      },
      "inputs[0] is tensor 0, int8 1x24x24x1, but that of the network is");
  demo.check_refused([](json& m) { m["outputs"].push_back(m["outputs"][0]); }, "it describes 2 outputs, the network has 1");
}

TEST_CASE("verify names the manifest and the case that lists too few files") {
  const SpoiltDemo demo;
  demo.check_refused([](json& m) { m["cases"][2]["inputs"] = json::array(); },
                     "manifest.json: case 'twill' lists 0 inputs, the network takes 1");
  demo.check_refused([](json& m) { m["cases"][2]["outputs"] = json::array(); },
                     "manifest.json: case 'twill' lists 0 outputs, the network has 1");
}

TEST_CASE("a manifest that is not JSON is refused with the line, in our words") {
  const SpoiltDemo demo;
  demo.write("{\n \"model\" 3}\n");
  const auto outcome = twill_command({"verify", demo.folder(), "--device", "functional"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err == "twill: " + demo.manifest() + ": this is not JSON: it goes wrong in line 2, column 10\n");
}

TEST_CASE("run notes a manifest that names no classes though it should") {
  const SpoiltDemo demo;
  for (const auto& [text, words] : {std::pair<std::string, std::string>{"{", "this is not JSON"},
                                    {R"({"file": "model.tflite", "classes": 3})", "classes must be an array"},
                                    {R"({"file": "model.tflite", "classes": ["one"]})", "it lists 1 classes"},
                                    {"{}", "'file'"}}) {
    demo.write(text);
    const auto outcome =
        twill_command({"run", demo.folder() + "/model.tflite", "--device", "functional", "--json", demo.folder() + "/report.json"});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "twill: note: the classes have no names: " + demo.manifest()));
    CHECK(contains(outcome.err, words));
    CHECK(read_json(demo.folder() + "/report.json")["notes"].size() == 1);
  }
  demo.write(R"({"file": "other.tflite", "classes": 3})");
  CHECK(succeed({"run", demo.folder() + "/model.tflite", "--device", "functional"}).err.empty());
}

TEST_CASE("verify skips what has no manifest beside networks, and says so") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "LICENSES");
  std::ofstream(scratch / "README.md") << "networks";
  const std::vector<std::string> device{"--device", "functional", "--case", "twill"};
  const auto args = [&](std::vector<std::string> operands) {
    operands.insert(operands.begin(), "verify");
    operands.insert(operands.end(), device.begin(), device.end());
    return operands;
  };
  const auto outcome = succeed(args({scratch / "LICENSES", scratch / "README.md", TWILL_DEMO_DIR}));
  CHECK(contains(outcome.out, "1 passed, 0 failed"));
  CHECK(outcome.err == "twill: note: " + (scratch / "LICENSES") + " is skipped: there is no manifest.json in it\n" +
                           "twill: note: " + (scratch / "README.md") + " is skipped: there is no manifest.json in it\n");
  check_refused(args({scratch / "README.md"}), "is a file");
  check_refused(args({scratch / "README.md", scratch / "LICENSES"}), "there is no manifest.json in it");
  check_refused(args({TWILL_DEMO_DIR, scratch / "none"}), "there is no such folder");
}

}  // namespace
