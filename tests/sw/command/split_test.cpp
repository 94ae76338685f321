// SPDX-License-Identifier: Apache-2.0
// twill gemm over chips and twill mlp.
#include "twill_process.hpp"

namespace {

using namespace twill::test;

TEST_CASE("gemm and mlp over chips have golden bytes, and say what they cost") {
  struct Case {
    std::vector<std::string> args;
    std::string split, result;
    unsigned chips;
  };
  const Case test = GENERATE(Case{{"gemm", "--m", "40", "--k", "33", "--n", "70", "--chips", "3", "--split", "row"}, "row", "sharded", 3},
                             Case{{"gemm", "--m", "40", "--k", "33", "--n", "70", "--topology", "mesh:2x2", "--split", "column", "--result", "all_gather"}, "column", "all_gather", 4},
                             Case{{"gemm", "--m", "40", "--k", "330", "--n", "7", "--chips", "2"}, "row", "sharded", 2},
                             Case{{"gemm", "--m", "40", "--k", "7", "--n", "330", "--chips", "2"}, "column", "sharded", 2},
                             Case{{"mlp", "--tokens", "20", "--hidden", "40", "--ffn", "100", "--chips", "4", "--result", "all_reduce"}, "row", "all_reduce", 4});
  const std::string device = GENERATE("functional", "rtl");
  const Scratch scratch;
  auto args = test.args;
  args.insert(args.end(), {"--device", device, "--json", scratch / "report.json"});
  const auto outcome = twill_command(args);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "every byte as the golden model has it"));
  const auto report = read_json(scratch / "report.json");
  CHECK(report["matches"] == true);
  CHECK(report["split"] == test.split);
  CHECK(report["result"] == test.result);
  REQUIRE(report["chips"].size() == test.chips);
  if (device == "rtl") {
    CHECK(report["cycles"] >= report["array_cycles"]);
    CHECK(report["one_chip"]["measured"] == true);
    CHECK(report["speedup"].get<double>() == Approx(report["one_chip"]["cycles"].get<double>() / report["cycles"].get<double>()));
    CHECK(report["efficiency"].get<double>() == Approx(report["speedup"].get<double>() / test.chips));
    CHECK(report["links"].size() > 0);
  }
}

TEST_CASE("gemm over faulty links has golden bytes, later, and says what was repeated") {
  const Scratch scratch;
  const std::vector<std::string> job{"gemm", "--m", "64", "--k", "64", "--n", "64", "--chips", "4", "--config", "tiny", "--split", "row", "--result", "all_reduce",
                                     "--json", scratch / "report.json"};
  REQUIRE(twill_command(job).code == 0);
  const auto plain = read_json(scratch / "report.json");
  CHECK(plain["links"][0]["retry"] == nullptr);
  auto faulty = job;
  faulty.insert(faulty.end(), {"--bit-error-rate", "1e-4"});
  const auto outcome = twill_command(faulty);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "every byte as the golden model has it"));
  CHECK(contains(outcome.out, "frames arrived wrong"));
  const auto report = read_json(scratch / "report.json");
  CHECK(report["matches"] == true);
  CHECK(report["cycles"] > plain["cycles"]);
  std::uint64_t replays = 0;
  for (const auto& link : report["links"]) replays += link["retry"]["replays"].get<std::uint64_t>();
  CHECK(replays > 0);
}

TEST_CASE("faults of links are refused where there are no links") {
  check_refused({"gemm", "--m", "8", "--k", "8", "--n", "8", "--bit-error-rate", "1e-4"}, "--bit-error-rate is for several chips");
  check_refused({"gemm", "--m", "8", "--k", "8", "--n", "8", "--retry"}, "--retry is for several chips");
  check_refused({"mlp", "--tokens", "8", "--hidden", "8", "--ffn", "8", "--chips", "2", "--device", "functional", "--drop-rate", "0.1"},
                "the functional system has no links");
}

TEST_CASE("what only chips can have is refused without them") {
  const std::vector<std::vector<std::string>> options{{"--split", "row"}, {"--result", "sharded"}, {"--baseline", "predicted"}, {"--threads", "2"}};
  for (const auto& option : options) {
    std::vector<std::string> args{"gemm", "--m", "4", "--k", "4", "--n", "4", "--device", "functional"};
    args.insert(args.end(), option.begin(), option.end());
    const auto outcome = twill_command(args);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, option[0] + " is for several chips"));
  }
  CHECK(contains(twill_command({"bench", "--threads", "2"}).err, "--threads is for several chips"));
}

TEST_CASE("splits that cannot be are refused") {
  CHECK(contains(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--chips", "2", "--result", "everywhere"}).err, "sharded, all_gather or all_reduce"));
  CHECK(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--chips", "2", "--split", "diagonal"}).code == 2);
  CHECK(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--chips", "2", "--split", "column", "--result", "all_reduce"}).code == 2);
  CHECK(twill_command({"mlp", "--tokens", "4", "--hidden", "4", "--ffn", "4", "--chips", "2", "--result", "everywhere"}).code == 2);
  CHECK(twill_command({"mlp", "--tokens", "4", "--hidden", "4", "--chips", "2"}).code == 2);
}

}  // namespace

TEST_CASE("gemm over chips that differ deals columns, and is measured against the fastest chip") {
  const std::string device = GENERATE("functional", "rtl"), result = GENERATE("sharded", "all_gather");
  const Scratch scratch;
  const auto outcome = twill_command({"gemm", "--m", "64", "--k", "96", "--n", "150", "--config", "tiny,base,tiny", "--result", result, "--device", device, "--json",
                                      scratch / "report.json"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  const auto report = read_json(scratch / "report.json");
  CHECK(report["matches"] == true);
  CHECK(report["split"] == "column");
  const auto& chips = report["chips"];
  REQUIRE(chips.size() == 3);
  CHECK(report["system"]["configs"][1] == "base");
  CHECK(chips[0]["columns"].get<int>() + chips[1]["columns"].get<int>() + chips[2]["columns"].get<int>() == 150);
  CHECK(chips[0]["columns"] < chips[1]["columns"]);
  if (device == "rtl") {
    CHECK(report["one_chip"]["measured"] == true);
    CHECK(report["one_chip"]["rank"] == 1);
    CHECK(report["one_chip"]["config"] == "base");
    CHECK(report["capacity"] > 1);
    CHECK(report["capacity"] < 2);
    if (result == "sharded") CHECK(report["speedup"] > 1);
    CHECK(report["efficiency"].get<double>() == Approx(report["speedup"].get<double>() / 3));
    CHECK(report["capacity_efficiency"].get<double>() == Approx(report["speedup"].get<double>() / report["capacity"].get<double>()));
  }
}

TEST_CASE("splits that need equal chips name those that differ") {
  for (const char* result : {"sharded", "all_reduce"})
    CHECK(contains(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--config", "base,small", "--split", "row", "--result", result}).err,
                   "a split by rows needs chips of one configuration, but rank 0 is base and rank 1 is small"));
  CHECK(contains(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--config", "base,small", "--result", "all_reduce"}).err,
                 "split by columns, as for chips that differ, --result takes sharded or all_gather, not 'all_reduce'"));
  CHECK(contains(twill_command({"gemm", "--m", "4", "--k", "4", "--n", "4", "--config", "base,small", "--split", "column", "--result", "all_reduce"}).err,
                 "sharded or all_gather"));
  CHECK(contains(twill_command({"mlp", "--tokens", "4", "--hidden", "4", "--ffn", "4", "--config", "base,small"}).err, "twill mlp needs chips of one configuration"));
}
