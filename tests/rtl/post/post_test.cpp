// SPDX-License-Identifier: Apache-2.0
// The post engine against the plain model: random and directed commands, rates, errors. One program per word size.
#include "bench.hpp"
#include "catch.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <iostream>

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

using namespace twill;
using namespace twill::post_test;

namespace {

constexpr unsigned word = POST_WORD, size = 32768, acc_words = POST_ACC_WORDS, bank = acc_words / 4;
using TheBench = Bench<POST_MODEL, word, size, acc_words>;

std::uint32_t seed() {
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

std::string describe(const contract::Command& c) {
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
void compare(TheBench& bench, Reference& reference, const std::vector<Job>& jobs) {
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

void fill(TheBench& bench, Random& random) {
  for (std::uint8_t& byte : bench.scratchpad) byte = static_cast<std::uint8_t>(random.bits());
  for (unsigned i = 0; i < records_bytes / 16; ++i) random.record(&bench.scratchpad[records_base + 16 * i]);
}

void random_commands(Job (Generator::*make)(), unsigned rounds, unsigned grants) {
  Generator generator(seed() + word);
  TheBench bench(generator.random.bits());
  Reference reference;
  bench.grant_percent = grants;
  fill(bench, generator.random);
  for (unsigned round = 0; round < rounds; ++round) {
    bench.offer_percent = round % 3 ? 100 : 20;
    bench.fill_percent = round % 2 ? 100 : 10;
    std::vector<Job> jobs;
    for (int i = 0; i < 8; ++i) jobs.push_back((generator.*make)());
    INFO("round " << round);
    compare(bench, reference, jobs);
  }
}

}  // namespace

TEST_CASE("REQUANT, random, every grant given") { random_commands(&Generator::requant, 60, 100); }
TEST_CASE("REQUANT, random, grants withheld") { random_commands(&Generator::requant, 60, 55); }
TEST_CASE("ADD, random") { random_commands(&Generator::add, 80, 100); random_commands(&Generator::add, 80, 50); }
TEST_CASE("MUL, random") { random_commands(&Generator::mul, 80, 100); random_commands(&Generator::mul, 80, 50); }
TEST_CASE("POOL, random") { random_commands(&Generator::pool, 80, 100); random_commands(&Generator::pool, 80, 50); }
TEST_CASE("LOOKUP, random") { random_commands(&Generator::lookup, 80, 100); random_commands(&Generator::lookup, 80, 50); }
TEST_CASE("MOVE, random") { random_commands(&Generator::move, 80, 100); random_commands(&Generator::move, 80, 50); }
TEST_CASE("All commands back to back, random") { random_commands(&Generator::any, 120, 100); random_commands(&Generator::any, 120, 70); random_commands(&Generator::any, 60, 20); }

// ---------------------------------------------------------------------------------------------------------- directed
namespace {

void put_record(TheBench& bench, unsigned address, std::int32_t bias, std::uint32_t multiplier, int shift, int zero, int low, int high) {
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
contract::Requant plain_requant(unsigned words, unsigned out_base = 0) {
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

}  // namespace

TEST_CASE("Requantizer lanes at every shift and at the corners of every field") {
  const std::int64_t e30 = 1 << 30, top = 0x7fffffff;
  const std::int32_t sums[] = {0, 1, -1, 2, -2, 3, -3, 127, -128, 255, -255, 65535, -65536, 1000003, -1000003, static_cast<std::int32_t>(e30),
                               static_cast<std::int32_t>(-e30), static_cast<std::int32_t>(e30 - 1), static_cast<std::int32_t>(e30 + 1), static_cast<std::int32_t>(top),
                               static_cast<std::int32_t>(top - 1), static_cast<std::int32_t>(-top - 1), static_cast<std::int32_t>(-top)};
  const std::uint32_t multipliers[] = {0, 0x40000000u, 0x40000001u, 0x5a827999u, 0x60000000u, 0x7ffffffeu, 0x7fffffffu};
  const std::int32_t biases[] = {0, 1, -1, static_cast<std::int32_t>(e30), static_cast<std::int32_t>(-e30), static_cast<std::int32_t>(e30 - 1), static_cast<std::int32_t>(1 - e30), 12345};
  TheBench bench(seed());
  Reference reference;
  Random random(seed());
  unsigned lane = 0, set = 0;
  std::vector<Job> jobs;
  const auto flush = [&] {
    compare(bench, reference, jobs);
    jobs.clear();
    lane = set = 0;
  };
  for (int shift = -31; shift <= 30; ++shift)
    for (std::uint32_t multiplier : multipliers)
      for (std::int32_t bias : biases) {
        // Zero points and limits turn with the rest; ties come from the powers of two in `sums` with multiplier 2^30.
        const int zero = static_cast<int>(random.in(-128, 127)), low = random.percent(70) ? -128 : static_cast<int>(random.in(-128, 127));
        put_record(bench, records_base + (set * word + lane) * 16, bias, multiplier, shift, zero, low, random.percent(70) ? 127 : std::max(low, 5));
        if (++lane < word) continue;
        lane = 0;
        contract::Requant c = plain_requant(std::size(sums), set * std::size(sums) * word % half);
        c.param_base = records_base + set * word * 16;
        c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
        c.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
        Job job{c.encode(), {std::vector<std::int32_t>((std::size(sums) + bank - 1) / bank * bank * word)}};
        for (unsigned i = 0; i < std::size(sums); ++i)
          for (unsigned l = 0; l < word; ++l) job.sums[0][i * word + l] = sums[i];
        jobs.push_back(job);
        // The banks of a command begin at bank 0: hand them over one command at a time.
        ++set;
        flush();
      }
}

TEST_CASE("MEAN over windows of up to 255 x 255 taps and AVERAGE at their extremes") {
  TheBench bench(seed());
  Reference reference;
  fill(bench, *std::make_unique<Random>(seed()));
  std::vector<Job> jobs;
  const int values[] = {-128, 127, 0, 1};
  unsigned turn = 0;
  for (unsigned kernel : {255u, 254u, 181u, 17u})
    for (std::uint32_t mode : {1u, 2u}) {
      contract::Pool c;
      c.mode = mode;
      c.in_rows = c.in_cols = c.kernel_y = c.kernel_x = kernel;
      c.in_row_pitch = 1;                                 // the image overlaps itself: many taps from few bytes
      c.in_pix_pitch = 1;
      c.out_h = c.out_w = c.stride_y = c.stride_x = 1;
      c.channels = word;
      c.out_base = half + 64 * turn;
      c.min = -128;
      c.max = 127;
      c.multiplier = 0x7fffffff;
      c.shift = -16;
      c.bias = -3 * static_cast<std::int32_t>(kernel * kernel);
      c.out_zero = 3;
      c.in_base = (turn % 2) * 1024;
      jobs.push_back({c.encode(), {}});
      ++turn;
    }
  for (int value : values) {
    std::fill_n(bench.scratchpad.begin(), 1024, static_cast<std::uint8_t>(value));
    compare(bench, reference, jobs);
  }
}

// -------------------------------------------------------------------------------------------------------------- rates
namespace {

/// Cycles from the first to the last write of the commands, and how many words those were.
std::pair<std::uint64_t, std::uint64_t> write_span(TheBench& bench) { return {bench.write_cycles.back() - bench.write_cycles.front() + 1, bench.writes}; }

std::uint64_t one_command_span(const contract::Command& command) {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  bench.commands.push_back(command);
  bench.run();
  const auto [cycles, words] = write_span(bench);
  std::cout << "  " << words << " words in " << cycles << " cycles\n";
  return cycles;
}

/// Cycles in which nothing is read between the last read of one command and the first read of the next.
std::uint64_t idle_between(const contract::Command& command, std::uint64_t reads_of_one) {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  bench.commands = {command, command, command};
  bench.run();
  REQUIRE(bench.read_cycles.size() == 3 * reads_of_one);
  std::uint64_t longest = 0;
  for (unsigned k = 1; k < 3; ++k) longest = std::max(longest, bench.read_cycles[k * reads_of_one] - bench.read_cycles[k * reads_of_one - 1] - 1);
  std::cout << "  " << longest << " cycles between commands\n";
  return longest;
}

}  // namespace

TEST_CASE("REQUANT writes a word a cycle, tiles follow without a gap, and so do commands") {
  // A tile of at least 20 words hides the fetch of the next records.
  contract::Requant c = plain_requant(bank);
  c.tiles = std::min(4u, records_bytes / (word * 16));
  c.n_step = bank * word;
  const std::uint64_t words = bank * c.tiles;
  if (bank >= 20) CHECK(one_command_span(c.encode()) == words);

  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  for (unsigned i = 0; i < 4; ++i) bench.commands.push_back(c.encode());
  bench.run();
  std::uint64_t longest = 0;
  for (std::size_t i = words; i < bench.acc_cycles.size(); i += words) longest = std::max(longest, bench.acc_cycles[i] - bench.acc_cycles[i - 1] - 1);
  std::cout << "  " << longest << " cycles between commands, records fetched ahead\n";
  if (bank >= 24) CHECK(longest <= 2);
  CHECK(bench.acc_cycles.size() == 4 * words);
  // Accumulator read granted to scratchpad write.
  CHECK(bench.write_cycles.front() - bench.acc_cycles.front() == 5);
}

TEST_CASE("ADD takes three cycles a word, MUL two, LOOKUP and MOVE one, a run shorter than a word one") {
  contract::Add add;
  add.run = 100 * word;
  add.out_base = half;
  add.left_shift = 20;
  CHECK(one_command_span(add.encode()) <= 300);
  CHECK(idle_between(add.encode(), 200) <= 9);            // the last sum goes round once more
  contract::Mul mul;
  mul.run = 100 * word;
  mul.out_base = half;
  CHECK(one_command_span(mul.encode()) <= 200);
  CHECK(idle_between(mul.encode(), 200) <= 6);
  contract::Lookup lookup;
  lookup.run = 100 * word;
  lookup.out_base = half;
  lookup.table_base = tables_base;
  CHECK(one_command_span(lookup.encode()) == 100);
  lookup.keep_table = 1;
  CHECK(idle_between(lookup.encode(), 100) <= 6);
  contract::Move move;
  move.run = 100 * word;
  move.out_base = half;
  CHECK(one_command_span(move.encode()) == 100);
  CHECK(idle_between(move.encode(), 100) <= 6);
  move.run = 3;
  move.count0 = 10;
  move.count1 = 30;
  move.in_stride0 = -7;
  move.in_base = 9 * 7;
  move.in_stride1 = 3;
  move.out_stride0 = 3;
  move.out_stride1 = 30;
  CHECK(one_command_span(move.encode()) == 300);
}

TEST_CASE("POOL takes a cycle a tap, and one division a change of the number of taps") {
  contract::Pool c;
  c.in_rows = c.in_cols = 9;
  c.in_pix_pitch = word;
  c.in_row_pitch = 9 * word;
  c.channels = word;
  c.kernel_y = c.kernel_x = 3;
  c.stride_y = c.stride_x = 2;
  c.out_h = c.out_w = 4;
  c.out_pix_pitch = word;
  c.out_row_pitch = 4 * word;
  c.out_base = half;
  c.min = -128;
  c.max = 127;
  const std::uint64_t taps = 16 * 9;
  CHECK(one_command_span(c.encode()) == taps - 8);        // from the last tap of the first window on
  CHECK(idle_between(c.encode(), taps) <= 8);             // the first window is clipped in two cycles
  c.mode = 1;
  CHECK(one_command_span(c.encode()) == taps - 8);
  c.y_start = c.x_start = -1;                             // 4 taps, then 6, 6, 6, then 6, 9, 9, 9 in each of three rows
  c.out_h = c.out_w = 4;
  const std::uint64_t changes = 1 + 1 + 2 + 1 + 1 + 1;    // 4-6, (6)-6, 6-9, 9-6-9, 9-6-9
  const std::uint64_t span = one_command_span(c.encode());
  CHECK(span <= 4 + 3 * 6 + 3 * (6 + 27) + 34 * changes);
}

// ------------------------------------------------------------------------------------------------------------- errors
namespace {

template <class C>
void refused(const C& command, contract::Error expected, std::optional<std::uint32_t> info = std::nullopt) {
  TheBench bench(seed());
  bench.grant_percent = 70;
  contract::Move before;                                  // work in flight is finished, what comes after is not begun
  before.run = 64;
  before.out_base = half;
  before.fill = 1;
  before.value = 0x5a;
  bench.commands = {before.encode(), command.encode(), before.encode()};
  bench.run(100000);
  for (int i = 0; i < 60; ++i) bench.step();
  bench.settle();
  REQUIRE(bench.error.has_value());
  CHECK(contract::name(static_cast<contract::Error>(*bench.error)) == contract::name(expected));
  if (info) CHECK(bench.error_info == *info);
  CHECK(bench.done.size() == 1);
  CHECK(bench.accepted.size() == 2);
  for (unsigned i = 0; i < 64; ++i) REQUIRE(bench.scratchpad[half + i] == 0x5a);
}

}  // namespace

TEST_CASE("fields that do not fit the machine or each other are refused as bad_field") {
  using contract::Error;
  contract::Requant q = plain_requant(4);
  q.last_lanes = word + 1;
  refused(q, Error::bad_field);
  q = plain_requant(4);
  q.param_base = records_base + 1;
  refused(q, Error::bad_field);
  q = plain_requant(4);
  q.acc_base = 1;
  refused(q, Error::bad_field);
  q.acc_base = acc_words;
  refused(q, Error::bad_field);
  q = plain_requant(acc_words / 2);
  q.out_h = 3;
  refused(q, Error::bad_field);
  contract::Add a;
  a.b_shift = 32;
  refused(a, Error::bad_field);
  contract::Mul m;
  m.out_shift = 31;
  refused(m, Error::bad_field);
  m.out_shift = -32;
  refused(m, Error::bad_field);
  contract::Lookup l;
  l.table_base = tables_base + 1;
  refused(l, Error::bad_field);
  contract::Pool p;
  p.in_rows = p.in_cols = p.out_h = p.out_w = p.kernel_y = p.kernel_x = 2;
  p.channels = 1;
  for (int turn = 0; turn < 8; ++turn) {
    contract::Pool bad = p;
    if (turn == 0) bad.mode = 3;
    if (turn == 1) bad.out_h = 0;
    if (turn == 2) bad.out_w = 0;
    if (turn == 3) bad.channels = 0;
    if (turn == 4) bad.kernel_y = 0;
    if (turn == 5) bad.kernel_x = 0;
    if (turn == 6) bad.mode = 2, bad.shift = 31;
    if (turn == 7) bad.x_start = 2;                       // a window beside the image
    refused(bad, Error::bad_field);
  }
}

TEST_CASE("a byte outside the scratchpad is refused before it is touched; bytes beyond a run or masked are not looked at") {
  using contract::Error;
  contract::Move m;
  m.run = 2 * word + 1;
  m.in_base = size - 2 * word;
  refused(m, Error::address_range, size);
  m.in_base = 0;
  m.out_base = size - word;
  refused(m, Error::address_range, size);
  m.out_base = 0;
  m.run = 1;
  m.count0 = 2;
  m.in_base = 5;
  m.in_stride0 = -6;
  refused(m, Error::address_range, 0xffffff);
  contract::Add a;
  a.run = 2;
  a.b_base = size - 1;
  refused(a, Error::address_range, size - 1);
  a.b_base = 0;
  a.out_base = size - 1;
  refused(a, Error::address_range, size - 1);
  contract::Mul u;
  u.a_base = size;
  refused(u, Error::address_range, size);
  contract::Lookup l;
  l.table_base = size - 128;
  refused(l, Error::address_range, size);
  l.table_base = 0;
  l.in_base = size;
  refused(l, Error::address_range, size);
  contract::Pool p;
  p.in_rows = p.in_cols = p.out_h = p.out_w = p.kernel_y = p.kernel_x = 1;
  p.channels = word;
  p.in_base = size - word + 1;
  refused(p, Error::address_range, size - word + 1);
  contract::Requant q = plain_requant(4, size - 4 * word + 1);
  refused(q, Error::address_range, size - word + 1);
  q = plain_requant(4);
  q.param_base = size - 15 * word;
  refused(q, Error::address_range, size - 15 * word);
  q.param_base = size - 16 * word;                        // fits; the second tile's records do not
  q.tiles = 2;
  refused(q, Error::address_range, size);

  // The last byte, and words whose trailing lanes lie outside.
  Generator generator(seed());
  TheBench bench(seed());
  Reference reference;
  fill(bench, generator.random);
  m = contract::Move{};
  m.run = 1;
  m.in_base = size - 1;
  contract::Move to_end;
  to_end.run = 3;
  to_end.out_base = size - 3;
  p.in_base = size - 1;
  p.channels = 1;
  p.min = -128;
  p.max = 127;
  p.out_base = 16;
  compare(bench, reference, {{m.encode(), {}}, {to_end.encode(), {}}, {p.encode(), {}}});
  // Rows end at the last byte; the lanes beyond row_bytes are masked.
  q = plain_requant(4, size - 4 * word + 2);
  q.row_bytes = 4 * word - 2;
  q.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
  q.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
  compare(bench, reference, {{q.encode(), {std::vector<std::int32_t>(bank * word, 77)}}});
}

TEST_CASE("the four states of a cycle add up, and name what the engine waits for") {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  for (int i = 0; i < 20; ++i) bench.step();
  CHECK(bench.state_cycles[0] == 20);
  contract::Requant c = plain_requant(bank);
  c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
  bench.commands.push_back(c.encode());
  for (int i = 0; i < 200; ++i) bench.step();             // nobody fills the bank
  CHECK(bench.state_cycles[2] > 150);
  bench.fills.push_back({0, std::vector<std::int32_t>(bank * word)});
  bench.run();
  CHECK(bench.state_cycles[1] >= bank);
  CHECK(bench.state_cycles[0] + bench.state_cycles[1] + bench.state_cycles[2] + bench.state_cycles[3] == bench.cycle);
}
