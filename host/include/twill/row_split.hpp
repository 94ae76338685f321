// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/program.hpp"
#include "twill/system.hpp"

namespace twill {

/// What becomes of the sums of a GEMM whose K is split over ranks. They are added as int32 before requantization, so that every
/// result has the bytes of one chip.
enum class RowResult {
  reduce_scatter,  ///< every rank requantizes the columns it owns and keeps them
  all_reduce,      ///< the finished int32 sums go to every rank, and each requantizes all of them
  all_gather,      ///< reduce_scatter, and the int8 results go to every rank: a quarter of the second half's bytes
};

std::string_view name(RowResult result);

/// Columns of a [rows, columns] int8 result in the DRAM of a rank: row y, column c at address + y * pitch + c - first_column.
struct ResultSlice {
  unsigned rank = 0;
  int first_column = 0, columns = 0;
  std::uint64_t address = 0, pitch = 0;
};

/// A program for each rank of a group, and where the result lies when all have ended.
struct SplitJob {
  int rows = 0, columns = 0;
  bool everywhere = false;           ///< every rank has all columns
  std::vector<ResultSlice> slices;   ///< without `everywhere` they add up to one result, with it each is one
  std::vector<Program> programs;     ///< by rank; input, weights and records among the images
  std::uint64_t array_cycles = 0;    ///< operand words of the rank with the most: what its array must at least take
  int block_rows = 0, row_blocks = 0;  ///< rows of a tile, and how often the weights go by
  std::vector<std::uint64_t> sent;   ///< by rank: payload bytes its messages carry
  std::vector<int> dealt;            ///< split by columns, by rank: the columns it makes; the first ones are rank 0's
  std::vector<std::uint64_t> predicted_cycles;  ///< split by columns, by rank: as if other chips never made it wait; 0 for one without work
};

/// A fully connected layer, [M, K] * [K, N], with K split over `ranks` chips joined as a ring (rank r sends to r + 1): rank r multiplies
/// its columns of the input by its rows of the weights, and tile by tile the sums travel once round the ring from accumulator bank to
/// accumulator bank (docs/parallel.md). `graph` is one FULLY_CONNECTED, `input` the bytes of its input. Throws InputError when it is
/// not, when `ranks` is not 1 to contract::chips, or when not even a tile fits into the scratchpad.
SplitJob split_rows(const Graph& graph, const Machine& machine, unsigned ranks, RowResult result, const std::vector<std::uint8_t>& input);

/// The pair of layers of a transformer's MLP: FULLY_CONNECTED, a table (GELU), FULLY_CONNECTED. The first is split by columns; its
/// slice stays in the scratchpad as the operand of the second, which is split by rows. One reduction in all. Throws InputError as split_rows() does.
SplitJob split_mlp(const Graph& graph, const Machine& machine, unsigned ranks, RowResult result, const std::vector<std::uint8_t>& input);

/// Reads what a job left: one [rows, columns] result, or with `everywhere` one of every rank; [rows, columns] bytes each. Throws std::out_of_range for a rank that the system does not have.
std::vector<std::vector<std::uint8_t>> read_results(System& system, const SplitJob& job);

}  // namespace twill
