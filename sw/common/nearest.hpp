// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace twill::cli {

/// The name that someone who typed `word` most likely meant: one that it begins, else the one with the fewest letters added, dropped,
/// changed or swapped, as long as these are few. Nothing when none comes near.
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& names);

/// "did you mean small?", or else "there are tiny, small and base".
std::string suggestion(const std::string& word, const std::vector<std::string>& names);

}  // namespace twill::cli
