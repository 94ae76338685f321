// SPDX-License-Identifier: Apache-2.0
#include "deal_images.hpp"

#include <algorithm>

namespace twill::parallel {

std::vector<std::vector<unsigned>> deal_images(unsigned images, const std::vector<Pace>& groups) {
  std::vector<std::vector<unsigned>> dealt(groups.size());
  std::vector<std::uint64_t> next;  // when each group would have one more done
  for (const Pace& pace : groups) next.push_back(pace.first);
  for (unsigned image = 0; image < images; ++image) {
    const auto group = static_cast<std::size_t>(std::min_element(next.begin(), next.end()) - next.begin());
    dealt[group].push_back(image);
    next[group] += groups[group].interval;
  }
  return dealt;
}

}  // namespace twill::parallel
