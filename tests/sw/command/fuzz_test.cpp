// SPDX-License-Identifier: Apache-2.0
// twill fuzz: what it prints, writes and refuses; and, with chips that have a bug, what becomes of a failure.
#include "twill_process.hpp"

namespace {

using namespace twill::test;

/// `twill fuzz` of chips with a bug, which one of the first twelve seeds shows.
Outcome buggy(std::vector<std::string> args, const Scratch& folder) {
  args.insert(args.begin(), "--quiet");
  return run_program(BUGGY_FUZZ, args, folder.path().string());
}

/// The words behind these, up to the end of the line.
std::string behind(const std::string& text, const std::string& words) {
  const auto at = text.find(words);
  REQUIRE(at != std::string::npos);
  return text.substr(at + words.size(), text.find('\n', at) - at - words.size());
}

}  // namespace

TEST_CASE("seeds that pass are counted, printed and written") {
  const Scratch folder;
  const auto ran = succeed({"fuzz", "--seeds", "4", "--seed", "7", "--chips", "2", "--stalls", "0.05", "--modes", "--case",
                            folder / "c.json", "--json", folder / "r.json"});
  CHECK(contains(ran.out, "4 seeds from 7 on tiny, ring:2: "));
  CHECK(contains(ran.out, " 0 failures, "));
  CHECK(contains(ran.out, "conv  "));
  CHECK(folder.files() == std::vector<std::string>{"r.json"});
  const auto report = read_json(folder / "r.json");
  CHECK(report["command"] == "fuzz");
  CHECK(report["seeds"] == 4);
  CHECK(report["first_seed"] == 7);
  CHECK(report["stalls"] == 0.05);
  CHECK(report["interrupted"] == false);
  CHECK(report["failures"].empty());
  CHECK(report["commands"] > 20);
  CHECK(report["modes"].size() > 5);
}

TEST_CASE("a seed that fails is shown, made small, and written to a file that runs it again") {
  const Scratch folder;
  const auto ran = buggy({"--seeds", "60", "--stalls", "0.0625", "--case", "small.json", "--json", "r.json"}, folder);
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(contains(ran.out, " FAILS: byte 0x"));
  CHECK(contains(ran.out, "1 command, and those that fill and read memory"));
  CHECK(contains(ran.out, "written: small.json"));
  CHECK(contains(ran.out, ", 1 failure, "));
  const auto report = read_json(folder / "r.json");
  REQUIRE(report["failures"].size() == 1);
  const auto failure = report["failures"][0];
  CHECK(failure["file"] == "small.json");
  CHECK(failure["commands"] == 1);
  CHECK(contains(ran.out, "seed " + std::to_string(failure["seed"].get<int>()) + " FAILS: " + failure["fault"].get<std::string>() + "\n"));

  // The command it names, which is exact to the last digit of --stalls.
  const std::string again = behind(ran.out, "again:   ");
  CHECK(again == "twill fuzz --seed " + std::to_string(failure["seed"].get<int>()) + " --seeds 1 --config tiny --stalls 0.0625");

  const auto repeated = buggy({"--replay", "small.json", "--json", "again.json"}, folder);
  CHECK(repeated.code == 1);
  CHECK(contains(repeated.out, "FAILS: byte 0x"));
  const auto other = read_json(folder / "again.json");
  CHECK(other["command"] == "fuzz");
  CHECK(other["replayed"] == "small.json");
  CHECK(contains(repeated.out, other["fault"].get<std::string>()));
  const auto right = succeed({"fuzz", "--replay", folder / "small.json", "--json", folder / "right.json"});
  CHECK(contains(right.out, "RTL and functional chip agree"));
  CHECK(read_json(folder / "right.json")["fault"] == "");
}

TEST_CASE("with --keep-going every failure has a file of its own") {
  const Scratch folder;
  const auto ran = buggy({"--seeds", "60", "--keep-going", "--json", "r.json"}, folder);
  CHECK(ran.code == 1);
  const auto report = read_json(folder / "r.json");
  CHECK(report["seeds"] == 60);
  REQUIRE(report["failures"].size() >= 2);
  for (const auto& failure : report["failures"]) {
    CHECK(failure["file"] == "fuzz-" + std::to_string(failure["seed"].get<int>()) + ".json");
    CHECK(std::filesystem::exists(folder / failure["file"].get<std::string>()));
  }
}

TEST_CASE("an interruption ends with what there is by then") {
  const Scratch folder;
  // Whoever runs this may ignore interruptions, and so would what it starts.
  const auto ran = run_program("timeout", {"--preserve-status", "-k", "60", "-s", "INT", "2", "env", "--default-signal=INT", TWILL_COMMAND,
                                           "fuzz", "--seeds", "1000000", "--case", folder / "c.json", "--json", folder / "r.json"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 130);
  CHECK(contains(ran.out, "interrupted after "));
  CHECK(contains(ran.out, " of 1,000,000 seeds\n"));
  CHECK(contains(ran.out, " 0 failures, "));
  const auto report = read_json(folder / "r.json");
  CHECK(report["interrupted"] == true);
  CHECK(report["seeds"] >= 1);
}

TEST_CASE("fuzz refuses what it cannot use before anything runs") {
  const Scratch folder;
  const auto refused = [](std::vector<std::string> args, const std::string& words) {
    args.insert(args.begin(), "fuzz");
    check_refused(args, words);
  };
  for (const char* stalls : {" 0.1", "0.95", "-0.1", "nan", "0.1x"})
    refused({"--stalls", stalls}, "--stalls takes a share of cycles from 0 to 0.9");
  refused({"--chips", "9"}, "1 to 8");
  refused({"--seeds", "0"}, "--seeds takes a whole number from 1");
  refused({"--topology", "mesh:2x2", "--chips", "3"}, "has 4 chips and 3 were asked for");
  refused({"--topology", "mesh:3x3"}, "--topology mesh:3x3 has 9 chips; streams are made for 1 to 8");
  refused({"--config", "huge"}, "there is no configuration 'huge'");
  refused({"--case", "/no/such/folder/c.json"}, "/no/such/folder/c.json: cannot be written");
  refused({"--case", folder / "same", "--json", folder / "same"}, "two outputs would be this file");
  refused({"--case", folder / "c.json", "--keep-going"}, "--case is one file");

  const std::string file = folder / "case.json";
  std::ofstream(file) << "{\"format\": 3}";
  refused({"--replay", file}, file + " is no case of twill fuzz: format must be a string");
  refused({"--replay", file, "--json", file}, "it is an input of this command");
  refused({"--replay", folder / "none.json"}, "none.json");
  for (const std::string option : {"seeds", "seed", "config", "chips", "topology", "stalls", "case"})
    refused({"--replay", file, "--" + option, "1"}, "--" + option + " is for seeds");
  for (const std::string option : {"keep-going", "modes"}) refused({"--replay", file, "--" + option}, "--" + option + " is for seeds");
  CHECK(folder.files() == std::vector<std::string>{"case.json"});
}
