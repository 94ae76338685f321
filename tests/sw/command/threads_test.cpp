// SPDX-License-Identifier: Apache-2.0
// Commands with several host threads: every figure of the report is that of one thread.
#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

/// The report without what may depend on the host.
json report_of(std::vector<std::string> args, const std::string& threads) {
  args.insert(args.end(), {"--config", "tiny", "--threads", threads, "--json", "-"});
  json report = json::parse(succeed(args).out);
  CHECK(report["system"]["threads"] == std::stoi(threads));
  report["system"].erase("threads");
  report.erase("simulation");
  return report;
}

void same_with(const std::vector<std::string>& threads, const std::vector<std::string>& args) {
  const json expected = report_of(args, "1");
  CHECK(expected["matches"] == true);
  for (const std::string& n : threads) {
    INFO(n << " threads");
    CHECK(report_of(args, n) == expected);
  }
}

TEST_CASE("run on chips gives the same report with any number of threads") {
  same_with({"2", "3"}, {"run", model, "--chips", "3", "--topology", "ring", "--parallel", "1x3x1", "--batch", "3"});
  same_with({"2"}, {"run", model, "--topology", "mesh:2x2", "--parallel", "2x1x2", "--batch", "2"});
}

TEST_CASE("collective gives the same report with any number of threads") {
  for (const char* operation : {"all_reduce", "all_to_all"}) {
    CAPTURE(operation);
    same_with({"2", "3"}, {"collective", operation, "--topology", "torus:2x2", "--bytes", "2048"});
  }
  same_with({"2", "3"}, {"collective", "barrier", "--topology", "torus:2x2"});
}

TEST_CASE("mlp over chips gives the same report with any number of threads") {
  same_with({"2", "3"}, {"mlp", "--chips", "3", "--tokens", "20", "--hidden", "40", "--ffn", "100"});
}

TEST_CASE("bench runs chips in several threads") {
  const json report = json::parse(succeed({"bench", "--config", "tiny", "--chips", "3", "--threads", "3", "--seconds", "1", "--json", "-"}).out);
  CHECK(report["several_threads"]["chip_cycles_per_second"] > 0);
}

}  // namespace
