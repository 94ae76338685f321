// SPDX-License-Identifier: Apache-2.0
// twill run --flip: a single error is put right and counted, two in a word end the job, and every flip is told.
#include "twill_process.hpp"

namespace {

using namespace twill::test;
using nlohmann::json;

std::vector<std::string> run(const std::vector<std::string>& more) {
  std::vector<std::string> args{"run", model, "--config", "tiny_ecc"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

TEST_CASE("run --flip of one bit is put right, counted and told, the outputs and cycles are those without it") {
  const Scratch scratch;
  succeed(run({"--json", scratch / "plain.json"}));
  const json plain = read_json(scratch / "plain.json");
  CHECK(plain["flips"] == json::array());
  CHECK(plain["corrected"] == json({{"scratchpad", 0}, {"accumulators", 0}, {"queues", 0}}));

  // At this time all entries of the post queue hold commands that are still to be run.
  const auto outcome =
      succeed(run({"--flip", "post:0:3@10000", "--flip", "scratchpad:0x40:38@999999999", "--json", scratch / "report.json"}));
  const json report = read_json(scratch / "report.json");
  CHECK(report["outputs"] == plain["outputs"]);
  CHECK(report["total"]["cycles"] == plain["total"]["cycles"]);
  CHECK(report["corrected"] == json({{"scratchpad", 0}, {"accumulators", 0}, {"queues", 1}}));
  CHECK(report["flips"] ==
        json::array({{{"memory", "post"}, {"address", 0}, {"bit", 3}, {"cycle", 10000}, {"reached", true}},
                     {{"memory", "scratchpad"}, {"address", 64}, {"bit", 38}, {"cycle", 999999999}, {"reached", false}}}));
  CHECK(contains(outcome.out, "flipped post:0x0:3@10000\n"));
  CHECK(contains(outcome.out, "flipped scratchpad:0x40:38@999999999: never, the job took "));
  CHECK(contains(outcome.out, "1 single error put right: 0 in the scratchpad, 0 in the accumulators, 1 in the queues"));
}

TEST_CASE("run --flip of two bits of a word ends the job with exit code 3 and the place") {
  const auto outcome = twill_command(run({"--flip", "post:0:3@10000", "--flip", "post:0:60@10000"}));
  CHECK(outcome.code == 3);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "more than one bit wrong at address 0x0 of the queue's memory"));
}

TEST_CASE("run --flip refuses what it cannot strike before anything runs") {
  for (const std::string bad :
       {"scratchpad", "scratchpad:1:2", "cache:0:0@0", "scratchpad:x:0@0", "scratchpad:0:0@", "load:0:0@1x", ":0:0@0"})
    check_refused(run({"--flip", bad}), "--flip takes MEMORY:ADDRESS:BIT@CYCLE");
  check_refused(run({"--flip", "scratchpad:0x8000:0@0"}),
                "--flip scratchpad:0x8000:0@0: the scratchpad of tiny_ecc has the addresses 0x0 to 0x7fff");
  check_refused(run({"--flip", "accumulators:0x4000:0@0"}), "the accumulators of tiny_ecc has the addresses 0x0 to 0x3fff");
  check_refused(run({"--flip", "post:0x800:0@0"}), "the memory of the post queue of tiny_ecc has the addresses 0x0 to 0x7ff");
  check_refused(run({"--flip", "post:72:0@0"}), "0 to 71 are code words");
  check_refused(run({"--flip", "scratchpad:0:39@0"}), "the code word there has the bits 0 to 38");
  check_refused(run({"--flip", "accumulators:0:72@0"}), "the code word there has the bits 0 to 71");
  check_refused(run({"--flip", "load:64:39@0"}), "the code word there has the bits 0 to 38");
  check_refused(run({"--flip", "scratchpad:0:0@0", "--device", "functional"}), "--flip needs --device rtl");
  check_refused({"run", model, "--config", "tiny", "--flip", "scratchpad:0:0@0"}, "--flip needs a machine with SEC-DED memories");
  check_refused(run({"--flip", "scratchpad:0:0@0", "--chips", "2"}), "--flip is for one image on one chip");
}

}  // namespace
