// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. A target ends the process when something is wrong; libFuzzer keeps the input that did it.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

#include "twill/error.hpp"

namespace twill::fuzzing {

inline void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz target: this does not hold: %s\n", what.c_str());
  std::abort();
}

/// A refusal is one sentence that a terminal can show: not empty, without control characters, and short whatever names a file brings.
inline void require_sentence(const std::string& text) {
  require(!text.empty() && text.size() <= 1000, "a refusal has 1 to 1000 characters, not " + std::to_string(text.size()));
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a refusal has no control characters: " + text);
}

/// Whether `parse` takes its input. It may throw InputError and nothing else: any other exception ends the process. `quotes`: what it says
/// may quote the input.
template <class Parse>
bool accepted(Parse parse, bool quotes = false) {
  try {
    parse();
    return true;
  } catch (const InputError& error) {
    if (!quotes) require_sentence(error.what());
    return false;
  }
}

}  // namespace twill::fuzzing
