// SPDX-License-Identifier: Apache-2.0
#include "rank.hpp"

#include <algorithm>

#include "semaphores.hpp"
#include "twill/error.hpp"

namespace twill::parallel {

using contract::Queue;
using contract::Slot;

std::uint64_t Rank::reserve(std::uint64_t bytes) {
  const std::uint64_t address = dram_;
  dram_ += (bytes + 4095) / 4096 * 4096;
  return address;
}

std::uint64_t Rank::image(std::vector<std::uint8_t> bytes) {
  const std::uint64_t address = reserve(bytes.size());
  images_.emplace_back(address, std::move(bytes));
  return address;
}

// What comes from DRAM is never written by the job and what goes there never read, so ranges name the scratchpad only.

void Rank::load(std::uint64_t from, std::uint32_t to, std::uint32_t run, int count, std::uint32_t pitch) {
  contract::Load c;
  c.dram_base = from;
  c.dram_run = run;
  c.dram_count0 = static_cast<std::uint32_t>(count);
  c.dram_stride0 = count > 1 ? static_cast<std::int32_t>(pitch) : 0;
  if (count > 1 && pitch == run) c.dram_run = run * c.dram_count0, c.dram_count0 = 1, c.dram_stride0 = 0;
  c.local_base = to;
  c.local_run = run * static_cast<std::uint32_t>(count);
  stream_.emit(c, {}, {Range::sp(to, c.local_run)}, label_);
}

void Rank::store(std::uint32_t from, std::uint64_t to, std::uint32_t run, int count, std::uint64_t pitch) {
  contract::Store c;
  c.dram_base = to;
  c.dram_run = run;
  c.dram_count0 = static_cast<std::uint32_t>(count);
  c.dram_stride0 = count > 1 ? static_cast<std::int32_t>(pitch) : 0;
  c.local_base = from;
  c.local_run = run * static_cast<std::uint32_t>(count);
  stream_.emit(c, {Range::sp(from, c.local_run)}, {}, label_);
}

Bank Rank::multiply(const Rows& rows, const Weights& weights, int tile, Queue full, Queue freed) {
  const auto word = machine_.word;
  const auto bank = static_cast<std::uint32_t>(products_++ % static_cast<std::uint64_t>(compute_banks_));
  const Bank result{bank * machine_.bank_words(), rows.count};
  const std::uint64_t pass_bytes = std::uint64_t{word} * word;
  for (int p = 0; p < weights.passes; p += weights.together) {
    const int passes = std::min(weights.together, weights.passes - p);
    const auto first = static_cast<std::uint32_t>(p) * word;
    const std::uint32_t run = std::min(static_cast<std::uint32_t>(passes) * word, static_cast<std::uint32_t>(weights.k) - first);
    std::uint32_t from = static_cast<std::uint32_t>(rows.address) + first, pitch = rows.pitch;
    if (!rows.resident) {
      from = operands_.next();
      load(rows.address + first, from, run, rows.count, rows.pitch);
      pitch = run;
    }
    contract::Conv c;
    c.weight_base = weights_.next();
    const auto weight_bytes = static_cast<std::uint32_t>(static_cast<std::uint64_t>(passes) * pass_bytes);
    load(weights.address + (static_cast<std::uint64_t>(tile) * static_cast<std::uint64_t>(weights.passes) + static_cast<std::uint64_t>(p)) * pass_bytes,
         c.weight_base, weight_bytes);
    c.in_base = from;
    c.run_bytes = c.row_bytes = run;
    c.in_rows = c.out_h = static_cast<std::uint32_t>(rows.count);
    if (rows.count > 1) c.y_step = pitch, c.stride_y = 1;
    c.acc_base = result.word;
    c.accumulate = p > 0;
    if (p == 0) c.slots.tile_wait = freed_[bank];
    if (p + passes == weights.passes) c.slots.tile_signal = Slot::on(full == Queue::post ? semaphore::full_for_post : semaphore::full_for_network);
    stream_.emit(c, {Range::sp(from, std::uint64_t{c.in_rows - 1} * pitch + run), Range::sp(c.weight_base, weight_bytes)}, {}, label_);
    array_words_ += static_cast<std::uint64_t>(passes) * c.out_h;
  }
  freed_[bank] = Slot::on(freed == Queue::post ? semaphore::freed_by_post : semaphore::freed_by_network);
  return result;
}

void Rank::requantize(const Requantization& r) {
  const std::uint32_t record_bytes = machine_.word * contract::parameter_bytes;
  contract::Requant c;
  c.slots = r.slots;
  c.param_base = records_.next();
  load(r.record, c.param_base, record_bytes);
  c.acc_base = r.word;
  c.last_lanes = static_cast<std::uint32_t>(r.lanes);
  c.row_bytes = 0xffffff;
  std::vector<Range> written;
  if (r.skip > 0) {
    c.out_base = r.dump;
    c.out_w = static_cast<std::uint32_t>(r.skip);
    c.out_h = 2;
    c.pix_step = c.last_lanes;
    c.row_step = r.to - r.dump;
    written.push_back(Range::sp(r.dump, std::uint64_t{c.out_w} * c.last_lanes));
    written.push_back(Range::sp(r.to, std::uint64_t{c.out_w} * c.last_lanes));
  } else {
    c.out_base = r.to;
    c.out_h = static_cast<std::uint32_t>(r.rows);
    c.row_step = c.out_h > 1 ? c.last_lanes : 0;
    written.push_back(Range::sp(r.to, std::uint64_t{c.out_h} * c.last_lanes));
  }
  stream_.emit(c, {Range::sp(c.param_base, record_bytes)}, written, label_);
}

Program Rank::finish(std::vector<std::string> names) {
  contract::Mark end;
  end.queue = Queue::store;
  end.irq = 1;
  stream_.emit_after_all(end.encode(), end.queue, label_);
  Program program;
  for (const mapper::Stream::Entry& e : stream_.finish()) {
    program.commands.push_back(e.command);
    program.labels.push_back(static_cast<std::uint32_t>(e.layer));
  }
  require_ring(program.commands.size());
  program.images = std::move(images_);
  program.names = std::move(names);
  program.remote_semaphores = semaphore::remote;
  program.marks = 1;
  program.mark_address = reserve(contract::mark_bytes);
  program.ring_address = reserve(0);
  return program;
}

void require_ring(std::uint64_t commands) {
  if (commands > mapper::largest_ring)
    throw InputError("a rank would need at least " + std::to_string(commands) + " commands; a ring holds at most " +
                     std::to_string(mapper::largest_ring) + ", so the product must have fewer rows or columns");
}

std::vector<std::uint8_t> weight_tiles(const std::vector<std::uint8_t>& weights, int n, int k, Share tiles, Share slice, int word) {
  const int passes = std::max(1, (slice.count + word - 1) / word);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(tiles.count) * static_cast<std::size_t>(passes * word * word));
  auto to = out.begin();
  for (int tile = tiles.first; tile < tiles.end(); ++tile)
    for (int row = 0; row < passes * word; ++row)
      for (int column = tile * word; column < (tile + 1) * word; ++column, ++to)
        if (row < slice.count && column < n)
          *to = weights[static_cast<std::size_t>(column) * static_cast<std::size_t>(k) + static_cast<std::size_t>(slice.first + row)];
  return out;
}

}  // namespace twill::parallel
