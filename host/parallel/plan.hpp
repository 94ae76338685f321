// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/row_split.hpp"

namespace twill::parallel {

/// A fully connected layer of a graph: [rows, k] * [k, n].
struct Dense {
  Dense(const Graph& graph, std::size_t op, const Machine& machine);

  int rows = 0, k = 0, n = 0;
  int tiles = 0;  ///< of N, a word each
  const std::vector<std::uint8_t>* weights = nullptr;  ///< [n, k]
  std::vector<std::uint8_t> records;                   ///< requantization records of all tiles; the zero point of the input is in the bias, once
};

/// The start of each region of the scratchpad, in order, or nothing when they do not fit. As many as there is room for get banks of
/// their own, the first ones first, so that the engines seldom meet in one.
std::optional<std::vector<std::uint32_t>> lay_out(const Machine& machine, const std::vector<std::uint64_t>& regions);

/// What the buffers of a ring's results take, for tiles of `rows` rows.
struct ResultBuffers {
  ResultBuffers(const Machine& machine, RowResult result, unsigned ranks, int rows);

  int places;                       ///< of a tile each
  std::uint64_t place, dump;        ///< bytes of one; of the room for a tile nobody wants
  std::uint64_t all() const { return static_cast<std::uint64_t>(places) * place + dump; }
};

constexpr int record_places = 4;

/// Passes whose weights come in one piece when the first operand is resident: pieces small enough to lie several deep.
int passes_together(const Machine& machine, int most_passes);

/// Row blocks of at most `most` rows, as even as possible: rows of the largest.
int even_rows(int rows, int most);

void require_ranks(unsigned ranks);

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }

}  // namespace twill::parallel
