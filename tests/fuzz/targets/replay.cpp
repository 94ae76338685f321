// SPDX-License-Identifier: Apache-2.0
// A file as a case of `twill fuzz --replay`. What is read must be written, and read again, as it was; and it is a sound case: woven into rings that
// the functional chip runs to the end that its ops have one after the other.
#include "fuzz/case_file.hpp"
#include "fuzz/run.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace twill;
  fuzz::Case test;
  if (!fuzzing::accepted([&] { test = fuzz::from_json({data, data + size}, "case.json"); })) return 0;
  fuzzing::require(test.chips >= 1 && test.chips <= fuzz::most_chips, "a case has the chips there may be");
  const std::string written = fuzz::to_json(test).dump();
  fuzzing::require(fuzz::to_json(fuzz::from_json(written, "case.json")).dump() == written, "a case that was written reads as it was");
  fuzz::listing(test);
  const fuzz::Fault fault = fuzz::stream_fault(test, fuzz::run_functional(test, fuzz::weave(test)));
  fuzzing::require(!fault.found(), fault.text);
  return 0;
}
