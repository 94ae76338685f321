// SPDX-License-Identifier: Apache-2.0
// The last steps every result of the post unit shares.
#pragma once
#include <algorithm>
#include <cstdint>

#include "twill/arithmetic/fixed_point.hpp"
#include "twill/functional/state.hpp"

namespace twill::functional {

/// The post unit's adders wrap.
inline std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

/// clamp(value + zero_point, min, max)
inline std::int8_t offset_and_clamp(std::int32_t value, int zero_point, int min, int max) {
  return static_cast<std::int8_t>(std::max<std::int64_t>(min, std::min<std::int64_t>(max, std::int64_t{value} + zero_point)));
}

/// An accumulator sum to int8. Shifts beyond those of the numerics page act as the nearest that is one.
inline std::int8_t quantize(std::int32_t sum, const RequantRecord& r) {
  const int shift = std::max(-31, std::min(30, int{r.shift}));
  return offset_and_clamp(arithmetic::multiply_by_quantized_multiplier(wrapping_add(sum, r.bias), r.multiplier, shift), r.zero_point, r.min, r.max);
}

}  // namespace twill::functional
