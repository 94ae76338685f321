// SPDX-License-Identifier: Apache-2.0
// The post engine at this program's word size (POST_WORD) beside the plain model, and random commands that stay inside its scratchpad.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include "bench.hpp"
#include "catch.hpp"

#define POST_JOIN2(a, b) a##b
#define POST_JOIN(a, b) POST_JOIN2(a, b)
#define POST_STRING2(a) #a
#define POST_STRING(a) POST_STRING2(a)
#define POST_MODEL POST_JOIN(Vpost, POST_WORD)
#if POST_WORD == 4
#include "Vpost4.h"
#elif POST_WORD == 8
#include "Vpost8.h"
#elif POST_WORD == 16
#include "Vpost16.h"
#else
#include "Vpost32.h"
#endif

namespace twill::post_test {
constexpr unsigned word = POST_WORD, size = 32768, acc_words = POST_ACC_WORDS, bank = acc_words / 4;
using TheBench = Bench<POST_MODEL, word, size, acc_words>;

inline std::uint32_t seed() {
  const char* text = std::getenv("TWILL_SEED");
  const std::uint32_t value = text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 20240607u;
  static bool told = false;
  if (!told) std::cout << "TWILL_SEED=" << value << "\n";
  told = true;
  return value;
}

/// The scratchpad by halves of activations, then records, then tables: commands of a test never overlap their own input.
constexpr unsigned half = 10240, records_base = 2 * half, records_bytes = 8192, tables_base = records_base + records_bytes;
static_assert(tables_base + 4096 == size);

struct Random {
  std::mt19937 engine;
  explicit Random(std::uint32_t value) : engine(value) {}
  std::uint32_t bits() { return engine(); }
  std::int64_t in(std::int64_t low, std::int64_t high) { return low + static_cast<std::int64_t>((std::uint64_t{engine()} << 32 | engine()) % static_cast<std::uint64_t>(high - low + 1)); }
  bool percent(unsigned p) { return engine() % 100 < p; }

  std::uint32_t multiplier() { return percent(6) ? 0 : percent(5) ? 0x40000000u : percent(5) ? 0x7fffffffu : static_cast<std::uint32_t>(in(0x40000000, 0x7fffffff)); }
  int shift() { return percent(15) ? static_cast<int>(in(-31, 30)) : percent(10) ? (percent(50) ? 0 : -31) : static_cast<int>(in(-12, 2)); }
  /// An ordered pair of int8 limits, often the whole range.
  std::pair<int, int> limits() {
    if (percent(60)) return {-128, 127};
    int low = static_cast<int>(in(-128, 127)), high = static_cast<int>(in(-128, 127));
    return {std::min(low, high), std::max(low, high)};
  }
  std::int32_t sum() {
    switch (in(0, 7)) {
      case 0: return static_cast<std::int32_t>(bits());
      case 1: return static_cast<std::int32_t>(in(-3, 3));
      case 2: return static_cast<std::int32_t>(in(0, 1) ? 0x7fffffff - in(0, 2) : -2147483648LL + in(0, 2));
      case 3: return static_cast<std::int32_t>(in(-1, 1) * (1 << in(0, 30)));
      default: return static_cast<std::int32_t>(in(-2000000, 2000000));
    }
  }
  void record(std::uint8_t* bytes) {
    const std::int32_t bias = percent(20) ? static_cast<std::int32_t>((percent(50) ? 1 : -1) * ((1 << 30) - in(-3, 3))) : static_cast<std::int32_t>(in(-100000, 100000));
    const std::uint32_t m = multiplier();
    const auto [low, high] = limits();
    std::memcpy(bytes, &bias, 4);
    std::memcpy(bytes + 4, &m, 4);
    bytes[8] = static_cast<std::uint8_t>(shift());
    bytes[9] = static_cast<std::uint8_t>(bits());
    bytes[10] = static_cast<std::uint8_t>(low);
    bytes[11] = static_cast<std::uint8_t>(high);
    std::memset(bytes + 12, 0, 4);
  }
};

/// A command, and for a REQUANT the sums it will find: [tile][word][lane].
struct Job {
  contract::Command command;
  std::vector<std::vector<std::int32_t>> sums;
};

inline std::string describe(const contract::Command& c) {
  std::string text = "opcode " + std::to_string(c.bits(0, 8)) + ", words";
  char hex[12];
  for (std::uint32_t w : c.words) std::snprintf(hex, sizeof hex, " %08x", w), text += hex;
  return text;
}

/// Makes commands that stay inside the scratchpad.
struct Generator {
  Random random;
  bool records_loaded = false, table_loaded = false;
  unsigned next_bank = 0;

  explicit Generator(std::uint32_t value) : random(value) {}

  struct Place {
    unsigned in, out;   // halves
  };
  Place place() {
    const bool swap = random.percent(50);
    return {swap ? half : 0, swap ? 0 : half};
  }

  Job requant() {
    contract::Requant c;
    Job job;
    c.out_w = static_cast<std::uint32_t>(random.in(1, random.percent(70) ? 12 : 2 * bank));
    c.out_h = static_cast<std::uint32_t>(random.in(1, std::max<std::int64_t>(1, std::min<std::int64_t>(acc_words, 150) / c.out_w)));
    c.tiles = static_cast<std::uint32_t>(random.percent(50) ? 1 : random.in(2, 5));
    c.last_lanes = static_cast<std::uint32_t>(random.percent(50) ? word : random.in(1, word));
    const bool planes = random.percent(20);             // tiles apart instead of side by side
    const std::uint32_t channels = planes ? word : word * c.tiles;
    c.pix_step = channels - (random.percent(20) ? static_cast<std::uint32_t>(random.in(0, word - 1)) : 0);
    c.row_step = c.out_w * c.pix_step + static_cast<std::uint32_t>(random.in(0, 9));
    c.n_step = planes ? c.row_step * c.out_h : word;
    c.row_bytes = random.percent(60) ? 0xffffff : static_cast<std::uint32_t>(random.in(0, c.out_w * c.pix_step + word * c.tiles));
    // All of it must fit in a half; take fewer rows, then fewer tiles, until it does.
    const auto extent = [&] { return (c.tiles - 1) * c.n_step + (c.out_h - 1) * c.row_step + (c.out_w - 1) * c.pix_step + word; };
    while (extent() > half) {
      if (c.out_h > 1) --c.out_h;
      else if (c.tiles > 1) --c.tiles;
      else --c.out_w;
    }
    c.out_base = place().out + static_cast<std::uint32_t>(random.in(0, half - extent()));
    const std::uint32_t sets = records_bytes / (word * 16);
    c.tiles = std::min(c.tiles, sets);
    c.param_base = records_base + static_cast<std::uint32_t>(random.in(0, sets - c.tiles)) * word * 16;
    c.keep_parameters = records_loaded && random.percent(30);
    records_loaded = true;
    c.acc_base = next_bank * bank;
    c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
    c.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
    const unsigned banks = (c.out_h * c.out_w + bank - 1) / bank;
    next_bank = (next_bank + banks * c.tiles) % 4;
    job.sums.resize(c.tiles);
    for (auto& tile : job.sums) {
      tile.resize(banks * bank * word);
      for (std::int32_t& sum : tile) sum = random.sum();
    }
    job.command = c.encode();
    return job;
  }

  /// Common to ADD, MUL and LOOKUP: count runs in a half.
  template <class C>
  void runs(C& c) {
    c.run = static_cast<std::uint32_t>(random.percent(30) ? random.in(1, 3) : random.percent(50) ? random.in(1, 3 * word) : word * random.in(1, 6));
    c.count = static_cast<std::uint32_t>(random.in(1, 9));
  }
  std::uint32_t pitch(std::uint32_t run) { return run + static_cast<std::uint32_t>(random.percent(50) ? 0 : random.in(0, 20)); }
  std::uint32_t base(std::uint32_t where, std::uint32_t run, std::uint32_t count, std::uint32_t step, std::uint32_t room = half) {
    return where + static_cast<std::uint32_t>(random.in(0, room - ((count - 1) * step + run)));
  }

  template <class C>
  void operands(C& c) {
    runs(c);
    const Place p = place();
    c.a_pitch = pitch(c.run);
    c.b_pitch = random.percent(20) ? 0 : pitch(c.run);
    c.out_pitch = pitch(c.run);
    c.a_base = base(p.in, c.run, c.count, c.a_pitch);
    c.b_base = base(p.in, c.run, c.count, c.b_pitch);
    c.out_base = base(p.out, c.run, c.count, c.out_pitch);
    c.a_zero = static_cast<std::int32_t>(random.in(-128, 127));
    c.b_zero = static_cast<std::int32_t>(random.in(-128, 127));
    c.out_zero = static_cast<std::int32_t>(random.in(-128, 127));
    std::tie(c.min, c.max) = random.limits();
    c.out_multiplier = random.multiplier();
  }

  Job add() {
    contract::Add c;
    operands(c);
    c.left_shift = static_cast<std::uint32_t>(random.percent(80) ? 20 : random.in(0, 31));
    c.subtract = random.percent(40);
    c.a_multiplier = random.multiplier();
    c.b_multiplier = random.multiplier();
    c.a_shift = static_cast<std::uint32_t>(random.percent(80) ? random.in(0, 4) : random.in(0, 31));
    c.b_shift = static_cast<std::uint32_t>(random.percent(80) ? random.in(0, 4) : random.in(0, 31));
    c.out_shift = static_cast<std::uint32_t>(random.percent(80) ? random.in(14, 21) : random.in(0, 31));
    return {c.encode(), {}};
  }

  Job mul() {
    contract::Mul c;
    operands(c);
    c.out_shift = random.percent(50) ? static_cast<std::int32_t>(random.in(-9, -4)) : random.shift();
    return {c.encode(), {}};
  }

  Job pool() {
    contract::Pool c;
    for (;;) {
      c.mode = static_cast<std::uint32_t>(random.in(0, 2));
      c.in_rows = static_cast<std::uint32_t>(random.in(1, 12));
      c.in_cols = static_cast<std::uint32_t>(random.in(1, 12));
      c.channels = static_cast<std::uint32_t>(random.percent(50) ? random.in(1, 2 * word) : word * random.in(1, 2));
      c.kernel_y = static_cast<std::uint32_t>(random.percent(80) ? random.in(1, 4) : random.in(1, 255));
      c.kernel_x = static_cast<std::uint32_t>(random.percent(80) ? random.in(1, 4) : random.in(1, 255));
      c.stride_y = static_cast<std::uint32_t>(random.in(0, 4));
      c.stride_x = static_cast<std::uint32_t>(random.in(0, 4));
      c.y_start = static_cast<std::int32_t>(random.in(-static_cast<int>(c.kernel_y) + 1, 1));
      c.x_start = static_cast<std::int32_t>(random.in(-static_cast<int>(c.kernel_x) + 1, 1));
      c.out_h = static_cast<std::uint32_t>(random.in(1, 6));
      c.out_w = static_cast<std::uint32_t>(random.in(1, 6));
      const auto inside = [](std::int32_t start, std::uint32_t kernel, std::uint32_t stride, std::uint32_t count, std::uint32_t in) {
        const std::int32_t last = start + static_cast<std::int32_t>((count - 1) * stride);
        return start + static_cast<std::int32_t>(kernel) > 0 && start < static_cast<std::int32_t>(in) && last < static_cast<std::int32_t>(in);
      };
      if (!inside(c.y_start, c.kernel_y, c.stride_y, c.out_h, c.in_rows) || !inside(c.x_start, c.kernel_x, c.stride_x, c.out_w, c.in_cols)) continue;
      c.in_pix_pitch = pitch(c.channels);
      c.in_row_pitch = c.in_pix_pitch * c.in_cols + static_cast<std::uint32_t>(random.in(0, 5));
      c.out_pix_pitch = pitch(c.channels);
      c.out_row_pitch = c.out_pix_pitch * c.out_w + static_cast<std::uint32_t>(random.in(0, 5));
      if (c.in_row_pitch * c.in_rows <= half && c.out_row_pitch * c.out_h <= half) break;
    }
    const Place p = place();
    c.in_base = base(p.in, c.in_row_pitch, c.in_rows, c.in_row_pitch);
    c.out_base = base(p.out, c.out_row_pitch, c.out_h, c.out_row_pitch);
    c.out_zero = static_cast<std::int32_t>(random.in(-128, 127));
    std::tie(c.min, c.max) = random.limits();
    c.multiplier = random.multiplier();
    c.shift = random.shift();
    c.bias = random.percent(80) ? static_cast<std::int32_t>(random.in(-30000, 30000)) : random.sum();
    return {c.encode(), {}};
  }

  Job lookup() {
    contract::Lookup c;
    runs(c);
    const Place p = place();
    c.in_pitch = pitch(c.run);
    c.out_pitch = pitch(c.run);
    c.in_base = base(p.in, c.run, c.count, c.in_pitch);
    c.out_base = base(p.out, c.run, c.count, c.out_pitch);
    c.table_base = tables_base + static_cast<std::uint32_t>(random.in(0, (4096 - 256) / word)) * word;
    c.keep_table = table_loaded && random.percent(40);
    table_loaded = true;
    return {c.encode(), {}};
  }

  Job move() {
    contract::Move c;
    if (random.percent(10)) {  // records from one half of theirs to the other: the next REQUANT may want them at once
      const bool swap = random.percent(50);
      c.run = static_cast<std::uint32_t>(random.in(1, records_bytes / 32)) * 16;
      c.in_base = records_base + (swap ? records_bytes / 2 : 0);
      c.out_base = records_base + (swap ? 0 : records_bytes / 2);
      return {c.encode(), {}};
    }
    const Place p = place();
    for (;;) {
      c.run = static_cast<std::uint32_t>(random.percent(50) ? random.in(1, word) : random.in(1, 5 * word));
      std::int64_t counts[4];
      for (std::int64_t& n : counts) n = random.percent(50) ? 1 : random.in(2, 5);
      std::int64_t in_low = 0, in_high = 0, out_low = 0, out_high = 0, out_step = c.run;
      std::int64_t in_strides[4], out_strides[4];
      for (int i = 0; i < 4; ++i) {
        in_strides[i] = random.in(-300, 300);
        out_strides[i] = (out_step + (random.percent(30) ? random.in(0, 7) : 0)) * (random.percent(30) ? -1 : 1);  // nested: nothing is written twice
        out_step = std::abs(out_strides[i]) * counts[i];
        (in_strides[i] < 0 ? in_low : in_high) += in_strides[i] * (counts[i] - 1);
        (out_strides[i] < 0 ? out_low : out_high) += out_strides[i] * (counts[i] - 1);
      }
      if (in_high - in_low + c.run > half || out_high - out_low + c.run > half) continue;
      c.in_base = static_cast<std::uint32_t>(p.in + random.in(-in_low, half - c.run - in_high));
      c.out_base = static_cast<std::uint32_t>(p.out + random.in(-out_low, half - c.run - out_high));
      c.count0 = static_cast<std::uint32_t>(counts[0]);
      c.count1 = static_cast<std::uint32_t>(counts[1]);
      c.count2 = static_cast<std::uint32_t>(counts[2]);
      c.count3 = static_cast<std::uint32_t>(counts[3]);
      c.in_stride0 = static_cast<std::int32_t>(in_strides[0]);
      c.in_stride1 = static_cast<std::int32_t>(in_strides[1]);
      c.in_stride2 = static_cast<std::int32_t>(in_strides[2]);
      c.in_stride3 = static_cast<std::int32_t>(in_strides[3]);
      c.out_stride0 = static_cast<std::int32_t>(out_strides[0]);
      c.out_stride1 = static_cast<std::int32_t>(out_strides[1]);
      c.out_stride2 = static_cast<std::int32_t>(out_strides[2]);
      c.out_stride3 = static_cast<std::int32_t>(out_strides[3]);
      break;
    }
    c.fill = random.percent(30);
    c.value = static_cast<std::uint32_t>(random.in(0, 255));
    return {c.encode(), {}};
  }

  Job any() {
    switch (random.in(0, 8)) {
      case 0: return add();
      case 1: return mul();
      case 2: return pool();
      case 3: return lookup();
      case 4: return move();
      default: return requant();
    }
  }
};

/// Runs the jobs on the bench and on the reference; every byte of the scratchpad must agree at the end, and each command's last
/// word must have been written before its done pulse.
inline void compare(TheBench& bench, Reference& reference, const std::vector<Job>& jobs) {
  reference.word = word;
  reference.scratchpad = bench.scratchpad;
  std::vector<std::uint64_t> words;
  const std::uint64_t first_write = bench.writes, before = reference.words_written;
  const std::size_t first_done = bench.done.size();
  std::vector<const Job*> writer(size);                  // of each byte: the last job that changed it
  for (const Job& job : jobs) {
    const std::vector<std::uint8_t> old = reference.scratchpad;
    bench.commands.push_back(job.command);
    unsigned at = static_cast<unsigned>(contract::Requant::decode(job.command).acc_base / bank);
    for (const auto& tile : job.sums)
      for (unsigned b = 0; b < tile.size() / (bank * word); ++b) {
        bench.fills.push_back({at, {tile.begin() + b * bank * word, tile.begin() + (b + 1) * bank * word}});
        at = (at + 1) % 4;
      }
    reference.sum = [&job](unsigned tile, unsigned offset, unsigned lane) { return job.sums[tile][offset * word + lane]; };
    reference.run(job.command);
    words.push_back(reference.words_written - before);
    for (unsigned i = 0; i < size; ++i)
      if (reference.scratchpad[i] != old[i]) writer[i] = &job;
  }
  bench.run();
  for (unsigned i = 0; i < 3; ++i) bench.step();
  bench.settle();
  REQUIRE_FALSE(bench.error.has_value());
  REQUIRE(bench.writes - first_write == words.back());
  REQUIRE(bench.taken == bench.given);
  REQUIRE(bench.fills.empty());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (words[i] > 0) REQUIRE(bench.done[first_done + i] > bench.write_cycles[first_write + words[i] - 1]);
  for (unsigned address = 0; address < size; ++address)
    if (bench.scratchpad[address] != reference.scratchpad[address]) {
      std::string text;
      for (const Job& job : jobs) text += (&job == writer[address] ? "\n* " : "\n  ") + describe(job.command);
      FAIL("byte " << address << ": expected " << int{static_cast<std::int8_t>(reference.scratchpad[address])} << ", got "
                   << int{static_cast<std::int8_t>(bench.scratchpad[address])} << ", after (* wrote it)" << text);
    }
}

inline void fill(TheBench& bench, Random& random) {
  for (std::uint8_t& byte : bench.scratchpad) byte = static_cast<std::uint8_t>(random.bits());
  for (unsigned i = 0; i < records_bytes / 16; ++i) random.record(&bench.scratchpad[records_base + 16 * i]);
}


inline void put_record(TheBench& bench, unsigned address, std::int32_t bias, std::uint32_t multiplier, int shift, int zero, int low, int high) {
  std::uint8_t* bytes = &bench.scratchpad[address];
  std::memset(bytes, 0, 16);
  std::memcpy(bytes, &bias, 4);
  std::memcpy(bytes + 4, &multiplier, 4);
  bytes[8] = static_cast<std::uint8_t>(shift);
  bytes[9] = static_cast<std::uint8_t>(zero);
  bytes[10] = static_cast<std::uint8_t>(low);
  bytes[11] = static_cast<std::uint8_t>(high);
}

/// A REQUANT of `words` accumulator words, all of whose places are known.
inline contract::Requant plain_requant(unsigned words, unsigned out_base = 0) {
  contract::Requant c;
  c.out_w = words;
  c.pix_step = word;
  c.row_step = words * word;
  c.row_bytes = 0xffffff;
  c.last_lanes = word;
  c.out_base = out_base;
  c.param_base = records_base;
  return c;
}

}  // namespace twill::post_test
