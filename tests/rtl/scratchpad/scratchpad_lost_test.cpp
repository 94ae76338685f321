// SPDX-License-Identifier: Apache-2.0
// The scratchpad with ECC: a code word that is lost stays lost whatever is written to part of it, until it is written whole.
#include "Vscratchpad_ecc_16.h"
#include "Vscratchpad_ecc_4.h"
#include "Vscratchpad_laundering.h"
#include "catch.hpp"
#include "flipped_bits.hpp"

namespace {

using namespace scratchpad;

int seeded_bug = 0;

/// Wrong answers after writes to words with a lost code word: data, or a code word lost that is not, or the other way round.
template <typename Chip>
int wrong_answers(std::uint32_t word, std::uint32_t size) {
  Bench<Chip> bench;
  const FlippedBits bits(word, size);
  const std::uint32_t lane = word < 8 ? word : 8, code_bits = word < 8 ? 39 : 72;
  const std::uint64_t whole = ~0ull >> (64 - word);
  std::mt19937_64 random(1);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  constexpr unsigned writers[] = {4, 1, 32};  // as double_o has it: post, load, a message

  int wrong = 0, covered = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::uint32_t at = below(size / word) * word,
                        lost_lane = below(word / lane) * lane;  // a word, and in it the first byte of the code word
    const std::uint64_t covering = (~0ull >> (64 - lane)) << lost_lane;
    std::vector<std::uint8_t> expected(word);
    /// Granted at once: no other port asks.
    const auto write = [&](std::size_t p, std::uint64_t be) {
      auto& port = bench.writes[p];
      for (auto& other : bench.writes) *other.req = 0;
      *port.req = 1, *port.addr = at;
      *port.be = static_cast<std::remove_pointer_t<decltype(port.be)>>(be);
      std::vector<std::uint8_t> data(word);
      for (std::uint32_t i = 0; i < word; ++i) {
        data[i] = static_cast<std::uint8_t>(random());
        if (be >> i & 1) expected[i] = data[i];
      }
      pins::set_bytes(*port.data, data);
      bench.settle();
      wrong += !*port.gnt;
      bench.clock();
    };
    write(0, whole);
    *bench.writes[0].req = 0;
    bench.clock();
    const unsigned first = below(code_bits);
    bits.flip(at + lost_lane, first);
    bits.flip(at + lost_lane, (first + 1 + below(code_bits - 1)) % code_bits);
    bool lost = true;

    // One to three writes, in cycles that follow or with one between.
    const unsigned count = 1 + below(3);
    for (unsigned w = 0; w < count; ++w) {
      const std::size_t p = below(3);
      std::uint64_t be = (1 + random() % whole) & whole;
      if (w == 0) {  // covers part of it
        be = (be & ~covering) | (1 + random() % ((std::uint64_t{1} << lane) - 2)) << lost_lane;
      } else if (below(4) == 0) {
        be |= covering;
      }
      write(p, be);
      if (w == 0) wrong += bench.chip->double_o != writers[p];
      if ((be & covering) == covering) lost = false;
      if (below(3) == 0) {
        for (auto& port : bench.writes) *port.req = 0;
        bench.clock();
      }
    }
    covered += !lost;
    for (auto& port : bench.writes) *port.req = 0;
    bench.clock();
    *bench.reads[1].req = 1, *bench.reads[1].addr = at;
    bench.settle();
    bench.clock();
    *bench.reads[1].req = 0;
    bench.settle();
    wrong += lost != (bench.chip->double_o == 4 && bench.chip->address_o == at + lost_lane);
    wrong += !lost && bench.chip->double_o != 0;
    wrong += bench.chip->corrected_o != 0;
    bench.clock();
    const auto got = pins::bytes(*bench.reads[1].rdata, word);
    for (std::uint32_t i = 0; i < word; ++i) wrong += got[i] != expected[i] && !(lost && (covering >> i & 1));
  }
  CHECK(covered > 500);
  return wrong;
}

}  // namespace

extern "C" unsigned char twill_seeded_bug(int number) { return number == seeded_bug; }

TEST_CASE("with ECC what is lost stays lost until it is written whole") {
  CHECK(wrong_answers<Vscratchpad_ecc_4>(4, 32768) == 0);
  CHECK(wrong_answers<Vscratchpad_ecc_16>(16, 262144) == 0);
}

// The bugs: all is written; a write in the next cycle takes noise from the one that was dropped.
TEST_CASE("with ECC noise that is written back is found") {
  CHECK(wrong_answers<Vscratchpad_laundering>(8, 32768) == 0);
  for (seeded_bug = 1; seeded_bug <= 2; ++seeded_bug) {
    CAPTURE(seeded_bug);
    CHECK(wrong_answers<Vscratchpad_laundering>(8, 32768) > 0);
  }
}
