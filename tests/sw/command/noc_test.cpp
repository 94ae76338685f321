// SPDX-License-Identifier: Apache-2.0
// twill noc as its users meet it.
#include <sstream>

#include "twill_process.hpp"

namespace {

using namespace twill::test;

std::vector<std::string> quick(const std::vector<std::string>& more) {
  std::vector<std::string> args{"noc", "--cycles", "2000", "--warmup", "500"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("noc sweeps the injection and says what the network made of it") {
  const Scratch scratch;
  const auto outcome = succeed(
      quick({"--topology", "mesh:4x4", "--injection", "0.1:0.9:0.2", "--json", scratch / "report.json", "--csv", scratch / "table.csv"}));
  const auto report = read_json(scratch / "report.json");
  CHECK(report["command"] == "noc");
  CHECK(report["network"] == nlohmann::json({{"topology", "mesh:4x4"},
                                             {"chips", 16},
                                             {"vcs", 4},
                                             {"buffer", 8},
                                             {"link_latency", 1},
                                             {"link_width", 16},
                                             {"pipeline", 2},
                                             {"retry", nullptr}}));
  CHECK(report["mean_hops"] == Approx(2.5));
  CHECK(report["zero_load_latency"] == Approx(3.5 * 2 + 2.5));
  CHECK(report["zero_load_latency_formula"] == Approx(3.5 * 2 + 2.5));
  const auto& points = report["points"];
  REQUIRE(points.size() == 5);
  double before = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(points[i]["offered"] == Approx(0.1 + 0.2 * static_cast<double>(i)));
    CHECK(points[i]["mean_latency"] > before);
    before = points[i]["mean_latency"];
    CHECK(points[i]["cycles_per_second"] > 0);
    CHECK(points[i]["busiest_link_busy"] <= 1.0);
  }
  CHECK(points[0]["accepted"] == Approx(0.1).epsilon(0.1));
  CHECK(points[0]["saturated"] == false);
  CHECK(points[4]["saturated"] == true);
  CHECK(contains(outcome.out, "saturated"));
  CHECK(contains(outcome.out, "9.5000 cycles measured, 9.5000 by formula"));

  const auto csv = lines_of(read_text(scratch / "table.csv"));
  REQUIRE(csv.size() == 6);
  CHECK(csv[0] == "offered,accepted,mean_latency,latency_99,packets,saturated");
  CHECK(csv[1].rfind("0.1000,", 0) == 0);
  CHECK(csv[5].rfind("0.9000,", 0) == 0);
}

TEST_CASE("noc gives the same table for the same seed, and another for another") {
  const Scratch scratch;
  const auto table = [&](const std::string& seed) {
    succeed(quick({"--topology", "torus:4x4", "--traffic", "hotspot", "--injection", "0.2", "--packet", "3", "--seed", seed, "--csv",
                   scratch / "table.csv"}));
    return read_text(scratch / "table.csv");
  };
  const auto first = table("5");
  CHECK(first == table("5"));
  CHECK(first != table("6"));
}

TEST_CASE("noc takes every topology and pattern, one chip too") {
  for (const std::string pattern : {"uniform", "transpose", "hotspot", "neighbor"})
    for (const std::string topology : {"ring:16", "mesh:4x4", "torus:4x4", "switch:16", "mesh:1x1"})
      CHECK(contains(succeed(quick({"--topology", topology, "--traffic", pattern, "--injection", "0.05"})).out, topology));
  CHECK(contains(succeed(quick({"--topology", "ring", "--chips", "6", "--injection", "0.1"})).out, "ring:6"));
}

TEST_CASE("noc shows the goodput of faulty links beside the closed form") {
  const Scratch scratch;
  for (const std::string rate : {"1e-5", "1e-4", "1e-3"}) {
    const auto outcome = succeed({"noc", "--topology", "ring:2", "--traffic", "neighbor", "--injection", "1", "--link-latency", "16",
                                  "--buffer", "0", "--cycles", "200000", "--bit-error-rate", rate, "--json", scratch / "report.json"});
    const auto report = read_json(scratch / "report.json");
    INFO(rate);
    const double model = report["network"]["retry"]["goodput_model"];
    CHECK(report["points"][0]["busiest_link_goodput"] == Approx(model).epsilon(0.05));
    CHECK(report["points"][0]["accepted"] == Approx(model).epsilon(0.05));
    CHECK(report["points"][0]["busiest_link_retry"]["replays"] > 0);
    CHECK(report["network"]["retry"]["round_trip"] == 33);
    CHECK(report["network"]["retry"]["undetected_per_frame"] > 0);
    CHECK(report["network"]["retry"]["undetected_per_frame"] < 1e-10);
    CHECK(contains(outcome.out, "always busy, by formula"));
  }
  const auto calm = succeed(quick({"--topology", "mesh:4x4", "--injection", "0.1", "--retry", "--json", scratch / "report.json"}));
  CHECK(read_json(scratch / "report.json")["network"]["retry"]["goodput_model"] == 1);
  CHECK_FALSE(contains(succeed(quick({"--topology", "mesh:4x4", "--injection", "0.1"})).out, "always busy, by formula"));
}

TEST_CASE("noc names a dead link") {
  const auto outcome =
      twill_command(quick({"--topology", "mesh:4x4", "--injection", "0.1", "--dead-link", "5-6@1000", "--replay-limit", "4"}));
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "is dead: 4 replays in a row brought nothing"));
  CHECK((contains(outcome.err, "link 5->6") || contains(outcome.err, "link 6->5")));
  CHECK(contains(outcome.out, "5-6 dead from cycle 1000"));
}

// At twenty times the load a link asks for so many more frames that a single replay is not always enough.
TEST_CASE("noc keeps what it measured before a link was given up") {
  const Scratch scratch;
  const auto outcome = twill_command(quick({"--topology", "mesh:4x4", "--injection", "0.01:0.41:0.4", "--bit-error-rate", "1e-4", "--replay-limit", "1",
                                            "--csv", scratch / "table.csv", "--json", scratch / "report.json"}));
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "at an injection of 0.410 link "));
  const auto report = read_json(scratch / "report.json");
  CHECK(report["points"].size() == 1);
  CHECK(contains(report["fault"], " is dead: 1 replays in a row"));
  CHECK(lines_of(read_text(scratch / "table.csv")).size() == 2);
  CHECK(contains(outcome.out, "0.010"));
}

TEST_CASE("noc refuses what cannot be with what could") {
  const auto refused = [](const std::vector<std::string>& args, const std::string& words) { check_refused(quick(args), words); };
  refused({"--topology", "star"}, "ring:N, switch:N, mesh:RxC and torus:RxC");
  refused({"--topology", "ring"}, "needs a number of chips");
  refused({"--topology", "mesh:9x8"}, "72 chips");
  refused({"--topology", "mesh:2x4", "--chips", "6"}, "8 chips and 6 were asked for");
  refused({"--traffic", "tornado"}, "uniform, transpose, hotspot and neighbor");
  refused({"--traffic", "transpose", "--topology", "mesh:2x4"}, "transpose");
  for (const std::string bad :
       {"0", "1.1", "-0.1", "x", "0.1:0.2", "0.1:0.2:0", "0.3:0.2:0.1", "0.1:0.2:0.1:0.1", "0.1:", "nan", "inf", "0.1:0.9:0.0001", "0.1,"})
    refused({"--injection", bad}, "--injection takes LOW:HIGH:STEP or one number");
  refused({"--vcs", "0"}, "--vcs");
  refused({"--csv", "-"}, "--csv needs a file");
  refused({"--vcs", "17"}, "1 to 16");
  refused({"--vcs", "1", "--topology", "ring:4"}, "2 to 16 virtual channels");
  refused({"--buffer", "1025"}, "0 to 1024");
  refused({"--link-latency", "0"}, "1 to 256");
  refused({"--link-width", "3"}, "1, 2, 4, 8 or 16");
  refused({"--pipeline", "8"}, "1 to 7");
  for (const std::string bad : {"-1e-5", "0.02", "1e-16", "x", "nan", "1e-5 ", ""}) refused({"--bit-error-rate", bad}, "--bit-error-rate");
  refused({"--drop-rate", "0.6"}, "from 1e-15 to 0.5");
  refused({"--duplicate-rate", "1"}, "from 1e-15 to 0.5");
  for (const std::string bad : {"5", "5-6", "5-6@", "5-6@x", "5-6@7x", "-5-6@7", "5_6@7"}) refused({"--dead-link", bad}, "as in 2-3@5000");
  refused({"--dead-link", "0-9@100"}, "no link joins 0 and 9 in mesh:8x8");
  refused({"--fault-seed", "2"}, "--fault-seed is for random faults");
  refused({"--fault-seed", "2", "--dead-link", "0-1@100"}, "--fault-seed is for random faults");
  refused({"--replay-limit", "2"}, "--replay-limit is for links that repeat");
  refused({"--replay-limit", "0", "--retry"}, "1 to 1000");
  refused({"--packet", "0"}, "1 to 1024");
  refused({"--cycles", "0"}, "--cycles");
  refused({"mesh:8x8"}, "one argument too many");
  refused({"--csv", "/nowhere/table.csv"}, "/nowhere");
  const Scratch scratch;
  refused({"--csv", scratch / "same", "--json", scratch / "same"}, "same");
  CHECK(scratch.files().empty());
}

}  // namespace
