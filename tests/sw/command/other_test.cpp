// SPDX-License-Identifier: Apache-2.0
// help, version, info, disasm, bench.
#include <sstream>

#include "commands/commands.hpp"
#include "twill/configurations.hpp"
#include "twill_process.hpp"
#include "version.hpp"

namespace {

using namespace twill::test;

TEST_CASE("help lists every subcommand, and each has its own") {
  const auto all = succeed({"--help"});
  for (const auto& command : twill::cli::commands) {
    const std::string name(command.name);
    INFO(name);
    CHECK(contains(all.out, "\n  " + name + " "));
    const auto own = succeed({"help", name});
    CHECK(contains(own.out, "usage: twill " + name));
    CHECK(own.out == succeed({name, "--help"}).out);
    CHECK(own.out == succeed({name, "-h"}).out);
  }
  for (const std::string same : {"help", "-h"}) CHECK(all.out == succeed({same}).out);
  CHECK(all.out == succeed({"help", "help"}).out);
  CHECK(succeed({"--version"}).out == std::string("twill ") + twill::cli::twill_version + "\n");
}

TEST_CASE("info names the contract and the machines") {
  const Scratch scratch;
  const auto outcome = succeed({"info", "--json", scratch / "report.json"});
  CHECK(contains(outcome.out, twill::cli::contract_name()));
  const auto report = read_json(scratch / "report.json");
  REQUIRE(report["configurations"].size() == twill::contract::configurations.size());
  bool any = false;
  for (const auto& machine : report["configurations"]) any |= machine["rtl"].get<bool>();
  CHECK(any);
  CHECK(contains(outcome.out, "SEC-DED"));
}

TEST_CASE("help names every exit code") {
  const auto help = succeed({"help"}).out;
  for (const std::string code : {"0 all is well", "1 a result differs", "2 an input", "3 the chip reported an error or a link is dead",
                                 "130 interrupted", "70 an internal error"})
    CHECK(contains(help, code));
}

TEST_CASE("disasm shows every command with its operator") {
  const Scratch scratch;
  const auto outcome = succeed({"disasm", model, "--json", scratch / "report.json"});
  const auto stream = read_json(scratch / "report.json")["commands"];
  REQUIRE(stream.size() > 18);
  std::istringstream lines(outcome.out);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(contains(line, "opcode"));  // the heading
  for (std::size_t i = 0; i < stream.size(); ++i) {
    REQUIRE(std::getline(lines, line));
    CHECK(contains(line, " " + stream[i]["queue"].get<std::string>() + " "));
    const int op = stream[i]["operator"];
    INFO(line);
    CHECK(line.rfind(op < 0 ? "job " : std::to_string(op) + " ", 0) == 0);
    CHECK(contains(line, stream[i]["text"].get<std::string>()));
    CHECK(stream[i]["words"].size() == 16);
  }
  CHECK(contains(succeed({"disasm", model, "--long"}).out, "DRAM byte address"));
}

TEST_CASE("bench measures the chip faster than nothing and slower than its bare array") {
  const Scratch scratch;
  succeed({"bench", "--seconds", "1", "--json", scratch / "report.json"});
  const auto report = read_json(scratch / "report.json");
  CHECK(report["chip"]["array_busy"] > 0.9);
  CHECK(report["chip"]["cycles_per_second"] > 0);
  CHECK(report["bare_array"]["cycles_per_second"] > report["chip"]["cycles_per_second"]);
  CHECK(report["layers"].size() >= 5);
  for (const auto& layer : report["layers"]) CHECK(layer["matches"] == true);
  CHECK(report["idle_chip"]["cycles_per_second"] > 50e6);
}

TEST_CASE("bench of many chips shows the rates of one thread and of several, and the memory of a chip") {
  const Scratch scratch;
  succeed({"bench", "--chips", "3", "--topology", "ring", "--threads", "2", "--seconds", "1", "--json", scratch / "report.json"});
  const auto report = read_json(scratch / "report.json");
  CHECK(report["system"]["chips"] == 3);
  CHECK(report["threads"] == 2);
  CHECK(report["array_busy"] > 0.9);
  CHECK(report["one_thread"]["chip_cycles_per_second"] > 0);
  CHECK(report["several_threads"]["chip_cycles_per_second"] > 0);
  CHECK(report["ratio"] > 0);
  CHECK(report["idle"]["chip_cycles_per_second"] > 50e6);
  CHECK(report["memory_per_chip_bytes"] > 0);
  CHECK(report["memory_per_chip_bytes"] < 64 << 20);
}

}  // namespace
