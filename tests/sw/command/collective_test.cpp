// SPDX-License-Identifier: Apache-2.0
// twill collective: results and bounds on the RTL, and what it refuses.
#include "twill_process.hpp"

namespace {

using namespace twill::test;

nlohmann::json report_of(std::vector<std::string> args) {
  args.insert(args.end(), {"--json", "-"});
  const auto outcome = twill_command(args);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  return nlohmann::json::parse(outcome.out);
}

TEST_CASE("collectives on chips of RTL give the plain result") {
  const std::string operation = GENERATE("all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce", "scatter", "gather", "all_to_all");
  const std::string space = GENERATE("scratchpad", "dram");
  for (const std::string topology : {"ring:3", "torus:2x2"}) {
    const std::string bytes = topology == "ring:3" ? "3012" : "2048";
    const auto report = report_of({"collective", operation, "--topology", topology, "--config", "tiny", "--bytes", bytes, "--space", space});
    CHECK(report["matches"] == true);
    CHECK(report["space"] == space);
    CHECK(report["chips"].size() == (topology == "ring:3" ? 3 : 4));
    CHECK(report["cycles"] > 0);
    CHECK(report["system"]["topology"] == topology);
  }
}

TEST_CASE("collectives among chips of different machines give the plain result, in what the smallest has room for") {
  const std::string operation = GENERATE("all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce", "scatter", "gather", "all_to_all");
  for (const std::string space : {"scratchpad", "dram"}) {
    const auto report = report_of({"collective", operation, "--config", "large,tiny*2,small", "--bytes", "2048", "--space", space});
    CHECK(report["matches"] == true);
    CHECK(report["system"]["chips"] == 4);
    CHECK(report["system"]["config"] == "large,tiny*2,small");
    CHECK(report["system"]["configs"] == nlohmann::json{"large", "tiny", "tiny", "small"});
    CHECK(report["system"]["scratchpad_bytes"] == 32 * 1024);
    CHECK(report["system"]["word_bytes"] == 4);
    CHECK(report["system"]["topology"] == "ring:4");
  }
  const auto outcome = twill_command({"collective", "all_reduce", "--config", "large,tiny", "--bytes", "64KiB", "--space", "scratchpad"});
  CHECK(outcome.code == 2);
  CHECK(contains(outcome.err, "do not fit the smallest scratchpad of these chips, 32,768 bytes; use --space dram"));
}

TEST_CASE("a barrier takes as long as news takes to go round") {
  for (const unsigned chips : {4u, 8u}) {
    const auto report = report_of({"collective", "barrier", "--chips", std::to_string(chips), "--config", "tiny"});
    CHECK(report["cycles"] >= report["link_bound"]);
    CHECK(report["cycles"] < 3 * report["link_bound"].get<std::uint64_t>());
  }
}

TEST_CASE("every algorithm of a sum on chips of RTL gives the plain result") {
  const std::string algorithm = GENERATE("ring", "ring_both", "dimension", "direct", "tree");
  const auto report = report_of({"collective", "all_reduce", "--topology", "torus:2x2", "--config", "tiny", "--bytes", "16KiB", "--space", "scratchpad", "--algorithm", algorithm});
  CHECK(report["matches"] == true);
  CHECK(report["algorithm"] == algorithm);
  CHECK(report["algorithm_chosen_by"] == "user");
}

TEST_CASE("links are counted where there is time, and what the routes say is said to be computed") {
  const std::vector<std::string> args{"collective", "all_reduce", "--topology", "ring:4", "--config", "tiny", "--bytes", "16KiB", "--algorithm", "ring"};
  const auto report = report_of(args);
  const std::uint64_t payload = report["busiest_link_bytes"], bytes = 16 << 10;
  CHECK(payload == bytes * 6 / 4);  // three quarters to reduce, three to gather
  unsigned with_data = 0;
  for (const auto& link : report["links"]) {
    CHECK(link["busy_cycles"] == link["flits"]);
    CHECK(link["use"].get<double>() == Approx(link["busy_cycles"].get<double>() / report["cycles"].get<double>()));
    CHECK(link["flits"] < payload / 16 * 11 / 10);  // signals and grants come on top; the other way round there is nothing else
    with_data += link["flits"] >= payload / 16;
  }
  CHECK(with_data == 4);
  auto functional = args;
  functional.insert(functional.end(), {"--device", "functional"});
  CHECK(report_of(functional)["links"].empty());
  CHECK(report_of(functional)["busiest_link_bytes"] == payload);
  const auto text = twill_command(args).out;
  CHECK(contains(text, "24.0 KiB, computed from the routes"));
  CHECK(contains(text, "links             "));
}

TEST_CASE("collectives over faulty links give the plain result, later") {
  for (const std::string operation : {"all_reduce", "all_to_all"}) {
    const std::vector<std::string> job{"collective", operation, "--topology", "ring:4", "--config", "tiny", "--bytes", "16KiB", "--space", "scratchpad"};
    std::vector<std::string> faulty = job;
    faulty.insert(faulty.end(), {"--bit-error-rate", "1e-4", "--drop-rate", "0.001", "--duplicate-rate", "0.001"});
    const auto plain = report_of(job), report = report_of(faulty);
    INFO(operation);
    CHECK(report["matches"] == true);
    CHECK(report["cycles"] > plain["cycles"]);
    CHECK(plain["system"]["retry"] == nullptr);
    CHECK(report["system"]["retry"]["bit_error_rate"] == 1e-4);
  }
  const auto dead = twill_command({"collective", "all_reduce", "--chips", "4", "--config", "tiny", "--bytes", "64KiB", "--dead-link", "1-2@20000"});
  CHECK(dead.code == 3);
  CHECK(contains(dead.err, "link 1->2 is dead: 16 replays in a row brought nothing"));
}

TEST_CASE("what collective cannot do is said in a sentence") {
  struct Case {
    std::vector<std::string> args;
    std::string said;
  };
  const Case test = GENERATE(
      Case{{"all_reduse", "--chips", "4"}, "there is no collective 'all_reduse'; did you mean all_reduce?"},
      Case{{"all_reduce", "--chips", "4", "--type", "int8"}, "sums are of int32, not of int8"},
      Case{{"all_reduce", "--chips", "4", "--bytes", "many"}, "--bytes takes a number of bytes"},
      Case{{"all_reduce", "--chips", "4", "--bytes", "10"}, "no whole number of int32 elements"},
      Case{{"all_reduce", "--chips", "4", "--topology", "torus:2x3"}, "has 6 chips and 4"},
      Case{{"all_reduce", "--chips", "4", "--algorithm", "dimension"}, "no algorithm dimension on ring:4; there is ring, ring_both, tree, direct"},
      Case{{"all_reduce", "--chips", "4", "--root", "1"}, "all_reduce has no root"},
      Case{{"broadcast", "--chips", "4", "--root", "4"}, "--root takes a whole number from 0 to 3"},
      Case{{"all_reduce", "--chips", "4", "--bytes", "1MiB", "--space", "scratchpad"}, "use --space dram"},
      Case{{"all_to_all", "--chips", "3", "--bytes", "4096"}, "not the same number for each of 3 ranks"},
      Case{{"barrier", "--chips", "4", "--bytes", "64"}, "a barrier moves no bytes; --bytes is for the other operations"},
      Case{{"all_reduce", "--chips", "65"}, "--chips takes a whole number from 1 to 64"});
  auto args = test.args;
  args.insert(args.begin(), "collective");
  args.insert(args.end(), {"--device", "functional"});
  const auto outcome = twill_command(args);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find(test.said) != std::string::npos);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace
