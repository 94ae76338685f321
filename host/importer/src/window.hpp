// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "operator_source.hpp"

namespace twill::importer {

/// A sliding window along the two axes of an image: its padding, checked against the output's extents.
struct Window {
  int filter_h, filter_w, stride_h, stride_w, dilation_h = 1, dilation_w = 1;

  /// Checks stride, dilation and filter, and that the output has the extents the file's padding scheme asks for.
  /// SAME: the odd pixel of padding goes after. K/padding.h:50-75.
  Padding padding(const OperatorSource& source, tflite::Padding scheme) const;
};

}  // namespace twill::importer
