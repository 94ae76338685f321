// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace twill::golden {

inline std::size_t product(std::vector<int>::const_iterator first, std::vector<int>::const_iterator last) {
  std::size_t result = 1;
  for (; first != last; ++first) result *= static_cast<std::size_t>(*first);
  return result;
}

/// Seen along an axis, a tensor in C order is `count` runs of `length` contiguous elements: all of the axis and what
/// stands inside it.
struct Runs {
  Runs(const std::vector<int>& shape, int axis)
      : count(product(shape.begin(), shape.begin() + axis)), length(product(shape.begin() + axis, shape.end())) {}
  std::size_t count, length;
};

}  // namespace twill::golden
