// SPDX-License-Identifier: Apache-2.0
// twill run with batches and many chips.
#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

json run_demo(const std::vector<std::string>& more) {
  const Scratch scratch;
  std::vector<std::string> args{"run", model, "--json", scratch / "report.json"};
  args.insert(args.end(), more.begin(), more.end());
  succeed(args);
  return read_json(scratch / "report.json");
}

TEST_CASE("a batch on many chips gives every image the bytes of one chip") {
  const Scratch scratch;
  const std::string input = demo("cases/twill/in0.npy");
  for (const char* shape : {"1x2x1", "2x1x1", "1x1x2"}) {
    CAPTURE(shape);
    const auto outcome = succeed({"run", model, "--device", "functional", "--chips", "2", "--parallel", shape, "--batch", "3", "--input", input,
                                  "--output-dir", scratch / shape});
    CHECK(contains(outcome.out, "every image's bytes as the golden model has them"));
    for (const char* file : {"image0_out0.npy", "image1_out0.npy", "image2_out0.npy"})
      CHECK(read_text(scratch / (std::string(shape) + "/" + file)) == read_text(demo("cases/twill/out0.npy")));
  }
}

TEST_CASE("random images of a batch have seeds one after the other") {
  const json batch = run_demo({"--device", "functional", "--chips", "2", "--parallel", "pipeline", "--batch", "3", "--seed", "5"});
  for (int i = 0; i < 3; ++i) {
    const json one = run_demo({"--device", "functional", "--seed", std::to_string(5 + i)});
    CHECK(batch["outputs"][static_cast<std::size_t>(i)][0]["sha256"] == one["outputs"][0]["sha256"]);
  }
}

TEST_CASE("the report of a pipeline on RTL chips accounts for its stages and chips") {
  const json report = run_demo({"--chips", "4", "--topology", "ring", "--parallel", "2x2x1", "--batch", "8"});
  CHECK(report["matches"] == true);
  CHECK(report["parallel"] == json{{"data", 2}, {"pipeline", 2}, {"tensor", 1}});
  CHECK(report["micro_batches"] == 4);
  CHECK(report["bubble"] == 0.25);
  CHECK(report["measured_bubble"] > 0.0);
  REQUIRE(report["stages"].size() == 2);
  CHECK(report["stages"][0]["sent_bytes_an_image"] > 0);
  CHECK(report["stages"][1]["sent_bytes_an_image"] == 0);
  REQUIRE(report["chips"].size() == 4);
  std::uint64_t longest = 0;
  for (std::size_t chip = 0; chip < 4; ++chip) {
    const json& c = report["chips"][chip];
    CHECK(c["group"] == chip / 2);
    CHECK(c["stage"] == chip % 2);
    longest = std::max(longest, c["cycles"].get<std::uint64_t>());
    const std::uint64_t sent = c["network"]["bytes_sent"], each = report["stages"][chip % 2]["sent_bytes_an_image"];
    CHECK(sent == 4 * each);
  }
  CHECK(report["cycles"] == longest);
  CHECK(report["one_chip"]["measured"] == true);
  const double speedup = report["speedup"], one = report["one_chip"]["cycles"], all = report["cycles"];
  CHECK(std::abs(speedup - one / all) < 1e-9);
  CHECK(speedup > 2);
}

TEST_CASE("the report of chips of different machines names them, and what they could do") {
  const json report = run_demo({"--config", "small,base", "--parallel", "data", "--batch", "8"});
  CHECK(report["matches"] == true);
  CHECK(report["system"]["configs"] == json{"small", "base"});
  CHECK(report["one_chip"]["rank"] == 1);
  CHECK(report["one_chip"]["config"] == "base");
  REQUIRE(report["images_by_group"].size() == 2);
  CHECK(report["images_by_group"][1].size() > report["images_by_group"][0].size());
  CHECK(report["images_by_group"][0].size() + report["images_by_group"][1].size() == 8);
  REQUIRE(report["stages"].size() == 2);  // one of each kind of group
  CHECK(report["stages"][0]["config"] == "small");
  CHECK(report["stages"][1]["groups"] == json{1});
  CHECK(report["chips"][0]["config"] == "small");
  CHECK(report["capacity"] > 1.0);
  CHECK(report["capacity"] < 2.0);
  CHECK(report["speedup"] > 1.0);
  CHECK(std::abs(report["capacity_efficiency"].get<double>() - report["speedup"].get<double>() / report["capacity"].get<double>()) < 1e-9);
}

TEST_CASE("a batch on one chip takes fewer cycles than its images one by one") {
  const json batch = run_demo({"--batch", "4"}), one = run_demo({});
  CHECK(batch["cycles"] < 4 * one["total"]["cycles"].get<std::uint64_t>());
}

TEST_CASE("where the cycles of one chip are not measured, table and report say why") {
  const auto why = [](std::vector<std::string> more, const std::string& reason) {
    const Scratch scratch;
    std::vector<std::string> args{"run", model, "--config", "tiny", "--chips", "2", "--parallel", "data", "--json", scratch / "report.json"};
    args.insert(args.end(), more.begin(), more.end());
    const auto outcome = succeed(args);
    const json one = read_json(scratch / "report.json")["one_chip"];
    CHECK(one["measured"] == reason.empty());
    CHECK(one["cycles"] == one["predicted_cycles"]);
    CHECK(contains(one["why_predicted"], reason));
    CHECK(contains(outcome.out, " predicted (" + one["why_predicted"].get<std::string>() + ")\n"));
  };
  why({"--batch", "2", "--device", "functional"}, "the device has no cycles");
  why({"--batch", "2", "--baseline", "predicted"}, "--baseline predicted");
}

TEST_CASE("what many chips cannot do is refused with a sentence") {
  const auto refused = [](std::vector<std::string> more, const std::string& sentence) {
    std::vector<std::string> args{"run", model, "--device", "functional"};
    args.insert(args.end(), more.begin(), more.end());
    const auto outcome = twill_command(args);
    CAPTURE(args, outcome.err);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, sentence));
  };
  refused({"--chips", "4", "--parallel", "2x2x2"}, "--parallel 2x2x2 takes 8 chips, the system has 4");
  refused({"--chips", "4", "--parallel", "rows"}, "is not tensor, pipeline, data or DxPxT");
  refused({"--chips", "4", "--parallel", "data", "--batch", "3"}, "a batch of 3 images is too small for 4 data groups");
  refused({"--chips", "64", "--parallel", "pipeline", "--batch", "64"}, "too few for 64 pipeline stages");
  refused({"--chips", "2", "--parallel", "pipeline", "--batch", "2", "--micro-batches", "3"}, "3 micro-batches are more than the 2 images");
  refused({"--config", "base,small"}, "ranks 0 to 1 split layers among them, so they must be of one configuration, but rank 0 is base and rank 1 is small");
  refused({"--chips", "2", "--every-layer"}, "--every-layer is for one image on one chip");
  refused({"--batch", "65536"}, "images one behind the other need");
  refused({"--vcs", "2"}, "--vcs is for several chips; give --chips, --topology or a --config of several, too");
  refused({"--baseline", "predicted"}, "--baseline is for several chips");
  refused({"--chips", "2", "--baseline", "guessed"}, "--baseline takes measured or predicted");
  refused({"--batch", "3", "--input", demo("cases/twill/in0.npy"), "--input", demo("cases/twill/in0.npy")}, "give 1 for all images or 3 for 3");
}

// The one-chip baseline, which uses no link, runs before for ten times as long.
TEST_CASE("the cycle of a dead link counts from the doorbell of the job that is measured") {
  const auto outcome = twill_command({"run", model, "--config", "tiny", "--chips", "2", "--dead-link", "0-1@5000"});
  CHECK(outcome.code == 3);
  const std::string words = "is dead: 16 replays in a row brought nothing, up to cycle ";
  REQUIRE(contains(outcome.err, words));
  const unsigned long long up_to = std::stoull(outcome.err.substr(outcome.err.find(words) + words.size()));
  CHECK(up_to >= 5000);
  CHECK(up_to < 15'000);
}

}  // namespace
