// SPDX-License-Identifier: Apache-2.0
// twill gemm and twill conv.
#include "twill_process.hpp"

namespace {

using namespace twill::test;

TEST_CASE("gemm and conv give the bytes of the golden model and count the MACs a formula gives") {
  struct Case {
    std::vector<std::string> args;
    std::uint64_t macs;
  };
  const Case test = GENERATE(
      Case{{"gemm", "--m", "48", "--k", "40", "--n", "24"}, 48 * 40 * 24},
      Case{{"gemm", "--m", "5", "--k", "3", "--n", "1", "--batch", "7"}, 7 * 5 * 3},
      Case{{"conv", "--height", "10", "--width", "13", "--channels", "5", "--filters", "18", "--relu"}, 10 * 13 * 18 * 9 * 5},
      Case{{"conv", "--height", "11", "--channels", "8", "--filters", "12", "--kernel", "5x2", "--stride", "2", "--padding", "valid"},
           4 * 5 * 12 * 10 * 8},
      Case{{"conv", "--height", "9", "--channels", "12", "--filters", "24", "--groups", "3", "--kernel", "3"}, 9 * 9 * 24 * 9 * 4},
      Case{{"conv", "--height", "12", "--channels", "4", "--filters", "4", "--dilation", "2"}, 12 * 12 * 4 * 9 * 4},
      Case{{"conv", "--height", "14", "--channels", "20", "--depthwise", "--stride", "2"}, 7 * 7 * 20 * 9},
      Case{{"conv", "--height", "8", "--channels", "1", "--filters", "6", "--depthwise"}, 8 * 8 * 6 * 9});
  const std::string device = GENERATE("functional", "rtl");
  const char* seed = std::getenv("TWILL_SEED");
  const Scratch scratch;
  auto args = test.args;
  args.insert(args.end(), {"--device", device, "--seed", seed ? seed : "11", "--json", scratch / "report.json"});
  const auto outcome = twill_command(args);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "every byte as the golden model has it"));
  const auto report = read_json(scratch / "report.json");
  CHECK(report["matches"] == true);
  CHECK(report["total"]["macs"] == test.macs);
  CHECK(report["ideal_cycles"] == (test.macs + 255) / 256);
  if (device == "rtl") CHECK(report["total"]["cycles"] >= report["ideal_cycles"]);
}

TEST_CASE("a large matrix product keeps the array busy") {
  const Scratch scratch;
  succeed({"gemm", "--m", "256", "--k", "256", "--n", "256", "--json", scratch / "report.json"});
  CHECK(read_json(scratch / "report.json")["total"]["utilisation"] > 0.9);
}

}  // namespace
