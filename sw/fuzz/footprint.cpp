// SPDX-License-Identifier: Apache-2.0
#include "footprint.hpp"

#include <algorithm>

#include "case.hpp"

namespace twill::fuzz {
namespace {

using contract::Space;

/// Collects the bytes of one command.
class Tracer {
 public:
  Tracer(const contract::Configuration& machine, unsigned chip, std::uint64_t most_work)
      : m_(machine), chip_(chip), most_work_(most_work) {}

  const contract::Configuration& machine() const { return m_; }
  std::int64_t word() const { return m_.word_bytes; }

  void work(std::int64_t amount) { work_ += static_cast<std::uint64_t>(amount); }
  /// False as soon as the command turned out to be no good.
  bool good() const { return f_.inside && work_ <= most_work_; }

  void read(Space space, std::int64_t address, std::int64_t bytes) { touch(f_.reads, chip_, space, address, bytes); }
  void write(Space space, std::int64_t address, std::int64_t bytes, unsigned chip) { touch(f_.writes, chip, space, address, bytes); }
  void write(Space space, std::int64_t address, std::int64_t bytes) { write(space, address, bytes, chip_); }

  void walk(bool writes, Space space, const Walk& w, unsigned chip) {
    const auto [low, high] = w.reach();
    if (space != Space::dram && (low < 0 || high > size(space))) f_.inside = false;
    work(w.runs() + (writes ? w.runs() * w.run / word() : 0));
    if (!good()) return;
    w.each_run([&](std::int64_t address) { touch(writes ? f_.writes : f_.reads, chip, space, address, w.run); });
  }
  /// Runs of the vector commands, whose addresses count modulo 2^24.
  void runs(bool writes, std::uint32_t base, std::uint32_t run, std::uint32_t count, std::uint32_t pitch) {
    work(count + (writes ? std::int64_t{count} * run / word() : 0));
    if (!good()) return;
    for (std::int64_t i = 0; i < count; ++i) touch(writes ? f_.writes : f_.reads, chip_, Space::scratchpad, base + i * pitch, run);
  }
  void walk(bool writes, std::uint32_t space, const Walk& w) { walk(writes, static_cast<Space>(space), w, chip_); }

  std::optional<Footprint> finish() {
    if (work_ > most_work_) return std::nullopt;
    f_.reads.settle();
    f_.writes_once = f_.writes.settle();
    return std::move(f_);
  }

 private:
  std::int64_t size(Space space) const {
    switch (space) {
      case Space::scratchpad: return m_.scratchpad_bytes;
      case Space::accumulators: return std::int64_t{m_.accumulator_words} * m_.word_bytes * 4;
      default: return std::int64_t{1} << 40;
    }
  }
  void touch(Regions& regions, unsigned chip, Space space, std::int64_t address, std::int64_t bytes) {
    if (space == Space::scratchpad) address &= 0xffffff;
    if (space == Space::dram) {
      address &= size(space) - 1;
      if (const std::int64_t before = size(space) - address; before < bytes) {
        touch(regions, chip, space, 0, bytes - before);
        bytes = before;
      }
    }
    if (bytes > 0 && (address < 0 || address + bytes > size(space))) f_.inside = false;
    if (f_.inside) regions.add(fuzz::place(chip, space, static_cast<std::uint64_t>(address)), static_cast<std::uint64_t>(bytes));
  }

  contract::Configuration m_;
  unsigned chip_;
  std::uint64_t most_work_, work_ = 0;
  Footprint f_;
};

/// The accumulator words of CONV, DEPTHWISE and REQUANT.
template <class C>
void sums(Tracer& t, const C& c, bool reads, bool writes) {
  const std::int64_t all = t.machine().accumulator_words, bank = all / contract::accumulator_banks, column = t.word() * 4;
  const std::int64_t outputs = std::int64_t{c.out_w} * c.out_h, tile = (outputs + bank - 1) / bank * bank;
  for (std::int64_t n = 0; n < std::min<std::int64_t>(c.tiles, contract::accumulator_banks); ++n) {  // further tiles are where these are
    std::int64_t first = (c.acc_base + n * tile) % all;
    for (std::int64_t left = outputs; left > 0;) {
      const std::int64_t words = std::min(left, all - first);
      if (reads) t.read(Space::accumulators, first * column, words * column);
      if (writes) t.write(Space::accumulators, first * column, words * column);
      left -= words;
      first = 0;
    }
  }
}

void trace(Tracer& t, const contract::Load& c) {
  t.walk(false, static_cast<std::uint32_t>(Space::dram), dram_walk(c));
  t.walk(true, c.space, local_walk(c));
  if (c.add) t.walk(false, c.space, local_walk(c));
}

void trace(Tracer& t, const contract::Fill& c) { t.walk(true, c.space, local_walk(c)); }

void trace(Tracer& t, const contract::Store& c) {
  t.walk(false, c.space, local_walk(c));
  t.walk(true, static_cast<std::uint32_t>(Space::dram), dram_walk(c));
}

void trace(Tracer& t, const contract::Send& c) {
  t.walk(false, c.space, local_walk(c));
  t.walk(true, static_cast<Space>(c.remote_space), remote_walk(c), c.chip);
}

void trace(Tracer& t, const contract::Conv& c) {
  const std::int64_t pieces = (std::int64_t{c.run_bytes} + t.word() - 1) / t.word();
  const std::int64_t passes = std::int64_t{c.tiles} * c.kernel_y * c.kernel_x * pieces, outputs = std::int64_t{c.out_w} * c.out_h;
  t.work(passes * std::max(outputs, t.word() + 1));
  if (!t.good()) return;
  for (std::int64_t pass = 0; pass < passes; ++pass)
    t.read(Space::scratchpad, c.weight_base + pass * t.word() * t.word(), t.word() * t.word());
  for (std::int64_t n = 0; n < c.tiles; ++n)
    for (std::int64_t ky = 0; ky < c.kernel_y; ++ky)
      for (std::int64_t kx = 0; kx < c.kernel_x; ++kx)
        for (std::int64_t oy = 0; oy < c.out_h; ++oy) {
          const std::int64_t row = c.y_start + oy * c.stride_y + ky * c.dilation_y;
          if (row < 0 || row >= c.in_rows) continue;
          for (std::int64_t ox = 0; ox < c.out_w; ++ox) {  // the pieces of a run lie side by side
            const std::int64_t at = c.in_base + n * c.n_step + oy * c.y_step + ky * c.ky_step + ox * c.x_step + kx * c.kx_step;
            const std::int64_t position = c.x_start + ox * c.x_step + kx * c.kx_step;
            const std::int64_t low = std::max<std::int64_t>(0, -position),
                               high = std::min<std::int64_t>(c.run_bytes, c.row_bytes - position);
            if (low < high) t.read(Space::scratchpad, at + low, high - low);
          }
        }
  sums(t, c, c.accumulate, true);
}

void trace(Tracer& t, const contract::Depthwise& c) {
  const std::int64_t passes = std::int64_t{c.tiles} * c.phases_y * c.phases_x * c.blocks;
  const std::int64_t stream = (std::int64_t{c.out_h} + c.rows - 2) * c.stream_w + c.out_w + c.kernel_w - 1;
  t.work(passes * std::max(stream, t.word() + 1));
  if (!t.good()) return;
  for (std::int64_t pass = 0; pass < passes; ++pass)
    t.read(Space::scratchpad, c.weight_base + pass * t.word() * t.word(), t.word() * t.word());
  for (std::int64_t n = 0; n < c.tiles; ++n) {
    const std::int64_t lanes = std::clamp<std::int64_t>(c.channels - n * t.word(), 0, t.word());
    for (std::int64_t py = 0; py < c.phases_y; ++py)
      for (std::int64_t px = 0; px < c.phases_x; ++px)
        for (std::int64_t block = 0; block < c.blocks; ++block)
          for (std::int64_t i = 0; i < stream && lanes > 0; ++i) {
            const std::int64_t y = i / c.stream_w, x = i % c.stream_w;
            const std::int64_t row = c.y_start + (y + block * c.rows) * c.stride_y + py, column = c.x_start + x * c.stride_x + px;
            if (row < 0 || row >= c.in_rows || column < 0 || column >= c.in_cols) continue;
            t.read(
                Space::scratchpad,
                c.in_base + n * t.word() + y * c.y_step + x * c.x_step + py * c.phase_y_step + px * c.phase_x_step + block * c.block_step,
                lanes);
          }
  }
  sums(t, c, c.accumulate, true);
}

void trace(Tracer& t, const contract::Requant& c) {
  const std::int64_t outputs = std::int64_t{c.out_w} * c.out_h;
  t.work(c.tiles * (outputs + 16));
  if (!t.good()) return;
  const std::int64_t records = t.word() * contract::parameter_bytes;
  for (std::int64_t n = 0; n < c.tiles; ++n) {
    if (n > 0 || !c.keep_parameters) t.read(Space::scratchpad, c.param_base + n * records, records);
    const std::int64_t lanes = n + 1 == c.tiles ? c.last_lanes : t.word();
    for (std::int64_t y = 0; y < c.out_h; ++y)
      for (std::int64_t x = 0; x < c.out_w; ++x) {
        const std::int64_t offset = x * c.pix_step + n * c.n_step;
        t.write(Space::scratchpad, c.out_base + y * c.row_step + offset, std::clamp<std::int64_t>(c.row_bytes - offset, 0, lanes));
      }
  }
  sums(t, c, true, false);
}

template <class C>
void two_operands(Tracer& t, const C& c) {
  t.runs(false, c.a_base, c.run, c.count, c.a_pitch);
  t.runs(false, c.b_base, c.run, c.count, c.b_pitch);
  t.runs(true, c.out_base, c.run, c.count, c.out_pitch);
}
void trace(Tracer& t, const contract::Add& c) { two_operands(t, c); }
void trace(Tracer& t, const contract::Mul& c) { two_operands(t, c); }

void trace(Tracer& t, const contract::Lookup& c) {
  t.runs(false, c.in_base, c.run, c.count, c.in_pitch);
  t.runs(true, c.out_base, c.run, c.count, c.out_pitch);
  if (!c.keep_table) t.read(Space::scratchpad, c.table_base, 256);
}

void trace(Tracer& t, const contract::Move& c) {
  const std::array<std::int64_t, 4> counts{c.count0, c.count1, c.count2, c.count3};
  const auto pad = static_cast<std::uint32_t>(Space::scratchpad);
  if (!c.fill) t.walk(false, pad, {c.in_base, c.run, counts, {c.in_stride0, c.in_stride1, c.in_stride2, c.in_stride3}});
  t.walk(true, pad, {c.out_base, c.run, counts, {c.out_stride0, c.out_stride1, c.out_stride2, c.out_stride3}});
}

void trace(Tracer& t, const contract::Pool& c) {
  const std::int64_t words = (std::int64_t{c.channels} + t.word() - 1) / t.word();
  const auto taps = [](std::int64_t start, std::int64_t kernel, std::int64_t size) {
    return std::pair(std::max<std::int64_t>(0, start), std::min(size, start + kernel));
  };
  t.work(std::int64_t{c.out_h} * c.out_w * words);
  if (!t.good()) return;
  for (std::int64_t oy = 0; oy < c.out_h; ++oy)
    for (std::int64_t ox = 0; ox < c.out_w; ++ox) {
      const auto [top, bottom] = taps(c.y_start + oy * c.stride_y, c.kernel_y, c.in_rows);
      const auto [left, right] = taps(c.x_start + ox * c.stride_x, c.kernel_x, c.in_cols);
      t.work((bottom - top) * (right - left) * words + (c.mode == static_cast<std::uint32_t>(contract::PoolMode::average) ? 34 : 0));
      if (!t.good()) return;
      for (std::int64_t row = top; row < bottom; ++row)
        for (std::int64_t column = left; column < right; ++column)
          t.read(Space::scratchpad, c.in_base + row * c.in_row_pitch + column * c.in_pix_pitch, c.channels);
      t.write(Space::scratchpad, c.out_base + oy * c.out_row_pitch + ox * c.out_pix_pitch, c.channels);
    }
}

template <class C>
void trace_command(Tracer& t, const contract::Command& command) {
  trace(t, C::decode(command));
}

}  // namespace

std::pair<std::int64_t, std::int64_t> Walk::reach() const {
  std::int64_t low = base, high = base + run;
  for (std::size_t d = 0; d < count.size(); ++d) {
    const std::int64_t far = stride[d] * (count[d] - 1);
    (far < 0 ? low : high) += far;
  }
  return {low, high};
}

std::optional<Footprint> footprint(const contract::Command& command, const contract::Configuration& machine, unsigned chip,
                                   std::uint64_t most_work) {
  using contract::Opcode;
  Tracer t(machine, chip, most_work);
  switch (opcode_of(command)) {
    case Opcode::load: trace_command<contract::Load>(t, command); break;
    case Opcode::fill: trace_command<contract::Fill>(t, command); break;
    case Opcode::store: trace_command<contract::Store>(t, command); break;
    case Opcode::conv: trace_command<contract::Conv>(t, command); break;
    case Opcode::depthwise: trace_command<contract::Depthwise>(t, command); break;
    case Opcode::requant: trace_command<contract::Requant>(t, command); break;
    case Opcode::add: trace_command<contract::Add>(t, command); break;
    case Opcode::mul: trace_command<contract::Mul>(t, command); break;
    case Opcode::pool: trace_command<contract::Pool>(t, command); break;
    case Opcode::lookup: trace_command<contract::Lookup>(t, command); break;
    case Opcode::move: trace_command<contract::Move>(t, command); break;
    case Opcode::send:
    case Opcode::send_add: trace_command<contract::Send>(t, command); break;  // the same fields; what is added to counts as written
    default: break;                                                           // nothing but semaphores
  }
  return t.finish();
}

bool well_defined(const contract::Command& command, const Footprint& f) {
  using contract::Opcode;
  if (!f.inside) return false;
  const auto in_place = [](const auto& c) { return c.a_base == c.out_base && c.a_pitch == c.out_pitch; };
  switch (opcode_of(command)) {
    case Opcode::conv:
    case Opcode::depthwise:  // a tile may come to the words of one before it
    case Opcode::fill: return true;
    case Opcode::load:
      if (contract::Load::decode(command).add) return f.writes_once;
      break;
    case Opcode::add:
    case Opcode::mul: {
      // ADD and MUL have these fields in the same places.
      const auto c = contract::Add::decode(command);
      if (in_place(c)) {
        Regions b;
        for (std::uint64_t i = 0; i < c.count; ++i)
          b.add(place(chip_of(f.writes.intervals().front().first), contract::Space::scratchpad, (c.b_base + i * c.b_pitch) & 0xffffff),
                c.run);
        b.settle();
        return f.writes_once && ((c.b_base == c.a_base && c.b_pitch == c.a_pitch) || !b.overlaps(f.writes));
      }
      break;
    }
    default: break;
  }
  return f.writes_once && !f.reads.overlaps(f.writes);
}

}  // namespace twill::fuzz
