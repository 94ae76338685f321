// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "layer.hpp"

namespace twill::mapper {

/// How one layer runs: how much of it at a time, and the scratchpad bytes that takes.
struct Cut {
  int rows = 1;                               ///< output rows of a tile
  int tiles = 0;                              ///< N tiles at a time when weights are streamed, 0: all weights are loaded once
  int passes = 0;                             ///< passes of a part when sums are cut as well, 0: they are not
  int places = 1;                             ///< for streamed weights: 2 overlap transfer and work
  std::uint64_t weights = 0, parameters = 0;  ///< bytes of a place
  int buffers = 2;                            ///< of each slab and of the output: 2 overlap transfer and work
  std::vector<std::uint64_t> slab;            ///< bytes of one slab per input, 0: resident
  std::uint64_t out = 0;                      ///< bytes of one output buffer, 0: resident
  int prefetch_from = 0;                      ///< layer during which the constants' place is already reserved

  std::uint64_t constants() const { return static_cast<std::uint64_t>(places) * (weights + parameters); }
  std::uint64_t work() const {
    return static_cast<std::uint64_t>(buffers) * (std::accumulate(slab.begin(), slab.end(), std::uint64_t{0}) + out);
  }
  std::uint64_t bytes() const { return constants() + work(); }
};

/// Which of a layer's tensors lie in the scratchpad as a whole.
struct Residence {
  std::vector<bool> inputs;
  bool output = false;
  bool meets_dram = false;  ///< something comes from DRAM or goes there
};

/// Finds cuts of a layer.
class Cutter {
 public:
  Cutter(const Machine& machine, const Layer& layer, const Residence& residence)
      : machine_(machine), layer_(layer), residence_(residence) {}

  /// Rows, then N tiles, as many as fit in `budget` bytes.
  std::optional<Cut> best(std::uint64_t budget) const { return stream(budget, 2); }
  /// What is left when best() finds nothing: parts of sums, or weights that arrive only when those before them are done with.
  std::optional<Cut> last_resort(std::uint64_t budget) const;

 private:
  std::uint64_t align(std::uint64_t bytes) const { return (bytes + machine_.word - 1) / machine_.word * machine_.word; }
  std::uint64_t slab_bytes(unsigned k, const Cut& cut) const;
  std::uint64_t out_bytes(const Cut& cut) const;
  /// Fills in the bytes of slabs, output and constants.
  void measure(Cut& cut) const;
  std::optional<Cut> stream(std::uint64_t budget, int places) const;
  std::optional<Cut> split(std::uint64_t budget) const;
  std::uint64_t loaded(const Cut& cut) const;
  std::uint64_t commands(const Cut& cut) const;

  const Machine& machine_;
  const Layer& layer_;
  const Residence& residence_;
};

}  // namespace twill::mapper
