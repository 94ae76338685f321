// SPDX-License-Identifier: Apache-2.0
// Fuzzing as `twill fuzz` does it, of a chip that has a bug.
#pragma once
#include <algorithm>
#include <iostream>

#include "catch.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/run.hpp"
#include "fuzz/shrink.hpp"

namespace faulty {

using namespace twill;

struct Found {
  std::uint64_t seed = 0;
  fuzz::Fault fault;  ///< of the seed; what is shrunk has one of its kind
  fuzz::Case small;
};

inline std::size_t commands_of(const fuzz::Case& test) {
  return static_cast<std::size_t>(std::count_if(test.ops.begin(), test.ops.end(), [](const fuzz::Op& op) { return !op.fixed; }));
}

/// The first seed that fails, made small in so many runs. A chip of `right` runs what is left: the case is what fails, not the machinery.
inline Found find(const fuzz::ChipMaker& make, const fuzz::ChipMaker& right, const fuzz::Choice& choice, std::uint64_t most_seeds,
                  unsigned most_runs) {
  for (std::uint64_t seed = 1; seed <= most_seeds; ++seed) {
    const fuzz::Case test = fuzz::generate(seed, choice);
    const fuzz::Fault fault = fuzz::judge(test, make).fault;
    if (!fault.found()) continue;
    const fuzz::Case small = fuzz::shrink(
        test, [&](const fuzz::Case& candidate) { return fuzz::judge(candidate, make).fault.kind == fault.kind; }, most_runs);
    std::cout << "seed " << seed << ": " << fault.text << '\n' << fuzz::listing(small);
    CHECK(fuzz::judge(small, make).fault.kind == fault.kind);
    CHECK(fuzz::judge(small, right).fault.text == "");
    // As somebody else would run it.
    CHECK(fuzz::judge(fuzz::from_json(fuzz::to_json(small).dump(), "its file"), make).fault.kind == fault.kind);
    return {seed, fault, small};
  }
  FAIL("not found in " << most_seeds << " seeds");
  return {};
}

}  // namespace faulty
