// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "case.hpp"

namespace twill::fuzz {

/// A case as JSON, whole: what runs it again needs nothing else, nor the generator that made it.
nlohmann::ordered_json to_json(const Case& test);

/// Throws InputError, naming `source` and what is wrong, for anything that is no sound case.
Case from_json(const std::string& text, const std::string& source);

/// The ops as a person reads them, one a line.
std::string listing(const Case& test);

}  // namespace twill::fuzz
