// SPDX-License-Identifier: Apache-2.0
#include "ring.hpp"

#include <algorithm>
#include <stdexcept>

#include "semaphores.hpp"

namespace twill::parallel {

using contract::Queue;
using contract::Slot;
using contract::Slots;
using contract::Space;

namespace {

constexpr std::uint64_t places = 2;  // for finished tiles, in the last bank

bool circulates(RowResult result, unsigned ranks) { return result == RowResult::all_reduce && ranks > 1; }

}  // namespace

int Ring::compute_banks(RowResult result, unsigned ranks) {
  return static_cast<int>(contract::accumulator_banks) - (circulates(result, ranks) ? 1 : 0);
}

int Ring::most_rows(const Machine& machine, RowResult result, unsigned ranks) {
  return static_cast<int>(machine.bank_words() / (circulates(result, ranks) ? places : 1));
}

Ring::Ring(const Machine& machine, std::vector<Rank>& ranks, std::vector<RingSeat>& seats, RowResult result, int columns, int tile_rows)
    : machine_(machine),
      ranks_(ranks),
      seats_(seats),
      result_(result),
      columns_(columns),
      tile_rows_(tile_rows),
      tiles_((columns + static_cast<int>(machine.word) - 1) / static_cast<int>(machine.word)),
      finals_(ranks.size()),
      arriving_(ranks.size()),
      gathers_(ranks.size()),
      finished_(ranks.size()),
      places_used_(ranks.size()) {}

int Ring::lanes(const Tile& tile) const {
  const int word = static_cast<int>(machine_.word);
  return std::min(word, columns_ - tile.number * word);
}

/// What `rank` computes at a step counted over all groups of all blocks. Owners with fewer tiles than others miss the last group.
Ring::Tile Ring::tile_of(unsigned rank, std::size_t step, const std::vector<RowBlock>& blocks) const {
  const auto parts = static_cast<int>(n());
  const auto groups = static_cast<std::size_t>((tiles_ + parts - 1) / parts);
  const std::size_t group = step / n() % groups, s = step % n();
  const unsigned owner = (rank + 2 * n() - 1 - static_cast<unsigned>(s)) % n();
  const Share owned = share(tiles_, parts, static_cast<int>(owner));
  Tile tile;
  tile.block = step / n() / groups;
  if (tile.block >= blocks.size() || group >= static_cast<std::size_t>(owned.count)) return tile;
  tile.number = owned.first + static_cast<int>(group);
  tile.rows = blocks[tile.block];
  tile.owned = owner == rank;
  tile.next_owns = owner == after(rank);
  tile.starts = s == 0;
  return tile;
}

void Ring::run(const std::vector<RowBlock>& blocks, const Operand& operand) {
  const auto parts = static_cast<int>(n());
  const std::size_t steps = blocks.size() * static_cast<std::size_t>((tiles_ + parts - 1) / parts) * n();
  std::vector<Tile> before(n()), now(n());
  std::vector<Rows> rows(n());
  std::vector<std::size_t> blocks_begun(n());
  for (std::size_t step = 0; step < steps + n(); ++step) {
    for (unsigned r = 0; r < n(); ++r) {
      now[r] = tile_of(r, step, blocks);
      if (now[r].number < 0) continue;
      ranks_[r].set_label(static_cast<int>(now[r].block) + first_label_);
      for (; blocks_begun[r] <= now[r].block; ++blocks_begun[r]) rows[r] = operand(r, blocks_begun[r]);
      compute(r, now[r], rows[r]);
    }
    for (unsigned r = 0; r < n(); ++r) {
      if (before[r].number < 0) continue;
      if (before[r].owned)
        finish_owned(r, before[r]);
      else
        pass_on(r, before[r], now[after(r)].bank);
    }
    for (unsigned r = 0; r < n(); ++r) move_final(r);
    for (unsigned r = 0; r < n(); ++r) take_final(r);
    for (unsigned r = 0; r < n(); ++r) gather(r);
    // What was finished in this step is sent to the others from the next on: by then it has been requantized.
    for (unsigned r = 0; r < n(); ++r)
      if (before[r].number >= 0 && before[r].owned && result_ == RowResult::all_gather && n() > 1) gathers_[r] = {before[r], 1, finished_[r]};
    std::swap(before, now);
  }
  first_label_ += static_cast<int>(blocks.size());
}

void Ring::compute(unsigned r, Tile& tile, const Rows& rows) {
  if (n() == 1) {
    tile.bank = ranks_[r].multiply(rows, seats_[r].weights, tile.number, Queue::post, Queue::post);
    return;
  }
  const bool post_frees = tile.owned && !circulates(result_, n());
  tile.bank = ranks_[r].multiply(rows, seats_[r].weights, tile.number, Queue::network, post_frees ? Queue::post : Queue::network);
  Slots slots;
  slots.wait0 = Slot::on(semaphore::full_for_network);
  if (tile.starts) {  // nobody adds to it, it only has to be complete
    contract::Nop nop;
    nop.queue = Queue::network;
    nop.slots = slots;
    ranks_[r].stream().emit(nop, {}, {}, ranks_[r].label());
  } else {
    signal(r, after(r, n() - 1), semaphore::partial_grant, slots);
  }
}

void Ring::signal(unsigned r, unsigned to, unsigned semaphore, Slots slots) {
  contract::SignalRemote c;
  c.slots = slots;
  c.chip = to;
  c.remote_signal = Slot::on(semaphore).code;
  ranks_[r].stream().emit(c, {}, {}, ranks_[r].label());
}

contract::Send Ring::send_sums(unsigned to, std::uint32_t from_word, std::uint32_t to_word, int rows) const {
  const std::uint32_t word_bytes = machine_.word * 4;
  contract::Send c;
  c.chip = to;
  c.space = c.remote_space = static_cast<std::uint32_t>(Space::accumulators);
  c.local_base = from_word * word_bytes;
  c.remote_base = std::uint64_t{to_word} * word_bytes;
  c.local_run = c.remote_run = static_cast<std::uint32_t>(rows) * word_bytes;
  return c;
}

void Ring::pass_on(unsigned r, const Tile& tile, const Bank& there) {
  const contract::Send plain = send_sums(after(r), tile.bank.word, there.word, tile.rows.count);
  contract::SendAdd c;
  c.chip = plain.chip;
  c.space = plain.space;
  c.remote_space = plain.remote_space;
  c.local_base = plain.local_base;
  c.remote_base = plain.remote_base;
  c.local_run = plain.local_run;
  c.remote_run = plain.remote_run;
  c.remote_signal = Slot::on(tile.next_owns ? semaphore::last_partial : semaphore::partial).code;
  c.slots.wait0 = Slot::on(semaphore::partial_grant);
  if (!tile.starts) c.slots.wait1 = Slot::on(semaphore::partial);
  c.slots.signal0 = Slot::on(semaphore::freed_by_network);
  ranks_[r].stream().emit(c, {}, {}, ranks_[r].label());
  ranks_[r].sent += c.local_run;
}

/// Requantizes a tile whose sums start at accumulator word `word` and stores it; where it lies in the scratchpad.
std::uint32_t Ring::requantize(unsigned r, const Tile& tile, std::uint32_t word, Slots slots) {
  RingSeat& seat = seats_[r];
  const std::uint32_t records = machine_.word * contract::parameter_bytes;
  Rank::Requantization q;
  q.word = word / machine_.bank_words() * machine_.bank_words();
  q.skip = static_cast<int>(word - q.word);
  q.rows = tile.rows.count;
  q.lanes = lanes(tile);
  q.record = seat.records + static_cast<std::uint64_t>(tile.number) * records;
  q.to = seat.results.next();
  q.dump = seat.dump;
  q.slots = slots;
  ranks_[r].requantize(q);
  const auto column = static_cast<std::uint64_t>(tile.number * static_cast<int>(machine_.word) - seat.first_column);
  ranks_[r].store(q.to, seat.result + static_cast<std::uint64_t>(tile.rows.first) * seat.pitch + column, static_cast<std::uint32_t>(q.lanes),
                  tile.rows.count, seat.pitch);
  return q.to;
}

void Ring::finish_owned(unsigned r, const Tile& tile) {
  Slots slots;
  if (n() == 1)
    slots.tile_wait = Slot::on(semaphore::full_for_post);
  else
    slots.wait0 = Slot::on(semaphore::last_partial);
  if (circulates(result_, n())) {
    slots.signal0 = Slot::on(semaphore::requantized);
    if (finals_[r].hops >= 0) throw std::logic_error("a finished tile meets another");
    finals_[r] = {tile, 0, tile.bank.word};
  } else {
    slots.tile_signal = Slot::on(semaphore::freed_by_post);
  }
  finished_[r] = requantize(r, tile, tile.bank.word, slots);
}

/// Finished sums at rank r go on to the next rank, or have come to their end; either way their place is free afterwards.
void Ring::move_final(unsigned r) {
  Final& f = finals_[r];
  if (f.hops < 0) return;
  Slots slots;
  slots.wait0 = Slot::on(semaphore::requantized);
  const bool here = f.hops == 0;
  if (f.hops + 1 < static_cast<int>(n())) {
    const unsigned to = after(r);
    const std::uint64_t use = places_used_[to]++;
    const auto place = static_cast<std::uint32_t>(3 * machine_.bank_words() + use % places * static_cast<std::uint32_t>(tile_rows_));
    contract::Send c = send_sums(to, f.word, place, f.tile.rows.count);
    c.remote_signal = Slot::on(semaphore::final_sums).code;
    if (use >= places) slots.wait1 = Slot::on(semaphore::final_grant);
    if (here) slots.signal0 = Slot::on(semaphore::freed_by_network);
    c.slots = slots;
    ranks_[r].stream().emit(c, {}, {}, ranks_[r].label());
    ranks_[r].sent += c.local_run;
    arriving_[to] = {f.tile, f.hops + 1, place};
    slots = {};
  }
  if (!here) signal(r, after(r, n() - 1), semaphore::final_grant, slots);
  f.hops = -1;
}

void Ring::take_final(unsigned r) {
  if (arriving_[r].hops < 0) return;
  finals_[r] = arriving_[r];
  arriving_[r].hops = -1;
  Slots slots;
  slots.wait0 = Slot::on(semaphore::final_sums);
  slots.signal0 = Slot::on(semaphore::requantized);
  requantize(r, finals_[r].tile, finals_[r].word, slots);
}

/// The rest of the ranks get their bytes straight into DRAM, each tile to its own place there: no grant is needed.
void Ring::gather(unsigned r) {
  Gather& g = gathers_[r];
  if (g.to == 0) return;
  const RingSeat& seat = seats_[after(r, g.to)];
  const auto run = static_cast<std::uint32_t>(lanes(g.tile));
  contract::Send c;
  c.chip = after(r, g.to);
  c.space = static_cast<std::uint32_t>(Space::scratchpad);
  c.remote_space = static_cast<std::uint32_t>(Space::dram);
  c.local_base = g.from;
  c.local_run = run * static_cast<std::uint32_t>(g.tile.rows.count);
  c.remote_base = seat.result + static_cast<std::uint64_t>(g.tile.rows.first) * seat.pitch +
                  static_cast<std::uint64_t>(g.tile.number) * machine_.word;
  c.remote_run = run;
  c.remote_count0 = static_cast<std::uint32_t>(g.tile.rows.count);
  c.remote_stride0 = g.tile.rows.count > 1 ? static_cast<std::int32_t>(seat.pitch) : 0;
  ranks_[r].stream().emit(c, {Range::sp(g.from, c.local_run)}, {}, ranks_[r].label());
  ranks_[r].sent += c.local_run;
  if (++g.to == n()) g.to = 0;
}

/// Signals of all others are counted together, which is right because each comes once.
void Ring::end() {
  if (result_ != RowResult::all_gather || n() == 1) return;
  for (unsigned r = 0; r < n(); ++r)
    for (unsigned d = 1; d < n(); ++d) signal(r, after(r, d), semaphore::gathered, {});
  for (unsigned r = 0; r < n(); ++r)
    for (unsigned d = 1; d < n(); ++d) {
      contract::Nop nop;
      nop.queue = Queue::network;
      nop.slots.wait0 = Slot::on(semaphore::gathered);
      ranks_[r].stream().emit(nop, {}, {}, ranks_[r].label());
    }
}

}  // namespace twill::parallel
