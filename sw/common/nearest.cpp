// SPDX-License-Identifier: Apache-2.0
#include "common/nearest.hpp"

#include <algorithm>

namespace twill::cli {
namespace {

/// Letters added, dropped, changed, or swapped with their neighbour.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
  if (word.empty()) return std::nullopt;
  for (const std::string& name : names)
    if (word.size() > 1 && name.compare(0, word.size(), word) == 0) return name;
  std::optional<std::string> best;
  std::size_t least = 1 + std::max<std::size_t>(1, word.size() / 3);
  for (const std::string& name : names)
    if (const std::size_t here = distance(word, name); here < least && here < name.size()) {
      least = here;
      best = name;
    }
  return best;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  const auto meant = nearest(word, names);
  return meant ? "did you mean " + *meant + "?" : "there are " + listed(names);
}

}  // namespace twill::cli
