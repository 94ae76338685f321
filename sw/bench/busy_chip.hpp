// SPDX-License-Identifier: Apache-2.0
// What keeps a chip busy while the rate of simulation is measured.
#pragma once
#include "common/options.hpp"
#include "common/single_layer.hpp"
#include "twill/mapper.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {

/// A matrix product long enough that its ends do not count.
inline Graph busy_gemm(const Machine& machine) {
  const int word = static_cast<int>(machine.word);
  return random_gemm({4096, 8 * word, 8 * word}, 1);
}

/// The share of the cycles in which the array worked.
inline double array_busy(const Span& span) {
  return static_cast<double>(span.engines[static_cast<unsigned>(contract::Queue::array)].busy) / static_cast<double>(span.cycles);
}

/// bench with several chips.
int bench_system(const Values& values);

}  // namespace twill::cli
