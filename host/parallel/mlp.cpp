// SPDX-License-Identifier: Apache-2.0
// FULLY_CONNECTED by columns, a table, FULLY_CONNECTED by rows: what lies between never leaves the scratchpad.
#include <algorithm>
#include <optional>

#include "plan.hpp"
#include "ring.hpp"
#include "semaphores.hpp"
#include "twill/error.hpp"

namespace twill {

using namespace parallel;
using contract::Queue;
using contract::Slot;

namespace {

constexpr std::uint64_t table_bytes = 256;
constexpr int sum_places = 2;  // for tiles between requantizer and table

struct Cut {
  int rows = 0, together = 0, places = 0;
  std::uint64_t input_bytes = 0, weight_bytes = 0;
  int input_places = 1;
  std::uint32_t input = 0, hidden = 0, weights = 0, sums = 0, results = 0, records = 0, table = 0;
};

Cut find_cut(const Machine& machine, RowResult result, unsigned ranks, int rows, int in, int hidden) {
  const std::uint64_t word = machine.word;
  const auto bytes = [](int a, int b) { return static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b); };
  for (int r = std::min(rows, Ring::most_rows(machine, result, ranks)); r >= 1; r -= std::max(1, r / 8))
    for (const int places : {4, 2}) {
      Cut cut;
      cut.rows = even_rows(rows, r);
      cut.places = places;
      cut.together = passes_together(machine, ceil_div(std::max(in, hidden), static_cast<int>(word)));
      cut.input_places = rows > cut.rows ? 2 : 1;
      cut.input_bytes = (bytes(cut.rows, in) + word - 1) / word * word;
      cut.weight_bytes = static_cast<std::uint64_t>(cut.together) * word * word;
      const ResultBuffers results(machine, result, ranks, cut.rows);
      const auto starts = lay_out(
          machine, {static_cast<std::uint64_t>(cut.input_places) * cut.input_bytes, bytes(cut.rows, hidden), static_cast<std::uint64_t>(places) * cut.weight_bytes,
                    sum_places * static_cast<std::uint64_t>(cut.rows) * word, results.all(), record_places * word * contract::parameter_bytes, table_bytes});
      if (!starts) continue;
      cut.input = (*starts)[0];
      cut.hidden = (*starts)[1];
      cut.weights = (*starts)[2];
      cut.sums = (*starts)[3];
      cut.results = (*starts)[4];
      cut.records = (*starts)[5];
      cut.table = (*starts)[6];
      return cut;
    }
  throw MachineTooSmall("one row of an MLP of " + std::to_string(in) + " inputs and " + std::to_string(hidden) +
                        " hidden columns on a rank does not fit into a scratchpad of " + std::to_string(machine.scratchpad) + " bytes");
}

/// What a rank keeps of the first layer and the table.
struct FirstLayer {
  Weights weights;
  std::uint64_t records = 0, input = 0;
  Share tiles;     ///< N tiles of it
  int columns = 0; ///< columns in them
  Places sums;
};

/// Rows of the MLP's middle, tile by tile: product, requantizer, table.
class Middle {
 public:
  Middle(const Machine& machine, const Cut& cut, int word) : machine_(machine), cut_(cut), word_(word) {}

  void tile(Rank& chip, FirstLayer& first, const Rows& input, int tile) const {
    const Bank bank = chip.multiply(input, first.weights, tile, Queue::post, Queue::post);
    Rank::Requantization q;
    q.word = bank.word;
    q.rows = input.count;
    q.lanes = std::min(word_, first.columns - tile * word_);
    q.record = first.records + static_cast<std::uint64_t>(tile) * machine_.word * contract::parameter_bytes;
    q.to = first.sums.next();
    q.slots.tile_wait = Slot::on(semaphore::full_for_post);
    q.slots.tile_signal = Slot::on(semaphore::freed_by_post);
    chip.requantize(q);
    contract::Lookup c;
    c.in_base = q.to;
    c.out_base = cut_.hidden + static_cast<std::uint32_t>(tile * word_);
    c.table_base = cut_.table;
    c.run = static_cast<std::uint32_t>(q.lanes);
    c.count = static_cast<std::uint32_t>(q.rows);
    if (q.rows > 1) c.in_pitch = c.run, c.out_pitch = static_cast<std::uint32_t>(first.columns);
    chip.stream().emit(c, {Range::sp(c.in_base, std::uint64_t{c.run} * c.count), Range::sp(cut_.table, table_bytes)},
                       {Range::sp(cut_.hidden, static_cast<std::uint64_t>(q.rows) * static_cast<std::uint64_t>(first.columns))}, chip.label());
  }

 private:
  const Machine& machine_;
  const Cut& cut_;
  int word_;
};

/// A rank without hidden columns multiplies a column of anything by zeros; it shall at least be defined.
void fill_hidden(Rank& chip, const Cut& cut) {
  contract::Fill c;
  c.local_base = cut.hidden;
  c.local_run = static_cast<std::uint32_t>(cut.rows);
  chip.stream().emit(c, {}, {Range::sp(cut.hidden, c.local_run)}, chip.label());
}

}  // namespace

SplitJob split_mlp(const Graph& graph, const Machine& machine, unsigned ranks, RowResult result, const std::vector<std::uint8_t>& input) {
  require_ranks(ranks);
  const auto* table = graph.operators.size() == 3 ? std::get_if<Table>(&graph.operators[1].attributes) : nullptr;
  if (table == nullptr) throw InputError("an MLP is a graph of FULLY_CONNECTED, a table such as GELU, and FULLY_CONNECTED");
  const Dense one(graph, 0, machine), two(graph, 2, machine);
  const int word = static_cast<int>(machine.word), parts = static_cast<int>(ranks);
  const auto columns_of = [&](Share tiles) { return std::max(0, std::min(one.n, tiles.end() * word) - tiles.first * word); };
  int most_hidden = 1;
  for (int r = 0; r < parts; ++r) most_hidden = std::max(most_hidden, columns_of(share(one.tiles, parts, r)));
  const Cut cut = find_cut(machine, result, ranks, one.rows, one.k, most_hidden);

  SplitJob job;
  job.rows = one.rows;
  job.columns = two.n;
  job.block_rows = cut.rows;
  job.everywhere = result != RowResult::reduce_scatter;
  std::vector<Rank> chips;
  std::vector<RingSeat> seats;
  std::vector<FirstLayer> firsts;
  for (unsigned r = 0; r < ranks; ++r) {
    Rank& chip = chips.emplace_back(machine, r, Ring::compute_banks(result, ranks));
    RingSeat& seat = seats.emplace_back();
    FirstLayer& first = firsts.emplace_back();
    const Share owned = share(two.tiles, parts, static_cast<int>(r));
    const int from = job.everywhere ? 0 : owned.first * word, to = job.everywhere ? two.n : std::min(two.n, owned.end() * word);
    seat.first_column = from;
    seat.pitch = static_cast<std::uint64_t>(std::max(0, to - from));
    seat.result = chip.reserve(static_cast<std::uint64_t>(two.rows) * static_cast<std::uint64_t>(two.n));
    job.slices.push_back({r, from, to - from, seat.result, seat.pitch});

    first.tiles = share(one.tiles, parts, static_cast<int>(r));
    first.columns = columns_of(first.tiles);
    first.weights.k = one.k;
    first.weights.passes = ceil_div(one.k, word);
    first.weights.together = std::min(cut.together, first.weights.passes);
    first.weights.address = chip.image(weight_tiles(*one.weights, one.n, one.k, first.tiles, {0, one.k}, word));
    const std::ptrdiff_t tile_records = static_cast<std::ptrdiff_t>(word) * contract::parameter_bytes;
    first.records = chip.image({one.records.begin() + first.tiles.first * tile_records, one.records.begin() + first.tiles.end() * tile_records});
    first.input = chip.image(input);
    first.sums = Places(cut.sums, static_cast<std::uint32_t>(cut.rows * word), sum_places);

    seat.weights.k = std::max(1, first.columns);
    seat.weights.passes = ceil_div(seat.weights.k, word);
    seat.weights.together = std::min(cut.together, seat.weights.passes);
    seat.weights.address = chip.image(weight_tiles(*two.weights, two.n, two.k, {0, two.tiles}, {first.tiles.first * word, first.columns}, word));
    seat.records = chip.image(two.records);
    const ResultBuffers buffers(machine, result, ranks, cut.rows);
    seat.dump = cut.results;
    seat.results = Places(cut.results + static_cast<std::uint32_t>(buffers.dump), static_cast<std::uint32_t>(buffers.place), buffers.places);
    chip.set_pools(Places(cut.weights, static_cast<std::uint32_t>(cut.weight_bytes), cut.places),
                   Places(cut.input, static_cast<std::uint32_t>(cut.input_bytes), cut.input_places),
                   Places(cut.records, machine.word * contract::parameter_bytes, record_places));
    chip.load(chip.image({table->table.begin(), table->table.end()}), cut.table, table_bytes);
    if (first.columns == 0) fill_hidden(chip, cut);
  }

  // Block by block: the middle at all ranks, then once round the ring. A network queue must not be asked for a grant of the next
  // block before the last tile of this one is sent: that grant depends on the next block's middle, whose requantization stands behind
  // that of this block's results. So each block is a run of the ring by itself.
  const Middle middle(machine, cut, word);
  Ring ring(machine, chips, seats, result, two.n, cut.rows);
  std::vector<std::string> names;
  for (int row = 0; row < one.rows; row += cut.rows) {
    const RowBlock block{row, std::min(cut.rows, one.rows - row)};
    const std::string which = "row block " + std::to_string(names.size()) + " of the MLP";
    for (unsigned r = 0; r < ranks; ++r) {
      Rank& chip = chips[r];
      FirstLayer& first = firsts[r];
      chip.set_label(static_cast<int>(names.size()));
      const std::uint32_t at = chip.next_operand(), run = static_cast<std::uint32_t>(one.k);
      if (first.tiles.count > 0) chip.load(first.input + static_cast<std::uint64_t>(block.first) * run, at, run * static_cast<std::uint32_t>(block.count));
      for (int t = 0; t < first.tiles.count; ++t) middle.tile(chip, first, {true, at, block.count, run}, t);
    }
    ring.run({block}, [&](unsigned r, std::size_t) { return Rows{true, cut.hidden, block.count, static_cast<std::uint32_t>(seats[r].weights.k)}; });
    names.push_back(which);
  }
  job.row_blocks = static_cast<int>(names.size());
  ring.end();
  finish(job, chips, names);
  return job;
}

}  // namespace twill
