// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace twill::parallel {

/// Part `i` of `total` things dealt to `parts` in order, as evenly as it goes; empty for some when there are fewer things than parts.
struct Share {
  int first = 0, count = 0;
  int end() const { return first + count; }
};

inline Share share(int total, int parts, int i) {
  const auto at = [&](int part) { return static_cast<int>(static_cast<long long>(total) * part / parts); };
  return {at(i), at(i + 1) - at(i)};
}

}  // namespace twill::parallel
