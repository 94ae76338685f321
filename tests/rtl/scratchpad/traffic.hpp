// SPDX-License-Identifier: Apache-2.0
// Random requests on all ports in every cycle against an array of bytes; with ECC, while bits flip.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "bench.hpp"
#include "catch.hpp"
#include "flipped_bits.hpp"

namespace scratchpad {

template <typename Chip>
void random_traffic(std::uint32_t word, std::uint32_t size, int cycles, std::uint64_t seed, bool ecc = false) {
  Bench<Chip> bench;
  FlippedBits flipped(word, size);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };

  struct Read {
    std::uint32_t addr;
    std::vector<std::uint8_t> expected;
    std::vector<bool> certain;
  };
  std::vector<std::uint8_t> memory(size);
  std::array<std::vector<Write>, 2> recent;               // writes granted one cycle ago; two cycles ago
  std::array<std::array<std::optional<Read>, 7>, 2> due;  // reads granted one cycle ago; two
  int granted_reads = 0, refused = 0, compared = 0, corrected = 0, corrected_now = 0;

  const auto enable = [&](WritePort<Chip>& port, std::uint64_t be) { *port.be = static_cast<std::remove_pointer_t<decltype(port.be)>>(be); };

  if (ecc) {  // noise, which is cleared, and nothing is granted meanwhile
    for (int i = 0; i < 3000; ++i) flipped.flip(below(size), below(39));
    bench.chip->clear_i = 1;
    for (std::uint32_t row = 0; row < size / word / (2 * banks); ++row) {
      bench.chip->clear_row_i = static_cast<std::uint16_t>(row);
      for (auto& port : bench.reads) *port.req = 1, *port.addr = below(size);
      for (auto& port : bench.writes) *port.req = 1, *port.addr = below(size), enable(port, random());
      bench.settle();
      for (auto& port : bench.reads) REQUIRE(!*port.gnt);
      for (auto& port : bench.writes) REQUIRE(!*port.gnt);
      bench.clock();
      REQUIRE(bench.chip->corrected_o + bench.chip->double_o == 0);
    }
    bench.chip->clear_i = 0;
  } else {  // filled: the simulator starts memories at 0, but nothing here should rest on that
    for (std::uint32_t a = 0; a < size; a += word) {
      std::vector<std::uint8_t> data(word);
      for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
      *bench.writes[0].req = 1;
      *bench.writes[0].addr = a;
      pins::set_bytes(*bench.writes[0].data, data);
      enable(bench.writes[0], ~0ull >> (64 - word));
      bench.settle();
      REQUIRE(*bench.writes[0].gnt);
      bench.clock();
      std::copy(data.begin(), data.end(), memory.begin() + a);
    }
    *bench.writes[0].req = 0;
    bench.clock();
  }

  std::uint32_t focus = 0;
  int density = 50, spread = 64;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (cycle % 200 == 0) {  // the weather changes: how busy, how close together, often across the end of a bank
      density = static_cast<int>(below(101));
      spread = below(2) ? static_cast<int>(4 * word) : static_cast<int>(size);
      focus = below(2) ? below(size) : (below(banks) + 1) * (size / banks) - 2 * word;
    }
    const auto address = [&] {
      std::uint32_t a = focus + below(static_cast<std::uint32_t>(spread));
      if (below(3) == 0) a -= a % word;
      // high bits beyond the size must not matter
      return (a % size + (size < (1u << 24) ? below((1u << 24) / size) * size : 0)) & 0xffffff;
    };

    std::vector<Write> now;
    std::array<bool, 3> write_granted{};
    std::uint32_t taken = 0, reads_taken = 0;
    std::set<std::uint32_t> read_first;  // code words that are read for a write
    for (std::size_t p = 0; p < bench.writes.size(); ++p) {
      auto& port = bench.writes[p];
      *port.req = below(100) < static_cast<std::uint32_t>(density);
      *port.addr = address();
      Write w{*port.addr % size, std::vector<std::uint8_t>(word), 0};
      for (auto& byte : w.data) byte = static_cast<std::uint8_t>(random());
      w.be = below(2) ? ~0ull >> (64 - word) : random() & (~0ull >> (64 - word));
      pins::set_bytes(*port.data, w.data);
      enable(port, w.be);
      if (!*port.req) continue;
      const std::uint32_t set = memories(w.addr, word, size);
      write_granted[p] = (set & taken) == 0;
      taken |= set;
      if (!write_granted[p]) continue;
      if (ecc) {
        for (const std::uint32_t at : flipped.partly(w.addr, w.be)) {
          read_first.insert(at);
          reads_taken |= flipped.memory(at);
        }
      }
      now.push_back(std::move(w));
    }
    std::array<bool, 7> read_granted{};
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      *bench.reads[p].req = below(100) < static_cast<std::uint32_t>(density);
      *bench.reads[p].addr = address();
      if (!*bench.reads[p].req) continue;
      const std::uint32_t set = memories(*bench.reads[p].addr % size, word, size);
      read_granted[p] = (set & reads_taken) == 0;
      reads_taken |= set;
    }
    if (ecc && below(2)) flipped.flip_one(address() % size, below(word < 8 ? 39 : 72));

    bench.settle();
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      INFO("cycle " << cycle << ", read port " << bench.reads[p].name << ", address " << *bench.reads[p].addr);
      REQUIRE(static_cast<bool>(*bench.reads[p].gnt) == read_granted[p]);
      granted_reads += read_granted[p];
      refused += *bench.reads[p].req && !read_granted[p];
      if (due[1][p]) {  // granted two cycles ago: its data are here now
        const auto got = pins::bytes(*bench.reads[p].rdata, word);
        for (std::uint32_t i = 0; i < word; ++i) {
          if (!due[1][p]->certain[i]) continue;
          INFO("lane " << i << " of the word at " << due[1][p]->addr);
          REQUIRE(static_cast<int>(got[i]) == static_cast<int>(due[1][p]->expected[i]));
          ++compared;
        }
      }
    }
    REQUIRE(bench.chip->corrected_o == corrected_now);
    REQUIRE(bench.chip->double_o == 0);
    corrected += corrected_now;
    for (std::size_t p = 0; p < bench.writes.size(); ++p) {
      INFO("cycle " << cycle << ", write port " << bench.writes[p].name << ", address " << *bench.writes[p].addr);
      REQUIRE(static_cast<bool>(*bench.writes[p].gnt) == write_granted[p]);
    }

    // What is read now with a bit flipped; then the writes of the cycle before make their code words anew.
    corrected_now = 0;
    for (std::size_t p = 0; p < bench.reads.size(); ++p)
      if (read_granted[p]) corrected_now += flipped.in_words(*bench.reads[p].addr % size);
    for (const std::uint32_t at : flipped.written(recent[0])) read_first.erase(at);
    for (const std::uint32_t at : read_first) corrected_now += flipped.at(at);
    for (const std::uint32_t at : flipped.written(recent[0])) flipped.forget(at);

    // A read granted now sees the writes granted two or more cycles ago; what younger ones write is not promised.
    const auto put = [&](const Write& w, auto&& f) {
      for (std::uint32_t i = 0; i < word; ++i) {
        if (w.be >> i & 1) f((w.addr + i) % size, w.data[i]);
      }
    };
    for (const auto& w : recent[1]) put(w, [&](std::uint32_t a, std::uint8_t byte) { memory[a] = byte; });
    due[1] = std::move(due[0]);
    due[0] = {};
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      if (!read_granted[p]) continue;
      Read read{*bench.reads[p].addr % size, {}, std::vector<bool>(word, true)};
      for (std::uint32_t i = 0; i < word; ++i) read.expected.push_back(memory[(read.addr + i) % size]);
      const auto doubt = [&](std::uint32_t a, std::uint8_t) {
        const std::uint32_t lane = (a + size - read.addr) % size;
        if (lane < word) read.certain[lane] = false;
      };
      for (const auto& w : recent[0]) put(w, doubt);
      for (const auto& w : now) put(w, doubt);
      due[0][p] = std::move(read);
    }
    recent[1] = std::move(recent[0]);
    recent[0] = std::move(now);
    bench.clock();
  }
  CHECK(granted_reads > cycles / 2);  // the traffic was worth the name
  CHECK(refused > cycles / 20);
  CHECK(compared > granted_reads);
  if (ecc) CHECK(corrected > cycles / 10);
}

}  // namespace scratchpad
