// SPDX-License-Identifier: Apache-2.0
// twill inject: a small campaign finds nothing silent where errors are covered, the same campaign sees what happens without SEC-DED, and every fault can be repeated.
#include <map>

#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

json campaign(const std::string& config, const std::string& faults) {
  const Scratch scratch;
  succeed({"inject", "--config", config, "--faults", faults, "--seed", "1", "--json", scratch / "report.json"});
  return read_json(scratch / "report.json");
}

/// Endings of faults in memories, of at most so many bits.
std::map<std::string, int> in_memories(const json& report, std::size_t most_bits) {
  std::map<std::string, int> endings;
  for (const json& fault : report["faults"])
    if (fault["state"] != "links" && fault["state"] != "registers" && fault["bits"].size() <= most_bits) ++endings[fault["ending"].get<std::string>()];
  return endings;
}

TEST_CASE("with SEC-DED and links that repeat nothing goes unnoticed that is covered") {
  const json report = campaign("tiny_ecc", "75");
  CHECK(report["silent_covered"] == 0);
  CHECK(report["not_recovered"] == 0);
  CHECK(report["faults"].size() == 75);
  auto memories = in_memories(report, 2);
  CHECK(memories["silent"] == 0);
  CHECK(memories["corrected"] > 0);
  CHECK(memories["reported"] > 0);
  int resent = 0;
  for (const json& fault : report["faults"]) resent += fault["state"] == "links" && fault["ending"] == "corrected";
  CHECK(resent > 0);

  // One fault by itself is what it was among all.
  for (const int number : {0, 3, 4, 20}) {
    const Scratch scratch;
    const auto said = succeed({"inject", "--only", std::to_string(number), "--seed", "1", "--json", scratch / "report.json"}).out;
    const json fault = report["faults"][static_cast<std::size_t>(number)];
    CHECK(read_json(scratch / "report.json")["faults"] == json::array({fault}));
    CHECK(contains(said, fault["where"].get<std::string>()));
  }
}

TEST_CASE("without SEC-DED the same campaign has silent errors in the memories, and sees them") {
  const json report = campaign("tiny", "45");
  auto memories = in_memories(report, 2);
  CHECK(memories["silent"] > 0);
  CHECK(memories["corrected"] == 0);
  for (const json& row : report["states"]) CHECK(row["protected"] == (row["state"] == "links"));
}

TEST_CASE("a campaign takes no machine without such a model and no more than a million faults") {
  check_refused({"inject", "--config", "base"}, "registers can be flipped");
  check_refused({"inject", "--faults", "0"}, "1 to 1000000");
  check_refused({"inject", "--only", "3", "--faults", "10"}, "--only N is one fault");
}

}  // namespace
