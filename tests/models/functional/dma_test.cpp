// SPDX-License-Identifier: Apache-2.0
// LOAD, STORE and FILL: two byte streams, each with a walk of its own.
#include <cstring>
#include <vector>

#include "support.hpp"
#include "twill/memory/sparse_memory.hpp"

using namespace test;

namespace {

/// The addresses of a walk's bytes in stream order, by nested loops.
std::vector<std::int64_t> addresses(std::int64_t base, std::uint32_t run, const std::uint32_t (&count)[3], const std::int32_t (&stride)[3]) {
  std::vector<std::int64_t> all;
  for (std::int64_t i2 = 0; i2 < count[2]; ++i2)
    for (std::int64_t i1 = 0; i1 < count[1]; ++i1)
      for (std::int64_t i0 = 0; i0 < count[0]; ++i0)
        for (std::int64_t b = 0; b < run; ++b) all.push_back(base + i0 * stride[0] + i1 * stride[1] + i2 * stride[2] + b);
  return all;
}

template <typename C>
std::vector<std::int64_t> local_addresses(const C& c) {
  return addresses(c.local_base, c.local_run, {c.local_count0, c.local_count1, c.local_count2}, {c.local_stride0, c.local_stride1, c.local_stride2});
}
template <typename C>
std::vector<std::int64_t> dram_addresses(const C& c) {
  return addresses(static_cast<std::int64_t>(c.dram_base), c.dram_run, {c.dram_count0, c.dram_count1, c.dram_count2}, {c.dram_stride0, c.dram_stride1, c.dram_stride2});
}

/// 24 elements of `unit` bytes in a different factorization on either side, with gaps and, at times, negative strides.
template <typename C>
C random_move(Random& random, int unit, std::int64_t dram_base, std::uint32_t local_base) {
  static constexpr int shapes[][4] = {{24, 1, 1, 1}, {1, 24, 1, 1}, {2, 3, 4, 1}, {4, 1, 3, 2}, {3, 2, 2, 2}, {6, 4, 1, 1}, {1, 2, 3, 4}, {12, 1, 2, 1}};
  C c;
  const auto walk = [&random, unit](const int (&shape)[4], auto& run, auto& c0, auto& c1, auto& c2, auto& s0, auto& s1, auto& s2, auto& base, int gap) {
    run = static_cast<std::uint32_t>(shape[0] * unit);
    c0 = static_cast<std::uint32_t>(shape[1]);
    c1 = static_cast<std::uint32_t>(shape[2]);
    c2 = static_cast<std::uint32_t>(shape[3]);
    s0 = static_cast<std::int32_t>(shape[0] * unit + gap * random.in(0, 3));
    s1 = s0 * shape[1] + gap * random.in(0, 3);
    s2 = s1 * shape[2] + gap * random.in(0, 3);
    if (random.flip()) {  // from the end
      base += static_cast<std::uint32_t>(s2 * (shape[3] - 1));
      s2 = -s2;
    }
  };
  walk(shapes[random.in(0, 7)], c.local_run, c.local_count0, c.local_count1, c.local_count2, c.local_stride0, c.local_stride1, c.local_stride2, local_base, unit);
  std::uint64_t far = static_cast<std::uint64_t>(dram_base);
  walk(shapes[random.in(0, 7)], c.dram_run, c.dram_count0, c.dram_count1, c.dram_count2, c.dram_stride0, c.dram_stride1, c.dram_stride2, far, 1);
  c.local_base = local_base;
  c.dram_base = far;
  return c;
}

struct Chip {
  Chip(std::string_view on, Random& random) : state(machine(on)) {
    for (auto& byte : state.scratchpad) byte = static_cast<std::uint8_t>(random.byte());
    for (auto& word : state.accumulators) word = static_cast<std::int32_t>(random.word());
  }
  std::uint8_t* local(std::uint32_t space) { return space == 0 ? state.scratchpad.data() : reinterpret_cast<std::uint8_t*>(state.accumulators.data()); }
  functional::State state;
  memory::SparseMemory dram;
};

constexpr std::int64_t far_away = (std::int64_t{1} << 33) + 65530;  // beyond 32 bits, across a page

}  // namespace

TEST_CASE("load: any two walks of the same length", "[dma]") {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    Chip chip("tiny", random);
    const auto space = static_cast<std::uint32_t>(random.in(0, 1));
    auto c = random_move<contract::Load>(random, space ? 4 : random.in(1, 9), far_away, space ? 64u : 57u);
    c.space = space;
    const auto data = random.bytes(4096);
    chip.dram.write(static_cast<std::uint64_t>(far_away), data.data(), data.size());
    require_legal(c, chip.state.machine);
    const auto to = local_addresses(c), from = dram_addresses(c);
    REQUIRE(to.size() == from.size());
    Chip before("tiny", random);
    before.state = chip.state;
    functional::execute_load(chip.state, chip.dram, c);
    std::vector<std::uint8_t> wanted(before.local(space), before.local(space) + 4096);
    for (std::size_t b = 0; b < to.size(); ++b) wanted.at(static_cast<std::size_t>(to[b])) = static_cast<std::uint8_t>(data.at(static_cast<std::size_t>(from[b] - far_away)));
    INFO("seed " << seed() << ", case " << i);
    REQUIRE(std::memcmp(wanted.data(), chip.local(space), wanted.size()) == 0);
    REQUIRE(chip.state.work.loaded == to.size());
  }
}

TEST_CASE("load: add sums int32 values, and wraps", "[dma]") {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    Chip chip("tiny", random);
    const auto space = static_cast<std::uint32_t>(random.in(0, 1));
    auto c = random_move<contract::Load>(random, 4, far_away + 1, 128);
    c.space = space;
    c.add = 1;
    // Cut the DRAM stream across the values: 96 bytes as 32 runs of 3.
    if (random.flip()) c.dram_run = 3, c.dram_count0 = 32, c.dram_count1 = c.dram_count2 = 1, c.dram_stride0 = 5, c.dram_base = static_cast<std::uint64_t>(far_away);
    const auto data = random.bytes(4096);
    chip.dram.write(static_cast<std::uint64_t>(far_away), data.data(), data.size());
    require_legal(c, chip.state.machine);
    const auto to = local_addresses(c), from = dram_addresses(c);
    std::vector<std::uint8_t> wanted(chip.local(space), chip.local(space) + 4096);
    for (std::size_t b = 0; b < to.size(); b += 4) {
      std::uint32_t value = 0, sum = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(data.at(static_cast<std::size_t>(from[b + k] - far_away)))) << 8 * k;
        sum |= static_cast<std::uint32_t>(wanted.at(static_cast<std::size_t>(to[b + k]))) << 8 * k;
      }
      sum += value;
      for (std::size_t k = 0; k < 4; ++k) wanted.at(static_cast<std::size_t>(to[b + k])) = static_cast<std::uint8_t>(sum >> 8 * k);
    }
    functional::execute_load(chip.state, chip.dram, c);
    INFO("seed " << seed() << ", case " << i);
    REQUIRE(std::memcmp(wanted.data(), chip.local(space), wanted.size()) == 0);
  }
}

TEST_CASE("store: a load the other way round", "[dma]") {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    Chip chip("tiny", random);
    const auto space = static_cast<std::uint32_t>(random.in(0, 1));
    auto c = random_move<contract::Store>(random, space ? 4 : random.in(1, 9), far_away, space ? 64u : 57u);
    c.space = space;
    require_legal(c, chip.state.machine);
    const auto from = local_addresses(c), to = dram_addresses(c);
    functional::execute_store(chip.state, chip.dram, c);
    std::vector<std::uint8_t> wanted(4096), got(4096);
    for (std::size_t b = 0; b < to.size(); ++b) wanted.at(static_cast<std::size_t>(to[b] - far_away)) = chip.local(space)[from[b]];
    chip.dram.read(static_cast<std::uint64_t>(far_away), got.data(), got.size());
    INFO("seed " << seed() << ", case " << i);
    REQUIRE(got == wanted);
    REQUIRE(chip.state.work.stored == to.size());
  }
}

TEST_CASE("a transposing load swaps the axes of an image", "[dma]") {
  Random random(4);
  Chip chip("tiny", random);
  const int height = 6, width = 9, channels = 2;
  const auto image = random.bytes(height * width * channels);
  chip.dram.write(4096, image.data(), image.size());
  contract::Load c;
  c.dram_base = 4096;
  c.dram_run = channels, c.dram_count0 = height, c.dram_count1 = width;
  c.dram_stride0 = width * channels, c.dram_stride1 = channels;
  c.local_run = height * width * channels;
  functional::execute_load(chip.state, chip.dram, c);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int k = 0; k < channels; ++k)
        REQUIRE(get(chip.state, static_cast<std::size_t>((x * height + y) * channels + k)) == image[static_cast<std::size_t>((y * width + x) * channels + k)]);
}

TEST_CASE("fill writes its bytes and no other", "[dma]") {
  Random random(5);
  for (const std::uint32_t space : {0u, 1u}) {
    Chip chip("tiny", random);
    contract::Fill c;
    c.space = space;
    c.value = 0xa5;
    c.local_base = 400, c.local_run = 8, c.local_count0 = 3, c.local_count1 = 2, c.local_stride0 = 12, c.local_stride1 = -100;
    std::vector<std::uint8_t> wanted(chip.local(space), chip.local(space) + 1000);
    for (const auto a : local_addresses(c)) wanted.at(static_cast<std::size_t>(a)) = 0xa5;
    functional::execute_fill(chip.state, c);
    REQUIRE(std::memcmp(wanted.data(), chip.local(space), wanted.size()) == 0);
  }
}

TEST_CASE("moves outside a space are errors and move nothing", "[dma]") {
  Random random(6);
  Chip chip("tiny", random);
  const auto before = chip.state.scratchpad;
  const std::uint32_t end = chip.state.machine.scratchpad_bytes;
  contract::Load c;
  c.local_run = c.dram_run = 4;
  c.local_base = end - 4;
  CHECK_NOTHROW(functional::execute_load(chip.state, chip.dram, c));
  chip.state.scratchpad = before;
  c.local_base = end - 3;
  CHECK_THROWS_AS(functional::execute_load(chip.state, chip.dram, c), functional::Fault);
  c.local_base = 0;
  c.local_run = 2, c.local_count0 = 2, c.local_stride0 = -1;
  CHECK_THROWS_AS(functional::execute_load(chip.state, chip.dram, c), functional::Fault);
  contract::Store s;
  s.space = 1;
  s.local_run = s.dram_run = 4;
  s.local_base = chip.state.machine.accumulator_words * chip.state.machine.word_bytes * 4;
  CHECK_THROWS_AS(functional::execute_store(chip.state, chip.dram, s), functional::Fault);
  CHECK(chip.state.scratchpad == before);
}

TEST_CASE("DRAM goes on at its beginning", "[dma]") {
  Random random(7);
  Chip chip("tiny", random);
  constexpr std::uint64_t end = std::uint64_t{1} << 40;
  const std::uint8_t last[] = {1, 2, 3}, first[] = {4, 5, 6};
  chip.dram.write(end - 3, last, 3);
  chip.dram.write(0, first, 3);
  contract::Load c;
  c.local_run = c.dram_run = 6;
  c.dram_base = end - 3;
  functional::execute_load(chip.state, chip.dram, c);
  const std::vector<std::uint8_t> wanted{1, 2, 3, 4, 5, 6};
  CHECK(std::vector<std::uint8_t>(chip.state.scratchpad.begin(), chip.state.scratchpad.begin() + 6) == wanted);
  // Upwards from below its end, and downwards from its beginning.
  contract::Store s;
  s.local_run = 6, s.dram_run = 1, s.dram_count0 = 6;
  s.dram_base = end - 2, s.dram_stride0 = 1;
  functional::execute_store(chip.state, chip.dram, s);
  std::uint8_t got[4];
  chip.dram.read(0, got, 4);
  CHECK(std::vector<std::uint8_t>(got, got + 4) == std::vector<std::uint8_t>{3, 4, 5, 6});
  s.dram_base = 1, s.dram_stride0 = -1;
  functional::execute_store(chip.state, chip.dram, s);
  chip.dram.read(end - 4, got, 4);
  CHECK(std::vector<std::uint8_t>(got, got + 4) == std::vector<std::uint8_t>{6, 5, 4, 3});
}
