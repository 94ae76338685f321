// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "layer.hpp"

namespace twill::mapper {

/// Where the weights of an output channel lie: weight t of channel o is weights[o * channel_step + t * tap_step].
struct WeightWalk {
  int taps;
  std::size_t channel_step, tap_step;
};

/// Requantization records of `columns` columns - channels first .. first+channels-1 over and over - and empty ones up to `padded`. The
/// zero point of the input goes into the bias, as the array multiplies raw bytes.
std::vector<std::uint8_t> requant_records(const ConvConstants& constants, WeightWalk walk, int first, int channels, int columns, int padded);

/// Finished sums on their way from accumulators to scratchpad: N tiles [n0, n1) of a layer of `columns` columns, all on this chip.
struct Results {
  std::uint32_t acc_base;
  int n0, n1, columns;
  std::uint32_t width, height;             ///< output columns and rows
  std::uint32_t to, pixel_step, row_step;  ///< address of lane 0 of tile n0 of the first pixel, and bytes to the next ones
  Range written;
};
void emit_requant(Emitter& e, const Constants& constants, const Results& results);

}  // namespace twill::mapper
