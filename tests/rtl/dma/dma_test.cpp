// SPDX-License-Identifier: Apache-2.0
// The DMA engines against plain loops over bytes: random strided moves with stalls everywhere, errors, and the rates the
// documentation promises.
#include "Vdma_16.h"
#include "Vdma_32.h"
#include "Vdma_4.h"
#include "Vdma_64.h"
#include "Vdma_8.h"
#include "bench.hpp"

namespace {

using twill::contract::Command;
using twill::contract::Error;
using twill::contract::Fill;
using twill::contract::Load;
using twill::contract::Store;

/// One side of a move.
struct Walk {
  std::int64_t base = 0;
  std::array<std::int64_t, 4> count{1, 1, 1, 1};   // run, then counts inner to outer
  std::array<std::int64_t, 4> stride{1, 0, 0, 0};

  std::int64_t total() const { return count[0] * count[1] * count[2] * count[3]; }
  std::vector<std::size_t> addresses() const {
    std::vector<std::size_t> out;
    for (std::int64_t k = 0; k < count[3]; ++k)
      for (std::int64_t j = 0; j < count[2]; ++j)
        for (std::int64_t i = 0; i < count[1]; ++i)
          for (std::int64_t b = 0; b < count[0]; ++b)
            out.push_back(static_cast<std::size_t>(base + k * stride[3] + j * stride[2] + i * stride[1] + b));
    return out;
  }
};

Walk contiguous(std::int64_t base, std::int64_t run) { return {base, {run, 1, 1, 1}, {1, 0, 0, 0}}; }

/// A command of type Load or Store with these two sides.
template <typename C>
C move(const Walk& local, const Walk& dram) {
  C c;
  c.local_base = static_cast<std::uint32_t>(local.base);
  c.local_run = static_cast<std::uint32_t>(local.count[0]);
  c.local_count0 = static_cast<std::uint32_t>(local.count[1]);
  c.local_count1 = static_cast<std::uint32_t>(local.count[2]);
  c.local_count2 = static_cast<std::uint32_t>(local.count[3]);
  c.local_stride0 = static_cast<std::int32_t>(local.stride[1]);
  c.local_stride1 = static_cast<std::int32_t>(local.stride[2]);
  c.local_stride2 = static_cast<std::int32_t>(local.stride[3]);
  c.dram_base = Dram<Vdma_4>::base + static_cast<std::uint64_t>(dram.base);
  c.dram_run = static_cast<std::uint32_t>(dram.count[0]);
  c.dram_count0 = static_cast<std::uint32_t>(dram.count[1]);
  c.dram_count1 = static_cast<std::uint32_t>(dram.count[2]);
  c.dram_count2 = static_cast<std::uint32_t>(dram.count[3]);
  c.dram_stride0 = static_cast<std::int32_t>(dram.stride[1]);
  c.dram_stride1 = static_cast<std::int32_t>(dram.stride[2]);
  c.dram_stride2 = static_cast<std::int32_t>(dram.stride[3]);
  if constexpr (std::is_same_v<C, Store>) c.queue = twill::contract::Queue::store;
  return c;
}

Fill fill(const Walk& local, unsigned value) {
  Fill c;
  c.value = value;
  c.local_base = static_cast<std::uint32_t>(local.base);
  c.local_run = static_cast<std::uint32_t>(local.count[0]);
  c.local_count0 = static_cast<std::uint32_t>(local.count[1]);
  c.local_count1 = static_cast<std::uint32_t>(local.count[2]);
  c.local_count2 = static_cast<std::uint32_t>(local.count[3]);
  c.local_stride0 = static_cast<std::int32_t>(local.stride[1]);
  c.local_stride1 = static_cast<std::int32_t>(local.stride[2]);
  c.local_stride2 = static_cast<std::int32_t>(local.stride[3]);
  return c;
}

/// Random moves and what they do to plain arrays of bytes.
template <typename Chip>
class Moves {
 public:
  /// Loads read the lower quarter of DRAM, stores write the next, or the other way round.
  explicit Moves(Bench<Chip>& bench, bool load_upper = false)
      : load_from_(load_upper ? 0x40000 : 0), store_to_(load_upper ? 0 : 0x40000), bench_(bench),
        dram(bench.dram.bytes), scratchpad(bench.scratchpad.bytes), accumulators(bench.accumulators.bytes) {}

  Command random_load() {
    const bool acc = chance(30), add = chance(acc ? 50 : 15), ints = acc || add;
    std::vector<std::uint8_t>& local = acc ? accumulators : scratchpad;
    const auto half = static_cast<std::int64_t>(local.size() / 2);
    if (chance(15)) {
      const Walk to = walk(factors(), 0, half, acc ? 4 : 1);
      Fill c = fill(to, below(256));
      c.space = acc;
      for (const auto a : to.addresses()) local[a] = static_cast<std::uint8_t>(c.value);
      return c.encode();
    }
    const auto f = factors();
    const Walk to = walk(f, 0, half, ints ? 4 : 1);
    // Sums are mostly aligned in DRAM too, but need not be.
    const Walk from = walk(f, load_from_, load_from_ + 0x40000, ints && chance(70) ? 4 : 1, to.total());
    Load c = move<Load>(to, from);
    c.space = acc;
    c.add = add;
    const auto source = from.addresses(), target = to.addresses();
    for (std::size_t i = 0; i < target.size(); i += add ? 4 : 1) {
      if (!add) {
        local[target[i]] = dram[source[i]];
        continue;
      }
      std::uint32_t sum = 0;
      for (unsigned b = 0; b < 4; ++b) sum += (std::uint32_t{local[target[i] + b]} + dram[source[i + b]]) << (8 * b);
      for (unsigned b = 0; b < 4; ++b) local[target[i] + b] = static_cast<std::uint8_t>(sum >> (8 * b));
    }
    loaded_bytes += target.size();
    return c.encode();
  }

  Command random_store() {
    const bool acc = chance(30);
    const std::vector<std::uint8_t>& local = acc ? accumulators : scratchpad;
    const auto size = static_cast<std::int64_t>(local.size());
    const auto f = factors();
    const Walk from = walk(f, size / 2, size, acc ? 4 : 1);
    const Walk to = walk(f, store_to_, store_to_ + 0x40000, 1, from.total());
    Store c = move<Store>(from, to);
    c.space = acc;
    if (chance(50)) {
      c.slots.tile_signal.code = 32 + below(32);
      gives.push_back(c.slots.tile_signal.code - 32);
    }
    const auto source = from.addresses(), target = to.addresses();
    for (std::size_t i = 0; i < target.size(); ++i) dram[target[i]] = local[source[i]];
    stored_bytes += target.size();
    return c.encode();
  }

  void compare() {
    compare("scratchpad", bench_.scratchpad.bytes, scratchpad);
    compare("accumulators", bench_.accumulators.bytes, accumulators);
    // the mark ring is the bench's own
    compare("DRAM", {bench_.dram.bytes.begin(), bench_.dram.bytes.begin() + 0x80000}, {dram.begin(), dram.begin() + 0x80000});
  }

  std::uint64_t loaded_bytes = 0, stored_bytes = 0;
  std::vector<unsigned> gives;

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(bench_.random() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }

  std::vector<std::int64_t> factors() {
    std::vector<std::int64_t> out;
    const std::int64_t most = 1 + below(below(4) ? 200 : 2000);
    for (std::int64_t total = 1;;) {
      const std::int64_t f = std::array<std::int64_t, 9>{2, 2, 3, 4, 5, 7, 8, 13, 16}[below(9)];
      if (total * f > most) return out;
      out.push_back(f);
      total *= f;
    }
  }

  /// A walk within [low, high) over `total` bytes, or where that is 0 over the product of the factors (times 4 where the run is to
  /// be a multiple of 4). The factors are dealt out to the run and the counts.
  Walk walk(const std::vector<std::int64_t>& factors, std::int64_t low, std::int64_t high, std::int64_t align, std::int64_t total = 0) {
    Walk w;
    const unsigned shape = below(3);  // one run; a run and a count; all four
    for (const auto f : factors) w.count[shape == 0 ? 0 : shape == 1 ? below(2) : below(4)] *= f;
    if (align == 4 && w.count[0] % 4 != 0) w.count[0] *= 4;
    if (total && total % w.total() == 0) w.count[0] *= total / w.total();
    if (total && w.total() != total) w.count = {total, 1, 1, 1};
    if (w.count[0] > (high - low) / 4) return walk({}, low, high, align, total);
    std::int64_t before = 0, after = 0;
    for (unsigned d = 1; d < 4; ++d) {
      const std::int64_t span = (high - low - w.count[0]) / 4 / std::max<std::int64_t>(1, w.count[d] - 1);
      const std::int64_t tight = w.count[0] * (d > 1 ? w.count[1] : 1);
      if (chance(40) && tight <= span) w.stride[d] = tight;
      else w.stride[d] = (static_cast<std::int64_t>(bench_.random() % static_cast<std::uint64_t>(2 * span + 1)) - span) / align * align;
      (w.stride[d] < 0 ? before : after) += std::abs(w.stride[d]) * (w.count[d] - 1);
    }
    const std::int64_t room = high - low - before - after - w.count[0];
    REQUIRE(room >= 0);
    w.base = (low + before + static_cast<std::int64_t>(bench_.random() % static_cast<std::uint64_t>(room + 1)) + align - 1) / align * align;
    if (w.base > low + before + room) w.base -= align;
    return w;
  }

  static void compare(const char* what, const std::vector<std::uint8_t>& got, const std::vector<std::uint8_t>& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (got[i] == expected[i]) continue;
      INFO(what << " byte " << i);
      REQUIRE(static_cast<int>(got[i]) == static_cast<int>(expected[i]));
    }
  }

  const std::int64_t load_from_, store_to_;
  Bench<Chip>& bench_;

 public:
  std::vector<std::uint8_t> dram, scratchpad, accumulators;
};

template <typename Chip>
void random_moves(unsigned word, int rounds, std::uint64_t seed) {
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    Bench<Chip> bench(word, seed * 1000 + static_cast<std::uint64_t>(round));
    Moves<Chip> moves(bench, round % 2);
    switch (round % 4) {
      case 0: break;  // nothing stalls
      case 1: bench.dram.timing = {1, 40, 60, 60}; bench.grant = 60; bench.offer = 20; break;
      case 2: bench.dram.timing = {100, 130, 100, 100}; bench.grant = 90; break;
      case 3: bench.dram.timing = {1, 5, 30, 90}; bench.grant = 30; break;
    }
    bench.dram.free_order = round % 2;
    bench.dram.ready_after_valid = round % 3 == 1;
    bench.fetches = round % 3 ? 20 : 0;
    if (round % 2 == 0) bench.fetch_from = 0x18000;   // in what loads read
    bench.marks = round % 3 ? 10 : 0;
    const bool alone = round % 5 == 4;  // one command at a time: its effects are complete when done says so
    for (int i = 0; i < 40; ++i) {
      bench.load.commands.push_back(moves.random_load());
      bench.store.commands.push_back(moves.random_store());
      if (!alone) continue;
      while (bench.load.done <= static_cast<unsigned>(i) || bench.store.done <= static_cast<unsigned>(i)) {
        REQUIRE_FALSE(bench.load.error);
        REQUIRE_FALSE(bench.store.error);
        bench.step();
      }
      bench.scratchpad.settle(bench.cycle + 1);
      bench.accumulators.settle(bench.cycle + 1);
      moves.compare();
    }
    bench.finish();
    moves.compare();
    CHECK(bench.load.bytes == moves.loaded_bytes);
    CHECK(bench.store.bytes == moves.stored_bytes);
    CHECK(bench.store.give_semaphores == moves.gives);
    if (bench.fetches) CHECK(bench.fetched > 0);
    if (bench.dram.free_order) CHECK(bench.dram.early_data > 0);
  }
}

/// Cycles from the acceptance of the first command to the completion of the last.
template <typename Chip>
std::uint64_t cycles(Bench<Chip>& bench, typename Bench<Chip>::Queue& queue) {
  bench.finish();
  return queue.last_done - queue.first_accepted;
}

template <typename Chip>
void expect_load_error(unsigned word, Error code, std::uint32_t info, const Command& bad) {
  Bench<Chip> bench(word, 3);
  bench.dram.timing = {20, 60, 80, 80};
  bench.grant = 70;
  Moves<Chip> moves(bench);
  for (int i = 0; i < 3; ++i) bench.load.commands.push_back(moves.random_load());
  bench.load.commands.push_back(bad);
  for (int i = 0; i < 2; ++i) bench.load.commands.push_back(move<Load>(contiguous(0, 64), contiguous(0, 64)).encode());
  while (!bench.load.error && bench.cycle < 20000) bench.step();
  REQUIRE(bench.load.error);
  CHECK(bench.load.error->first == static_cast<unsigned>(code));
  CHECK(bench.load.error->second == info);
  CHECK(bench.load.done == 3);  // what came before is complete, and the queue can name the command
  bench.fetches = 50;           // the engine has stopped, its data do not stand in the way of others
  for (int i = 0; i < 2000; ++i) bench.step();
  CHECK(bench.load.done == 3);
  CHECK(bench.fetched > 0);
  bench.fetches = 0;
  for (int i = 0; i < 500; ++i) bench.step();
  CHECK(bench.dram.quiet());
}

template <typename Chip>
void expect_store_error(unsigned word, Error code, std::uint32_t info, const Command& bad) {
  Bench<Chip> bench(word, 4);
  bench.dram.timing = {20, 60, 80, 80};
  bench.dram.refused_from = 0x70000;
  bench.dram.refused_to = 0x71000;
  Moves<Chip> moves(bench);
  std::vector<Command> good;
  for (int i = 0; i < 3; ++i) {
    good.push_back(move<Store>(contiguous(32768 + 100 * i, 500), contiguous(0x40003 + 1000 * i, 500)).encode());
    std::copy_n(moves.scratchpad.begin() + 32768 + 100 * i, 500, moves.dram.begin() + 0x40003 + 1000 * i);
  }
  bench.store.commands.assign(good.begin(), good.end());
  bench.store.commands.push_back(bad);
  bench.store.commands.push_back(move<Store>(contiguous(0, 64), contiguous(0x60000, 64)).encode());
  while (!bench.store.error && bench.cycle < 20000) bench.step();
  REQUIRE(bench.store.error);
  CHECK(bench.store.error->first == static_cast<unsigned>(code));
  CHECK(bench.store.error->second == info);
  CHECK(bench.store.done == 3);
  bench.marks = 50;  // the bus is free: no half burst is left on it
  for (int i = 0; i < 2000; ++i) bench.step();
  CHECK(bench.store.done == 3);
  CHECK(bench.marked > 0);
  bench.marks = 0;
  for (int i = 0; i < 500; ++i) bench.step();
  CHECK(bench.dram.quiet());
  for (int i = 0; i < 3; ++i) {
    CHECK(std::equal(moves.dram.begin() + 0x40003 + 1000 * i, moves.dram.begin() + 0x40003 + 1000 * i + 500,
                     bench.dram.bytes.begin() + 0x40003 + 1000 * i));
  }
}

}  // namespace

TEST_CASE("random moves, words of 4 bytes") { random_moves<Vdma_4>(4, 40, pins::seed("dma 4")); }
TEST_CASE("random moves, words of 8 bytes") { random_moves<Vdma_8>(8, 20, pins::seed("dma 8")); }
TEST_CASE("random moves, words of 16 bytes") { random_moves<Vdma_16>(16, 60, pins::seed("dma 16")); }
TEST_CASE("random moves, words of 32 bytes") { random_moves<Vdma_32>(32, 20, pins::seed("dma 32")); }
TEST_CASE("random moves, words of 64 bytes") { random_moves<Vdma_64>(64, 20, pins::seed("dma 64")); }

TEST_CASE("a 64 KiB load keeps 90 % of a word a cycle at 400 cycles of latency") {
  for (const int misaligned : {0, 5}) {
    Bench<Vdma_16> bench(16, 1);
    bench.dram.timing = {400, 400, 100, 100};
    const std::int64_t bytes = 65536 - 16;
    bench.load.commands.push_back(move<Load>(contiguous(3 * (misaligned != 0), bytes), contiguous(misaligned, bytes)).encode());
    const std::uint64_t taken = cycles(bench, bench.load);
    INFO("off by " << misaligned << ": " << taken << " cycles");
    CHECK(taken <= 4096 * 10 / 9);
  }
}

TEST_CASE("loads of 1 KiB follow each other without waiting for their data") {
  Bench<Vdma_16> bench(16, 1);
  bench.dram.timing = {100, 100, 100, 100};
  for (int i = 0; i < 32; ++i) bench.load.commands.push_back(move<Load>(contiguous(1024 * i, 1024), contiguous(1024 * i, 1024)).encode());
  const std::uint64_t taken = cycles(bench, bench.load);
  INFO(taken << " cycles");
  CHECK(taken <= 32 * 65 + 100 + 30);
}

TEST_CASE("bursts of one beat: 2 KiB in flight") {
  Bench<Vdma_16> bench(16, 1);
  bench.dram.timing = {100, 100, 100, 100};
  const Walk scattered{0, {16, 1000, 1, 1}, {1, 64, 0, 0}};
  bench.load.commands.push_back(move<Load>(contiguous(0, 16000), scattered).encode());
  const std::uint64_t load = cycles(bench, bench.load);
  INFO("load " << load << " cycles, " << bench.dram.most_reads << " bursts outstanding at most");
  CHECK(load <= 1000 + 100 + 30);
  Walk target = scattered;
  target.base = 0x40000;
  bench.store.commands.push_back(move<Store>(contiguous(0, 16000), target).encode());
  const std::uint64_t store = cycles(bench, bench.store);
  INFO("store " << store << " cycles, " << bench.dram.most_writes << " bursts outstanding at most");
  CHECK(store <= 1000 + 100 + 40);
  bench.dram.timing = {2000, 2000, 100, 100};
  bench.load.commands.push_back(move<Load>(contiguous(0, 16000), scattered).encode());
  bench.store.commands.push_back(move<Store>(contiguous(0, 16000), target).encode());
  bench.finish();
  CHECK(bench.dram.most_reads * 16 >= 2048);
  CHECK(bench.dram.most_writes * 16 >= 2048);
}

TEST_CASE("a 64 KiB store keeps 95 % of a word a cycle at 100 cycles of latency") {
  for (const int misaligned : {0, 5}) {
    Bench<Vdma_16> bench(16, 1);
    bench.dram.timing = {100, 100, 100, 100};
    const std::int64_t bytes = 65536 - 16;
    bench.store.commands.push_back(move<Store>(contiguous(3 * (misaligned != 0), bytes), contiguous(0x40000 + misaligned, bytes)).encode());
    const std::uint64_t taken = cycles(bench, bench.store);
    INFO("off by " << misaligned << ": " << taken << " cycles");
    CHECK(taken <= 4096 * 20 / 19);
  }
}

TEST_CASE("accumulators move at the rate of the memory port") {
  Bench<Vdma_16> bench(16, 1);
  bench.dram.timing = {100, 100, 100, 100};
  bench.load.commands.push_back(move<Load>(contiguous(0, 16384), contiguous(4, 16384)).encode());
  bench.load.commands.back().set_bits(104, 2, 1);
  CHECK(cycles(bench, bench.load) <= 1024 * 4 / 3 + 130);  // a beat that straddles two words takes two cycles
  bench.store.commands.push_back(move<Store>(contiguous(0, 16384), contiguous(0x40000, 16384)).encode());
  bench.store.commands.back().set_bits(104, 2, 1);
  CHECK(cycles(bench, bench.store) <= 1024 + 100 + 40);
}

TEST_CASE("a fill writes a word a cycle") {
  Bench<Vdma_16> bench(16, 1);
  bench.load.commands.push_back(fill(contiguous(7, 32768), 9).encode());
  CHECK(cycles(bench, bench.load) <= 2049 + 8);
}

TEST_CASE("the source may be overwritten once tile_signal is given") {
  Bench<Vdma_16> bench(16, 5);
  bench.dram.timing = {300, 300, 50, 100};
  bench.grant = 50;
  const auto before = bench.scratchpad.bytes;
  auto command = move<Store>(contiguous(1001, 5000), contiguous(0x40007, 5000));
  command.slots.tile_signal.code = 32 + 17;
  bool overwritten = false;
  bench.on_give = [&] {
    for (auto& byte : bench.scratchpad.bytes) byte ^= 0xff;
    overwritten = true;
    CHECK(bench.store.done == 0);
  };
  bench.store.commands.push_back(command.encode());
  bench.finish();
  CHECK(overwritten);
  CHECK(bench.store.give_semaphores == std::vector<unsigned>{17});
  CHECK(std::equal(before.begin() + 1001, before.begin() + 6001, bench.dram.bytes.begin() + 0x40007));
}

TEST_CASE("an address out of its space stops the engine") {
  expect_load_error<Vdma_16>(16, Error::address_range, 65536, move<Load>(contiguous(65000, 1000), contiguous(0, 1000)).encode());
  expect_load_error<Vdma_4>(4, Error::address_range, 70000, move<Load>(contiguous(70000, 10), contiguous(0, 10)).encode());
  expect_load_error<Vdma_4>(4, Error::address_range, 0xfffff0, move<Load>({0, {16, 2, 1, 1}, {1, -16, 0, 0}}, contiguous(3, 32)).encode());
  expect_load_error<Vdma_16>(16, Error::address_range, 65536, fill(contiguous(65520, 17), 1).encode());
  auto sums = move<Load>(contiguous(256 * 64 - 4, 8), contiguous(0, 8));
  sums.space = 1;
  expect_load_error<Vdma_16>(16, Error::address_range, 256 * 64, sums.encode());
  expect_store_error<Vdma_16>(16, Error::address_range, 65536, move<Store>(contiguous(65000, 1000), contiguous(0x50000, 1000)).encode());
  auto store = move<Store>(contiguous(4096, 4), contiguous(0x50000, 4));
  store.space = 1;
  expect_store_error<Vdma_4>(4, Error::address_range, 4096, store.encode());
  for (const unsigned space : {0u, 1u}) {   // each bit of the address for itself
    for (unsigned bit = space ? 14 : 16; bit < 24; ++bit) {
      CAPTURE(space, bit);
      auto load = move<Load>(contiguous(1 << bit, 8), contiguous(0, 8));
      store = move<Store>(contiguous(1 << bit, 8), contiguous(0x50000, 8));
      load.space = store.space = space;
      expect_load_error<Vdma_16>(16, Error::address_range, 1u << bit, load.encode());
      expect_store_error<Vdma_16>(16, Error::address_range, 1u << bit, store.encode());
    }
  }
}

TEST_CASE("two sides of different length stop the engine") {
  for (const int more : {-8, 8, -1, 1, 3}) {
    INFO("DRAM side longer by " << more);
    expect_load_error<Vdma_16>(16, Error::walk_mismatch, 0, move<Load>(contiguous(0, 200), contiguous(5, 200 + more)).encode());
    expect_store_error<Vdma_4>(4, Error::walk_mismatch, 0, move<Store>(contiguous(0, 200), contiguous(0x50005, 200 + more)).encode());
    auto sums = move<Load>(contiguous(0, 200), contiguous(6, 200 + more));
    sums.add = 1;
    expect_load_error<Vdma_4>(4, Error::walk_mismatch, 0, sums.encode());
    sums.space = 1;
    expect_load_error<Vdma_16>(16, Error::walk_mismatch, 0, sums.encode());
  }
}

TEST_CASE("a stream that ends inside a sum takes nothing of the next") {
  for (const bool acc : {false, true}) {
    for (const int more : {-1, -2, -3}) {
      for (const int next : {0x2000, 0x2003}) {
        INFO((acc ? "accumulators, " : "scratchpad, ") << more << " bytes, then from " << next);
        Bench<Vdma_16> bench(16, 9);
        for (int i = 0; i < 3; ++i) {   // the last two arrive back to back
          auto sums = move<Load>(contiguous(64 * i, 8), contiguous(i == 2 ? next : 0x1000 * i, i == 1 ? 8 + more : 8));
          sums.space = acc;
          sums.add = !acc;
          bench.load.commands.push_back(sums.encode());
        }
        while (!bench.load.error && bench.cycle < 1000) bench.step();
        REQUIRE(bench.load.error);
        CHECK(bench.load.error->first == static_cast<unsigned>(Error::walk_mismatch));
        CHECK(bench.load.done == 1);
      }
    }
  }
}

TEST_CASE("sums must be aligned") {
  for (const unsigned which : {0u, 1u, 2u}) {
    auto sums = move<Load>({64, {8, 2, 1, 1}, {1, 16, 0, 0}}, contiguous(0, 16));
    sums.space = 1;
    if (which == 0) sums.local_base = 66;
    if (which == 1) sums.local_run = 6;
    if (which == 2) sums.local_stride0 = -13;
    expect_load_error<Vdma_16>(16, Error::bad_field, 0, sums.encode());
    sums.space = 0;
    sums.add = 1;
    expect_load_error<Vdma_4>(4, Error::bad_field, 0, sums.encode());
  }
  auto store = move<Store>(contiguous(64, 6), contiguous(0x50000, 6));
  store.space = 1;
  expect_store_error<Vdma_16>(16, Error::bad_field, 0, store.encode());
}

TEST_CASE("a refusal of the memory stops the engine") {
  expect_store_error<Vdma_16>(16, Error::bus, 0, move<Store>(contiguous(0, 3000), contiguous(0x6fc00, 3000)).encode());
  Bench<Vdma_16> bench(16, 6);
  bench.dram.refused_from = 0x1000;
  bench.dram.refused_to = 0x1010;
  bench.load.commands.push_back(move<Load>(contiguous(0, 0x1000), contiguous(0, 0x1000)).encode());
  bench.load.commands.push_back(move<Load>(contiguous(0, 0x1000), contiguous(0x100, 0x1000)).encode());
  while (!bench.load.error && bench.cycle < 5000) bench.step();
  REQUIRE(bench.load.error);
  CHECK(bench.load.error->first == static_cast<unsigned>(Error::bus));
  CHECK(bench.load.done == 1);
}

TEST_CASE("a fault waits for the command just before it, however short") {
  for (const bool loads : {false, true}) {
    Bench<Vdma_4> bench(4, 8);
    bench.grant = 10;
    auto& queue = loads ? bench.load : bench.store;
    if (loads) {
      queue.commands.push_back(move<Load>(contiguous(0, 1), contiguous(0, 1)).encode());
      queue.commands.push_back(fill(contiguous(65536, 1), 0).encode());
    } else {
      queue.commands.push_back(move<Store>(contiguous(0, 1), contiguous(0x40000, 1)).encode());
      queue.commands.push_back(move<Store>(contiguous(65536, 1), contiguous(0x40000, 1)).encode());
    }
    while (!queue.error && bench.cycle < 1000) bench.step();
    REQUIRE(queue.error);
    CHECK(queue.done == 1);
    CHECK(queue.error->second == 65536);
  }
}
