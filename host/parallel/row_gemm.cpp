// SPDX-License-Identifier: Apache-2.0
// One fully connected layer with K split over the ranks.
#include <algorithm>
#include <optional>

#include "layer.hpp"
#include "plan.hpp"
#include "ring.hpp"
#include "twill/error.hpp"

namespace twill {

using namespace parallel;

namespace {

/// How a rank cuts its part. All ranks cut alike, as the one with the most does.
struct Cut {
  int rows = 0;        ///< of a tile
  bool resident = true;  ///< the rows of a block stay in the scratchpad for all its tiles
  int together = 0;    ///< passes whose weights come in one piece
  int places = 0;      ///< for such pieces
  std::uint32_t operands = 0, weights = 0, results = 0, records = 0;
  std::uint64_t operand_bytes = 0, weight_bytes = 0;  ///< of a place
};

std::optional<Cut> try_cut(const Machine& machine, RowResult result, unsigned ranks, int all_rows, Cut cut, int most_k) {
  const std::uint64_t word = machine.word;
  const int k = cut.resident ? most_k : std::min(most_k, cut.together * static_cast<int>(word));
  cut.operand_bytes = (static_cast<std::uint64_t>(cut.rows) * static_cast<std::uint64_t>(k) + word - 1) / word * word;
  cut.weight_bytes = static_cast<std::uint64_t>(cut.together) * word * word;
  const std::uint64_t operand_places = cut.resident && all_rows <= cut.rows ? 1 : 2;
  const ResultBuffers results(machine, result, ranks, cut.rows);
  const auto starts = lay_out(machine, {operand_places * cut.operand_bytes, static_cast<std::uint64_t>(cut.places) * cut.weight_bytes, results.all(),
                                        record_places * word * contract::parameter_bytes});
  if (!starts) return std::nullopt;
  cut.operands = (*starts)[0];
  cut.weights = (*starts)[1];
  cut.results = (*starts)[2];
  cut.records = (*starts)[3];
  return cut;
}

Cut find_cut(const Machine& machine, RowResult result, unsigned ranks, int rows, int most_k) {
  const int word = static_cast<int>(machine.word), passes = ceil_div(most_k, word);
  const int most_rows = std::min(rows, Ring::most_rows(machine, result, ranks));
  Cut cut;
  // Below a few words of rows, the array would wait for weights.
  for (int r = most_rows; r >= std::min(most_rows, 4 * word); r -= std::max(1, r / 8))
    for (const int places : {4, 2}) {
      cut.rows = even_rows(rows, r);
      cut.together = passes_together(machine, passes);
      cut.places = places;
      if (const auto found = try_cut(machine, result, ranks, rows, cut, most_k)) return *found;
    }
  cut.resident = false;
  cut.places = 3;
  for (int r = most_rows; r >= 1; r -= std::max(1, r / 2)) {
    cut.rows = even_rows(rows, r);
    for (cut.together = std::min(passes, mapper::longest_run / word); cut.together >= 1; cut.together -= std::max(1, cut.together / 8))
      if (const auto found = try_cut(machine, result, ranks, rows, cut, most_k)) return *found;
  }
  throw MachineTooSmall("one tile of a product with K = " + std::to_string(most_k) + " on a rank does not fit into a scratchpad of " +
                        std::to_string(machine.scratchpad) + " bytes");
}

/// Columns [first, first + count) of a [rows, k] matrix, packed; one column of zeros when there are none.
std::vector<std::uint8_t> columns_of(const std::vector<std::uint8_t>& matrix, int rows, int k, Share columns) {
  if (columns.count == 0) return std::vector<std::uint8_t>(static_cast<std::size_t>(rows));
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns.count));
  for (int row = 0; row < rows; ++row) {
    const auto from = matrix.begin() + static_cast<std::ptrdiff_t>(row) * k + columns.first;
    out.insert(out.end(), from, from + columns.count);
  }
  return out;
}

}  // namespace

SplitJob split_rows(const Graph& graph, const Machine& machine, unsigned ranks, RowResult result, const std::vector<std::uint8_t>& input) {
  require_ranks(ranks);
  if (graph.operators.size() != 1) throw InputError("a split by rows takes a graph of one FULLY_CONNECTED, not of " + std::to_string(graph.operators.size()) + " operators");
  const Dense layer(graph, 0, machine);
  const int word = static_cast<int>(machine.word), parts = static_cast<int>(ranks), passes = ceil_div(layer.k, word);
  // K is dealt in whole words: no rank has a pass more than needed.
  const auto slice = [&](unsigned r) {
    const Share p = share(passes, parts, static_cast<int>(r));
    return Share{p.first * word, std::min(layer.k, p.end() * word) - p.first * word};
  };
  int most_k = 1;
  for (unsigned r = 0; r < ranks; ++r) most_k = std::max(most_k, slice(r).count);
  const Cut cut = find_cut(machine, result, ranks, layer.rows, most_k);
  // Weights and product of each tile: a hopeless size is refused before it is written down.
  require_ring(2 * static_cast<std::uint64_t>(ceil_div(layer.rows, cut.rows)) * static_cast<std::uint64_t>(layer.tiles));

  SplitJob job;
  job.rows = layer.rows;
  job.columns = layer.n;
  job.block_rows = cut.rows;
  job.everywhere = result != RowResult::reduce_scatter;
  std::vector<Rank> chips;
  std::vector<RingSeat> seats;
  std::vector<Rows> operands;
  for (unsigned r = 0; r < ranks; ++r) {
    Rank& chip = chips.emplace_back(machine, r, Ring::compute_banks(result, ranks));
    RingSeat& seat = seats.emplace_back();
    const Share owned = share(layer.tiles, parts, static_cast<int>(r)), k = slice(r);
    const int first = job.everywhere ? 0 : owned.first * word, last = job.everywhere ? layer.n : std::min(layer.n, owned.end() * word);
    seat.first_column = first;
    seat.pitch = static_cast<std::uint64_t>(std::max(0, last - first));
    seat.result = chip.reserve(static_cast<std::uint64_t>(layer.rows) * static_cast<std::uint64_t>(layer.n));
    seat.records = chip.image(layer.records);
    seat.weights.k = std::max(1, k.count);
    seat.weights.passes = ceil_div(seat.weights.k, word);
    seat.weights.together = std::min(cut.together, seat.weights.passes);
    seat.weights.address = chip.image(weight_tiles(*layer.weights, layer.n, layer.k, {0, layer.tiles}, k, word));
    const ResultBuffers buffers(machine, result, ranks, cut.rows);
    seat.dump = cut.results;
    seat.results = Places(cut.results + static_cast<std::uint32_t>(buffers.dump), static_cast<std::uint32_t>(buffers.place), buffers.places);
    operands.push_back({cut.resident, chip.image(columns_of(input, layer.rows, layer.k, k)), layer.rows, static_cast<std::uint32_t>(seat.weights.k)});
    chip.set_pools(Places(cut.weights, static_cast<std::uint32_t>(cut.weight_bytes), cut.places),
                   Places(cut.operands, static_cast<std::uint32_t>(cut.operand_bytes), layer.rows > cut.rows || !cut.resident ? 2 : 1),
                   Places(cut.records, machine.word * contract::parameter_bytes, record_places));
    job.slices.push_back({r, first, last - first, seat.result, seat.pitch});
  }

  std::vector<RowBlock> blocks;
  std::vector<std::string> names;
  for (int row = 0; row < layer.rows; row += cut.rows) {
    blocks.push_back({row, std::min(cut.rows, layer.rows - row)});
    names.push_back("row block " + std::to_string(names.size()) + " of the product split by rows");
  }
  job.row_blocks = static_cast<int>(blocks.size());
  Ring ring(machine, chips, seats, result, layer.n, cut.rows);
  ring.run(blocks, [&](unsigned r, std::size_t b) {
    Rows rows = operands[r];
    rows.count = blocks[b].count;
    rows.address += static_cast<std::uint64_t>(blocks[b].first) * rows.pitch;
    if (!rows.resident) return rows;
    const std::uint32_t to = chips[r].next_operand();
    chips[r].load(rows.address, to, rows.pitch * static_cast<std::uint32_t>(rows.count));
    rows.address = to;
    return rows;
  });
  ring.end();
  finish(job, chips, names);
  return job;
}

}  // namespace twill
