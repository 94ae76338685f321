// SPDX-License-Identifier: Apache-2.0
// Cases by themselves: the same for the same seed, whole in their file, sound whatever is left out of them.
#include <algorithm>

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
    REQUIRE(fuzz::unsound(test) == "");
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
    if (refused || !fuzz::unsound(test).empty()) continue;  // without its records a REQUANT is none
    CAPTURE(seed);
    CHECK(fuzz::stream_fault(test, fuzz::run_functional(test, fuzz::weave(test))).text == "");
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
        const auto opcode = fuzz::opcode_of(command);
        const bool tile_wait = contract::Slot{static_cast<std::uint32_t>(command.bits(50, 6))}.enabled();
        if (opcode == contract::Opcode::requant) to_post += tile_wait;
        if (opcode == contract::Opcode::conv || opcode == contract::Opcode::depthwise) rings += tile_wait;
      }
  }
  CHECK(to_post > 50);
  CHECK(rings > 30);
  CHECK(refused > 10);
}

namespace {

using nlohmann::ordered_json;

/// Why a file is refused, or "taken".
std::string refusal(const std::string& text) {
  try {
    fuzz::from_json(text, "x.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

void check_refused(const ordered_json& json, const std::string& words) {
  const std::string said = refusal(json.dump());
  INFO(said);
  CHECK(said.find("x.json is no case of twill fuzz: ") == 0);
  CHECK(said.find(words) != std::string::npos);
}

ordered_json with(ordered_json json, const std::string& pointer, const ordered_json& value) {
  json[ordered_json::json_pointer(pointer)] = value;
  return json;
}

/// Where the first op of this opcode stands that `wanted` holds of.
template <class Wanted>
std::size_t find_op(const fuzz::Case& test, Wanted wanted) {
  const auto found = std::find_if(test.ops.begin(), test.ops.end(), wanted);
  REQUIRE(found != test.ops.end());
  return static_cast<std::size_t>(found - test.ops.begin());
}

/// The first case of so many chips with such an op.
template <class Wanted>
fuzz::Case case_with(unsigned count, Wanted wanted) {
  for (std::uint64_t seed = 1;; ++seed)
    if (fuzz::Case test = fuzz::generate(seed, chips(count)); std::any_of(test.ops.begin(), test.ops.end(), wanted)) return test;
}

}  // namespace

TEST_CASE("a file that is no case is refused, and says where and why") {
  CHECK(refusal("") == "x.json is no case of twill fuzz: it is not JSON from byte 1 on");
  CHECK(refusal("[]") == "x.json is no case of twill fuzz: it must be an object with the field 'format'");
  CHECK(refusal("{\"format\": 1e999}") == "x.json is no case of twill fuzz: a number in it is too large");
  const fuzz::Case test = fuzz::generate(1, chips(1));
  const ordered_json json = fuzz::to_json(test);
  CHECK(refusal(json.dump()) == "taken");
  check_refused(with(json, "/format", "other"), "format must be 'twill fuzz case 1'");
  check_refused(with(json, "/config", "huge"), "there is no configuration 'huge'");
  check_refused(with(json, "/chips", 9), "chips must be a whole number from 1 to 8");
  check_refused(with(json, "/chips", "one"), "chips must be a whole number");
  check_refused(with(json, "/topology", "mesh:2x2"), "mesh:2x2");
  for (const double stalls : {-0.1, 0.95}) check_refused(with(json, "/delays/stalls", stalls), "delays.stalls must be a share from 0 to 0.9");
  check_refused(with(json, "/delays/dram_latency", 0), "delays.dram_latency must be");
  check_refused(with(json, "/delays/link_latency", 1000), "the latency of a link");
  check_refused(with(json, "/delays/link_width", 3), "the width of a link");
  check_refused(with(json, "/delays/vcs", 100), "virtual channels");
  check_refused(with(json, "/images/0/chip", 1), "images[0].chip must be");
  check_refused(with(json, "/images/0/random_bytes", 1u << 30), "images[0].random_bytes must be");
  for (const char* bytes : {"", "0", "0z", "0A"}) check_refused(with(json, "/images/0/bytes", bytes), "images[0].bytes must be a byte or more");
  check_refused(with(json, "/ops/2/words/5", -1), "ops[2].words[5] must be a whole number");
  check_refused(with(json, "/ops/2/words", ordered_json::array({1, 2})), "ops[2].words must be 16 numbers");
  check_refused(with(json, "/ops/2/id", 0), "ops[2].id must be");
}

TEST_CASE("a file whose ops are not sound is refused, and says which and why") {
  const auto loose = [](const fuzz::Op& op) { return !op.fixed && !op.refused; };
  const fuzz::Case test = case_with(1, loose);
  const ordered_json json = fuzz::to_json(test);
  const std::size_t some = find_op(test, loose);
  const std::string op = "/ops/" + std::to_string(some), name = "op " + std::to_string(test.ops[some].id);
  check_refused(with(json, op + "/id", test.ops.front().id), "is not the only one of its id");
  check_refused(with(json, op + "/fixed", true), "its fixed ops are not those");
  check_refused(with(json, "/ops/0/fixed", false), "its fixed ops are not those");
  check_refused(with(json, "/ops/0/words/3", 0xffffffffu), "op " + std::to_string(test.ops.front().id) + " is not legal");
  check_refused(with(json, op + "/refused", true), name + " is to be refused, but is not wrong in just one way");
  check_refused(with(json, op + "/words/0", 0xff), name + " is not legal");
  ordered_json no_end = json;
  no_end["ops"].erase(no_end["ops"].size() - 1);
  check_refused(no_end, "its fixed ops are not those");
  check_refused(with(json, "/ops", ordered_json::array()), "its fixed ops are not those");

  const auto store = [](const fuzz::Op& o) { return !o.fixed && !o.refused && fuzz::opcode_of(o.command) == contract::Opcode::store; };
  const fuzz::Case stores = case_with(1, store);
  check_refused(with(fuzz::to_json(stores), "/ops/" + std::to_string(find_op(stores, store)) + "/after", 3), "but has no banks");
  const auto banked = [](const fuzz::Op& o) { return o.after != 0; };
  const fuzz::Case by_bank = case_with(1, banked);
  const std::string after = "/ops/" + std::to_string(find_op(by_bank, banked)) + "/after";
  check_refused(with(fuzz::to_json(by_bank), after, by_bank.ops.front().id), "what hands it no banks");
  CHECK(refusal(with(fuzz::to_json(by_bank), after, 9999).dump()) == "taken");  // that one was left out

  const auto wrong = [](const fuzz::Op& o) { return o.refused; };
  const fuzz::Case refused = case_with(1, wrong);
  ordered_json twice = fuzz::to_json(refused);
  auto second = twice["ops"][find_op(refused, wrong)];
  second["id"] = 9999;
  twice["ops"].insert(twice["ops"].end() - 3, second);
  check_refused(twice, "op 9999 is the second that is to be refused");
}

TEST_CASE("a file of more ops than a case has is refused") {
  fuzz::Case test = fuzz::generate(1, chips(1));
  fuzz::Op nop;
  nop.command = contract::Nop{}.encode();
  const auto fill = [&](std::uint32_t count) {
    fuzz::Case full = test;
    for (std::uint32_t i = 0; i < count; ++i) {
      nop.id = 10000 + i;
      full.ops.insert(full.ops.end() - 3, nop);
    }
    return fuzz::to_json(full);
  };
  check_refused(fill(1024), "ops must be a list of at most 1024");
  CHECK(refusal(fill(900).dump()) == "taken");
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
