// SPDX-License-Identifier: Apache-2.0
// twill inject: a small campaign finds nothing silent where errors are covered, the same campaign sees what happens without SEC-DED, and fails where SEC-DED
// is broken; every fault can be repeated.
#include <map>
#include <set>

#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

struct Campaign {
  json report;
  std::string said;
};

Campaign campaign(const std::string& config, const std::string& faults) {
  const Scratch scratch;
  const auto said = succeed({"inject", "--config", config, "--faults", faults, "--seed", "1", "--json", scratch / "report.json"}).out;
  return {read_json(scratch / "report.json"), said};
}

/// Endings of faults in memories, of at most so many bits.
std::map<std::string, int> in_memories(const json& report, std::size_t most_bits) {
  std::map<std::string, int> endings;
  for (const json& fault : report["faults"])
    if (fault["state"] != "links" && fault["state"] != "registers" && fault["bits"].size() <= most_bits) ++endings[fault["ending"].get<std::string>()];
  return endings;
}

TEST_CASE("with SEC-DED and links that repeat nothing goes unnoticed that is covered") {
  const auto [report, said] = campaign("tiny_ecc", "75");
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

  // Errors of more bits than a code is made for are told apart from those that it always finds.
  std::map<std::string, std::set<std::string>> covered, beyond;
  for (const json& row : report["states"]) {
    CHECK(row["protected"] == (row["state"] != "registers"));
    (row["covered"].get<bool>() ? covered : beyond)[row["state"]].insert(row["bits"].get<std::string>());
  }
  for (const std::string memory : {"scratchpad", "accumulators", "queues"}) {
    CHECK(covered[memory] == std::set<std::string>{"1", "2"});
    CHECK(beyond[memory] == std::set<std::string>{"3-5"});
  }
  CHECK(covered["links"] == std::set<std::string>{"1", "2", "3-4"});
  CHECK(beyond["links"] == std::set<std::string>{"5-8"});
  CHECK(contains(said, "beyond the code"));
  CHECK(contains(said, "silent, of so few bits that a code always finds them   0\n"));
  CHECK(contains(said, "wrong again after a reset                              0\n"));

  // One fault by itself is what it was among all.
  for (const int number : {0, 3, 4, 20}) {
    const Scratch scratch;
    const auto one = succeed({"inject", "--only", std::to_string(number), "--seed", "1", "--json", scratch / "report.json"}).out;
    const json fault = report["faults"][static_cast<std::size_t>(number)];
    CHECK(read_json(scratch / "report.json")["faults"] == json::array({fault}));
    CHECK(contains(one, fault["where"].get<std::string>()));
  }
}

TEST_CASE("without SEC-DED the same campaign has silent errors in the memories, and sees them") {
  const json report = campaign("tiny", "45").report;
  auto memories = in_memories(report, 2);
  CHECK(memories["silent"] > 0);
  CHECK(memories["corrected"] == 0);
  for (const json& row : report["states"]) CHECK(row["protected"] == (row["state"] == "links"));
}

TEST_CASE("inject --blocks strikes each block's registers as often, and tells what share of their bits is silent") {
  const Scratch scratch;
  succeed({"inject", "--blocks", "--faults", "60", "--seed", "1", "--json", scratch / "report.json"});
  const json report = read_json(scratch / "report.json");
  std::uint64_t bits = 0;
  const std::size_t each = 60 / report["blocks"].size();
  REQUIRE(each >= 1);
  for (const json& block : report["blocks"]) {
    INFO(block.dump());
    CHECK((block["faults"] == each || block["faults"] == each + 1));
    bits += block["bits"].get<std::uint64_t>();
    const double value = block["silent_share"]["value"];
    CHECK(value == Approx(block["silent"].get<double>() / block["faults"].get<double>()));
    CHECK((block["silent_share"]["low"] <= value && value <= block["silent_share"]["high"]));
  }
  CHECK(bits == report["register_bits"]);
  CHECK(report["register_silent_share"]["high"] > 0);
  for (const json& fault : report["faults"]) CHECK(fault["state"] == "registers");
}

// Its SEC-DED is blind, and its reset leaves a register of the fetch as it is.
TEST_CASE("a chip with broken SEC-DED and a broken reset fails the campaign, and its faults are named") {
  const Scratch scratch;
  const auto outcome = run_program(TWILL_BLIND, {"inject", "--faults", "45", "--seed", "1", "--json", scratch / "report.json"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 1);
  const json report = read_json(scratch / "report.json");
  CHECK(report["silent_covered"] > 0);
  CHECK(report["not_recovered"] > 0);
  CHECK(contains(outcome.out, "NOT FOUND: fault "));
  CHECK(contains(outcome.out, "NOT RIGHT AGAIN: fault "));
}

TEST_CASE("a campaign takes no machine without such a model and no more than a million faults") {
  check_refused({"inject", "--config", "base"}, "registers can be flipped");
  check_refused({"inject", "--faults", "0"}, "1 to 1000000");
  check_refused({"inject", "--only", "3", "--faults", "10"}, "--only N is one fault");
}

}  // namespace
