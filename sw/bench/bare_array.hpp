// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "bench/rate.hpp"

namespace twill::cli {

/// Operand words that meet one weight tile in the bare array's loop.
inline constexpr unsigned bare_array_pass = 64;

/// Of rtl/array/twill_array.sv alone with random operands, as fast as the array of a busy chip can be; measured for so many seconds.
/// 0 for a machine that is not built in.
SimulationRate bare_array_rate(const std::string& config, double seconds);

}  // namespace twill::cli
