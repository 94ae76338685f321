// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "fuzz/run.hpp"

namespace twill::cli {

/// `twill fuzz` with these arguments, on chips that `make` makes: tests of the command have faulty ones.
int fuzz_with(const fuzz::ChipMaker& make, const std::vector<std::string>& args);

}  // namespace twill::cli
