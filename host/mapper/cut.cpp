// SPDX-License-Identifier: Apache-2.0
// How a layer is cut so that a piece of it fits: tiles of rows, chunks of N tiles, parts of sums.
#include "cut.hpp"

#include <algorithm>
#include <tuple>

namespace twill::mapper {

constexpr std::uint64_t many = 32768;  // commands of a layer: half a ring

std::uint64_t Cutter::slab_bytes(unsigned k, const Cut& cut) const {
  const Layer& l = layer_;
  const int step = std::max(1, cut.rows);
  int most = 0;
  for (int y = 0; y < l.output.rows; y += step) {
    const auto [a, b] = l.needs(k, y, std::min(l.output.rows, y + step));
    most = std::max(most, b - a);
  }
  // The first part and the first N tiles are the largest.
  Tile tile{0, step, 0, cut.tiles ? cut.tiles : l.n_tiles(), {}};
  tile.part = l.parts(cut.passes ? cut.passes : INT_MAX).front();
  return align(static_cast<std::uint64_t>(most) * static_cast<std::uint64_t>(l.columns(k, tile).bytes)) + machine_.word;
}

std::uint64_t Cutter::out_bytes(const Cut& cut) const {
  std::uint64_t row = static_cast<std::uint64_t>(layer_.output.row_bytes);
  if (layer_.n_tiles() > 0)
    row = row / static_cast<std::uint64_t>(layer_.pixel()) *
          static_cast<std::uint64_t>(layer_.lanes(0, cut.tiles ? cut.tiles : layer_.n_tiles()).bytes);
  return align(static_cast<std::uint64_t>(cut.rows) * row) + machine_.word;
}

void Cutter::measure(Cut& c) const {
  c.slab.clear();
  for (unsigned k = 0; k < layer_.inputs.size(); ++k) c.slab.push_back(residence_.inputs[k] ? 0 : slab_bytes(k, c));
  c.out = residence_.output ? 0 : out_bytes(c);
  const std::uint64_t tiles = static_cast<std::uint64_t>(c.tiles);
  const std::uint64_t pass = std::uint64_t{machine_.word} * machine_.word;
  if (c.tiles == 0) {
    c.weights = align(layer_.weights().size());
    c.parameters = align(layer_.parameters.size());
  } else {
    c.weights = tiles * (c.passes ? static_cast<std::uint64_t>(c.passes) * pass : layer_.tile_bytes());
    c.parameters = layer_.parameters.empty() ? 0 : tiles * machine_.word * contract::parameter_bytes;
  }
}

std::optional<Cut> Cutter::stream(std::uint64_t budget, int places) const {
  const Layer& l = layer_;
  const bool fixed = l.max_tile_rows(machine_) == 0;  // cannot be cut
  int most = fixed ? l.output.rows : std::min(l.max_tile_rows(machine_), l.output.rows);
  // What comes from or goes to DRAM wants several tiles, so that transfer and work overlap.
  if (residence_.meets_dram && !fixed) {
    const int word = static_cast<int>(machine_.word);
    const int bytes = std::max(1, std::min(l.output.row_bytes, l.inputs.empty() ? 1 : l.inputs[0].row_bytes));
    const int enough = l.words_per_row() > 0 ? ceil_div(2 * word, l.words_per_row()) : ceil_div(32 * word, bytes);
    most = std::min(most, std::max(ceil_div(l.output.rows, 8), enough));
    most = std::max(1, std::min(most, l.output.rows));
  }
  const int tiles = l.n_tiles();
  for (int chunk = 0;; chunk = chunk == 0 ? tiles / 2 : chunk / 2) {
    for (int rows = most; rows > 0; rows = fixed ? 0 : rows / 2) {
      Cut c;
      c.tiles = chunk;
      c.places = chunk == 0 ? 1 : places;
      c.rows = ceil_div(l.output.rows, ceil_div(l.output.rows, rows));
      measure(c);
      for (c.buffers = 2; c.buffers > 0; --c.buffers)
        if (c.bytes() <= budget && (c.buffers == 2 || rows == 1 || fixed)) return c;
    }
    if (tiles < 2 || chunk == 1) return std::nullopt;
  }
}

/// DRAM bytes a cut with chunks of N tiles loads. Whole sums need the weights once, sums in parts once for every tile of rows;
/// an input that is not resident comes once for every chunk.
std::uint64_t Cutter::loaded(const Cut& c) const {
  const auto row_tiles = static_cast<std::uint64_t>(ceil_div(layer_.output.rows, c.rows)),
             chunks = static_cast<std::uint64_t>(ceil_div(layer_.n_tiles(), c.tiles));
  std::uint64_t input = 0;
  for (std::size_t k = 0; k < layer_.inputs.size(); ++k)
    if (!residence_.inputs[k])
      input += static_cast<std::uint64_t>(layer_.inputs[k].rows) * static_cast<std::uint64_t>(layer_.inputs[k].row_bytes);
  return (c.passes ? row_tiles : 1) * layer_.weights().size() + chunks * input;
}

/// About how many commands sums in parts take: a load and a CONV for each part.
std::uint64_t Cutter::commands(const Cut& c) const {
  return std::uint64_t{2} * static_cast<std::uint64_t>(ceil_div(layer_.output.rows, c.rows)) *
         static_cast<std::uint64_t>(ceil_div(layer_.n_tiles(), c.tiles)) * layer_.parts(c.passes).size();
}

/// The sums of a tile stay in the accumulators while its parts come by: the N tiles of a chunk must fit there together. Of all
/// that fit, the cut that loads least; but not for more commands than a ring has room for.
std::optional<Cut> Cutter::split(std::uint64_t budget) const {
  const Layer& l = layer_;
  constexpr int worthwhile = 4;  // passes of a part: fewer make short bursts and many commands
  const std::uint64_t pass = std::uint64_t{machine_.word} * machine_.word;
  const int passes = static_cast<int>(l.tile_bytes() / std::max<std::uint64_t>(1, pass));
  if (l.parts(1).size() < 2) return std::nullopt;
  std::optional<Cut> best;
  for (int tiles = std::min(l.n_tiles(), static_cast<int>(contract::accumulator_banks)); tiles > 0; tiles /= 2)
    for (int rows = std::min(l.max_tile_rows(machine_), l.output.rows); rows > 0; rows /= 2) {
      const int banks = ceil_div(rows * l.words_per_row(), static_cast<int>(machine_.bank_words()));
      if (tiles * banks > static_cast<int>(contract::accumulator_banks)) continue;
      for (int overlap = 3; overlap > 0; --overlap) {
        Cut c;
        c.tiles = tiles;
        c.rows = ceil_div(l.output.rows, ceil_div(l.output.rows, rows));
        c.places = overlap > 1 ? 2 : 1;
        c.buffers = overlap > 2 ? 2 : 1;
        // Parts of an eighth of the scratchpad at most: the first one is waited for.
        c.passes = static_cast<int>(std::clamp<std::uint64_t>(machine_.scratchpad / 8 / (static_cast<std::uint64_t>(tiles) * pass), 1,
                                                              static_cast<std::uint64_t>(passes)));
        for (; c.passes > 0; c.passes = c.passes * 3 / 4) {
          measure(c);
          if (c.bytes() <= budget) break;
        }
        if (c.passes == 0) continue;
        const auto rank = [&](const Cut& x) {
          return std::make_tuple(std::max(commands(x), many), -x.places, x.passes < std::min(worthwhile, passes), loaded(x), -x.buffers);
        };
        if (!best || rank(c) < rank(*best)) best = c;
      }
    }
  return best;
}

std::optional<Cut> Cutter::last_resort(std::uint64_t budget) const {
  const auto parts = split(budget);
  const auto waiting = stream(budget, 1);
  if (!parts || !waiting) return parts ? parts : waiting;
  // Weights that are waited for are loaded once for all rows; parts overlap with the work on the ones before, if two places fit.
  return parts->places > 1 && commands(*parts) <= many && loaded(*parts) <= 2 * loaded(*waiting) ? parts : waiting;
}

}  // namespace twill::mapper
