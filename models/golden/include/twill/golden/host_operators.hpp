// SPDX-License-Identifier: Apache-2.0
// The three operators the chip leaves to the host. Spans are `count` elements; input and output may not overlap.
#pragma once
#include <cstddef>
#include <cstdint>

#include "twill/graph.hpp"

namespace twill::golden {

/// Softmax over rows of `depth` (at most 4,095, so that the sum of exponentials fits) elements; `rows` of them.
/// The output has scale 1/256 and zero point -128.
void softmax(const Softmax& parameters, const std::int8_t* input, std::int8_t* output, std::size_t rows, std::size_t depth);

/// round(x / scale) + zero_point, halves away from zero, saturated; the division is in float32. Not-a-number becomes the
/// zero point.
void quantize(const float* input, std::int8_t* output, std::size_t count, float scale, int zero_point);

/// scale * (q - zero_point), the product in double.
void dequantize(const std::int8_t* input, float* output, std::size_t count, float scale, int zero_point);

}  // namespace twill::golden
