// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace twill::parallel {

/// How fast a data group is by itself: cycles until its first image is done, and from image to image after that.
struct Pace {
  std::uint64_t first = 0, interval = 0;
};

/// By group: the images 0, 1, ... it takes. Each image in turn goes to the group that will have it done first, of several the one with the lowest
/// number; so groups of the same pace take images in turn, and one that is twice as fast takes twice as many.
std::vector<std::vector<unsigned>> deal_images(unsigned images, const std::vector<Pace>& groups);

}  // namespace twill::parallel
