// SPDX-License-Identifier: Apache-2.0
// twill run.
#include <cmath>

#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/sha256.hpp"
#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

/// The report of a run of the demo, with more arguments.
json run_demo(const std::vector<std::string>& more) {
  const Scratch scratch;
  std::vector<std::string> args{"run", model, "--json", scratch / "report.json"};
  args.insert(args.end(), more.begin(), more.end());
  succeed(args);
  return read_json(scratch / "report.json");
}

/// What a report must say of so many MACs in so many cycles on the base machine.
bool is_utilisation(const json& said, double macs, double cycles) { return std::abs(said.get<double>() - macs / (cycles * 256)) < 1e-9; }

TEST_CASE("run names the class of a picture and writes its golden output") {
  const std::string device = GENERATE("functional", "rtl");
  CAPTURE(device);
  const Scratch scratch;
  const auto outcome =
      succeed({"run", model, "--device", device, "--input", demo("cases/twill/in0.npy"), "--output-dir", scratch / "made/here"});
  CHECK(contains(outcome.out, "2 twill: 0.9961 (127)"));
  CHECK(outcome.err.empty());
  CHECK(scratch.files() == std::vector<std::string>{"made", "made/here", "made/here/out0.npy"});
  CHECK(read_text(scratch / "made/here/out0.npy") == read_text(demo("cases/twill/out0.npy")));
}

TEST_CASE("every cycle of a run is in one layer and one state of each engine") {
  const json report = run_demo({"--device", "rtl"});
  const json& total = report["total"];
  const auto cycles = total["cycles"].get<std::uint64_t>();
  REQUIRE(cycles > 0);
  std::uint64_t sum = 0, macs = 0, predicted = 0, loaded = 0, stored = 0;
  for (const json& layer : report["layers"]) {
    INFO(layer.dump());
    sum += layer["cycles"].get<std::uint64_t>();
    macs += layer["macs"].get<std::uint64_t>();
    predicted += layer["predicted_cycles"].get<std::uint64_t>();
    loaded += layer["loaded_bytes"].get<std::uint64_t>();
    stored += layer["stored_bytes"].get<std::uint64_t>();
    CHECK((layer["cycles"] > 0) == (layer["where"] == "chip"));
    if (layer["cycles"] > 0) CHECK(is_utilisation(layer["utilisation"], layer["macs"], layer["cycles"]));
  }
  CHECK(sum == cycles);
  CHECK(macs == 632976);
  CHECK(total["macs"] == macs);
  CHECK(total["predicted_cycles"] == predicted);
  CHECK(total["loaded_bytes"] == loaded);
  CHECK(total["stored_bytes"] == stored);
  CHECK(is_utilisation(total["utilisation"], 632976, static_cast<double>(cycles)));
  for (const char* engine : {"load", "array", "post", "store", "network"}) {
    INFO(engine);
    const json& e = total["engines"].at(engine);
    CHECK(e["busy"].get<std::uint64_t>() + e["starved"].get<std::uint64_t>() + e["blocked"].get<std::uint64_t>() +
              e["idle"].get<std::uint64_t>() ==
          cycles);
  }
  CHECK(report["simulation"]["cycles_per_second"] > 0);
}

TEST_CASE("the report has the documented keys and the layers those of the model") {
  const json report = run_demo({"--device", "functional", "--seed", "7"});
  for (const char* key :
       {"command", "twill", "contract", "model", "machine", "inputs", "seed", "every_layer", "total", "layers", "outputs", "simulation"}) {
    INFO(key);
    CHECK(report.contains(key));
  }
  CHECK(report["seed"] == 7);
  CHECK(report["inputs"].empty());
  CHECK(report["machine"]["device"] == "functional");
  CHECK(report["machine"]["word_bytes"] == 16);
  CHECK(report["total"]["cycles"] == 0);
  REQUIRE(report["layers"].size() == 18);
  CHECK(report["layers"][0]["operator"] == "CONV_2D");
  CHECK(report["layers"][0]["output_shape"] == json({1, 24, 24, 16}));
  CHECK(report["layers"][15]["where"] == "view");
  CHECK(report["layers"][17]["where"] == "host");
}

TEST_CASE("a seed fixes the random input, both devices answer alike, cycles do not vary") {
  const json first = run_demo({"--seed", "3"}), again = run_demo({"--seed", "3"}),
             functional = run_demo({"--seed", "3", "--device", "functional"}), other = run_demo({"--seed", "4"});
  CHECK(first["outputs"] == again["outputs"]);
  CHECK(first["total"] == again["total"]);
  CHECK(first["layers"] == again["layers"]);
  CHECK(first["outputs"] == functional["outputs"]);
  CHECK(first["outputs"] != other["outputs"]);
}

TEST_CASE("a slower memory costs cycles, in the prediction too, and no bytes") {
  const json fast = run_demo({}), slow = run_demo({"--dram-latency", "400", "--dram-bandwidth", "2"});
  CHECK(slow["machine"]["dram_latency"] == 400);
  CHECK(slow["machine"]["dram_bandwidth"] == 2);
  CHECK(slow["total"]["cycles"].get<double>() > 1.2 * fast["total"]["cycles"].get<double>());
  CHECK(slow["total"]["predicted_cycles"].get<double>() > 1.2 * fast["total"]["predicted_cycles"].get<double>());
  CHECK(slow["outputs"] == fast["outputs"]);
}

TEST_CASE("run --every-layer writes every operator's output, with the hashes of the manifest") {
  const Scratch scratch;
  const auto manifest = twill::read_manifest(demo("manifest.json"));
  const auto& test = manifest.find_case("satin");
  succeed({"run", model, "--device", "functional", "--every-layer", "--input", test.inputs.front(), "--output-dir", scratch.path().string(),
           "--json", scratch / "report.json"});
  const json report = read_json(scratch / "report.json");
  REQUIRE(report["tensors"].size() == test.tensors.size());
  for (std::size_t i = 0; i < test.tensors.size(); ++i) {
    const auto& golden = test.tensors[i];
    INFO("tensor " << golden.index);
    const auto array = twill::read_npy(scratch / ("t" + std::to_string(golden.index) + ".npy"));
    CHECK(twill::sha256(array.data.data(), array.data.size()) == golden.sha256);
    CHECK(report["tensors"][i]["sha256"] == golden.sha256);
    CHECK(report["tensors"][i]["shape"] == array.shape);
  }
}

TEST_CASE("the text of a run has no two blank lines together") {
  for (const std::string device : {"functional", "rtl"}) {
    const auto outcome = succeed({"run", model, "--device", device});
    CHECK(!contains(outcome.out, "\n\n\n"));
    CHECK(contains(outcome.out, "in 5\n"));  // the ADD that runs in the tiles of operator 5
    CHECK(!contains(succeed({"gemm", "--m", "4", "--k", "4", "--n", "4", "--device", device}).out, "\n\n\n"));
  }
}

TEST_CASE("run --top chooses how many values are shown") {
  const auto none = succeed({"run", model, "--device", "functional", "--top", "0"}),
             all = succeed({"run", model, "--device", "functional", "--top", "10"});
  CHECK(!contains(none.out, "houndstooth"));
  CHECK(contains(all.out, "houndstooth"));
}

}  // namespace
