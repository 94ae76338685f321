// SPDX-License-Identifier: Apache-2.0
// Cases by themselves: the same for the same seed, whole in their file, sound whatever is left out of them.
#include "catch.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/modes.hpp"
#include "fuzz/random.hpp"
#include "fuzz/run.hpp"
#include "fuzz/weave.hpp"
#include "twill/error.hpp"

namespace {

using namespace twill;

fuzz::Choice chips(unsigned count) { return {FIRST_CONFIG, "ring:" + std::to_string(count), count, 0}; }

bool same(const std::vector<fuzz::Ring>& a, const std::vector<fuzz::Ring>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const fuzz::Ring& x, const fuzz::Ring& y) { return x.commands == y.commands && x.remote == y.remote; });
}

}  // namespace

TEST_CASE("a seed is the same case each time, and goes through its file") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const fuzz::Choice choice = chips(seed % 4 == 0 ? 3 : 1);
    const fuzz::Case test = fuzz::generate(seed, choice);
    CAPTURE(seed);
    REQUIRE(fuzz::sound(test));
    const std::string text = fuzz::to_json(test).dump();
    CHECK(fuzz::to_json(fuzz::generate(seed, choice)).dump() == text);
    const fuzz::Case back = fuzz::from_json(text, "the file");
    CHECK(fuzz::to_json(back).dump() == text);
    CHECK(same(fuzz::weave(back), fuzz::weave(test)));
  }
}

TEST_CASE("whatever is left out of a case, its rings leave what its commands leave one after the other") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    fuzz::Case test = fuzz::generate(seed, chips(1 + seed % 3));
    fuzz::Random random(seed);
    for (std::size_t i = test.ops.size(); i > 0; --i)
      if (!test.ops[i - 1].fixed && random.percent(30)) test.ops.erase(test.ops.begin() + static_cast<std::ptrdiff_t>(i - 1));
    bool refused = false;
    for (const fuzz::Op& op : test.ops) refused |= op.refused;
    if (refused || !fuzz::sound(test)) continue;  // without its records a REQUANT is none
    CAPTURE(seed);
    CHECK(fuzz::difference(fuzz::run_in_order(test), fuzz::run_functional(test, fuzz::weave(test))).empty());
  }
}

TEST_CASE("banks are handed from CONV to REQUANT and back one by one, and one of several chips is to refuse a command") {
  unsigned rings = 0, to_post = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const fuzz::Case test = fuzz::generate(seed, chips(1 + seed % 4));
    if (test.chips > 1)
      for (const fuzz::Op& op : test.ops) refused += op.refused && op.chip > 0;
    for (const fuzz::Ring& ring : fuzz::weave(test))
      for (const contract::Command& command : ring.commands) {
        const auto opcode = static_cast<contract::Opcode>(command.words[0] & 0xff);
        const bool tile_wait = contract::Slot{static_cast<std::uint32_t>(command.bits(50, 6))}.enabled();
        if (opcode == contract::Opcode::requant) to_post += tile_wait;
        if (opcode == contract::Opcode::conv || opcode == contract::Opcode::depthwise) rings += tile_wait;
      }
  }
  CHECK(to_post > 50);
  CHECK(rings > 30);
  CHECK(refused > 10);
}

TEST_CASE("a file that is no case is refused, and says why") {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      fuzz::from_json(text, "x.json");
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  };
  CHECK(refusal("").find("x.json is no case of twill fuzz") == 0);
  CHECK(refusal("[]").find("x.json is no case of twill fuzz") == 0);
  auto json = fuzz::to_json(fuzz::generate(1, chips(1)));
  CHECK(refusal(json.dump()) == "taken");
  const auto with = [&](const char* key, const nlohmann::ordered_json& value) {
    auto changed = json;
    changed[key] = value;
    return refusal(changed.dump());
  };
  CHECK(with("format", "other").find("its format is not") != std::string::npos);
  CHECK(with("config", "huge").find("there is no configuration 'huge'") != std::string::npos);
  CHECK(with("chips", 9).find("it can be 1 to 8") != std::string::npos);
  CHECK(with("chips", "one").find("x.json") == 0);
  for (const double stalls : {-0.1, 0.95}) {
    auto stalled = json;
    stalled["delays"]["stalls"] = stalls;
    CHECK(refusal(stalled.dump()).find("the share of stalls can be 0 to 0.9, not " + std::to_string(stalls)) != std::string::npos);
  }
  auto outside = json;
  outside["ops"][0]["words"][3] = 0xffffffffu;
  CHECK(refusal(outside.dump()).find("one of its ops") != std::string::npos);
}

TEST_CASE("some hundred seeds have every opcode, most of its modes, and every error of a command") {
  fuzz::ModeCounts modes;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) modes.add(fuzz::generate(seed, chips(1)));
  std::string missing;
  for (const contract::CommandInfo& info : contract::commands)
    if (info.opcode != contract::Opcode::signal_remote && modes.counts().count(std::string(info.name)) == 0) missing += std::string(info.name) + " ";
  const std::pair<const char*, const char*> wanted[] = {
      {"load", "add"}, {"load", "a word and one"}, {"load", "DRAM backwards"}, {"load", "accumulators"}, {"store", "accumulators"}, {"store", "local backwards"},
      {"fill", "accumulators"}, {"conv", "dense rows"}, {"conv", "tap by tap"}, {"conv", "dilated rows"}, {"conv", "several banks"}, {"conv", "tiles on one another"},
      {"conv", "accumulate"}, {"conv", "GEMM"}, {"conv", "padded before"}, {"conv", "bank by bank"}, {"depthwise", "bank by bank"}, {"depthwise", "blocks"}, {"depthwise", "phases"}, {"depthwise", "shared padding"},
      {"depthwise", "all array rows"}, {"requant", "records kept"}, {"requant", "bank by bank"}, {"requant", "row cut"}, {"add", "subtract"}, {"add", "in place"},
      {"mul", "shift to the left"}, {"pool", "max"}, {"pool", "average"}, {"pool", "mean"}, {"lookup", "table kept"}, {"move", "fill"}, {"move", "four dimensions"},
      {"send", "to DRAM"}, {"send", "to accumulators"}, {"send_add", "to scratchpad"}};
  for (const auto& [opcode, mode] : wanted)
    if (modes.counts().at(opcode).count(mode) == 0) missing += std::string(opcode) + ": " + mode + "  ";
  for (const char* error : {"bad_opcode", "reserved_bit", "wrong_queue", "bad_field", "address_range", "unsupported_type", "walk_mismatch"}) {
    bool there = false;
    for (const auto& [opcode, row] : modes.counts()) there |= row.count(std::string("refused: ") + error) > 0;
    if (!there) missing += error + std::string(" ");
  }
  CHECK(missing == "");
}
