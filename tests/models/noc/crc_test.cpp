// SPDX-License-Identifier: Apache-2.0
// The checksum of frames, against its definition, and what it finds: by weights of all error patterns, not by examples.
#include "twill/noc/crc.hpp"

#include <cmath>
#include <set>
#include <vector>

#include "catch.hpp"
#include "twill/noc/fault.hpp"

namespace {

using namespace twill::noc;
using twill::contract::Flit;

Flit random_frame(TrafficRandom& random) {
  Flit frame;
  for (auto& word : frame.words) word = static_cast<std::uint32_t>(random.next());
  frame.words[7] &= 0xffffu;
  return frame;
}

void turn(Flit& frame, unsigned bit) { frame.words[bit / 32] ^= 1u << bit % 32; }

/// What a wrong bit does to the comparison of checksums: errors add up, and those that sum to 0 are not found.
std::vector<unsigned> syndromes(const Flit& frame, unsigned bits = frame_bits) {
  std::vector<unsigned> all;
  for (unsigned bit = 0; bit < bits; ++bit) {
    Flit wrong = frame;
    turn(wrong, bit);
    all.push_back(frame_crc(wrong) ^ wrong.crc());
  }
  return all;
}

/// Patterns of 1 to 6 wrong bits that are not found. Those of more than 4 are right where there are none of fewer.
std::vector<std::uint64_t> undetected(const std::vector<unsigned>& syndrome) {
  const std::size_t n = syndrome.size();
  std::vector<std::uint64_t> ones(65536), pairs(65536), triples(65536);
  for (std::size_t i = 0; i < n; ++i) {
    ++ones[syndrome[i]];
    for (std::size_t j = i + 1; j < n; ++j) {
      ++pairs[syndrome[i] ^ syndrome[j]];
      for (std::size_t k = j + 1; k < n; ++k) ++triples[syndrome[i] ^ syndrome[j] ^ syndrome[k]];
    }
  }
  // Two sets with the same sum make a pattern of both; a set with itself makes none.
  std::uint64_t four = 0, five = 0, six = 0;
  for (unsigned s = 0; s < 65536; ++s) {
    four += pairs[s] * (pairs[s] - (pairs[s] != 0));
    five += pairs[s] * triples[s];
    six += triples[s] * (triples[s] - (triples[s] != 0));
  }
  return {ones[0], pairs[0], triples[0], four / 6, five / 10, six / 20};
}

TEST_CASE("The checksum is the polynomial's remainder, bit by bit") {
  TrafficRandom random(1);
  for (unsigned run = 0; run < 1000; ++run) {
    const Flit frame = random_frame(random);
    unsigned state = 0xffff;  // highest power in bit 15
    for (unsigned bit = 0; bit < frame_checked_bits; ++bit) {
      const unsigned out = state >> 15 ^ (frame.words[bit / 32] >> bit % 32 & 1u);
      state = (state << 1 & 0xffffu) ^ (out ? crc_polynomial : 0u);
    }
    unsigned mirrored = 0;
    for (unsigned i = 0; i < 16; ++i) mirrored |= (state >> i & 1u) << (15 - i);
    REQUIRE(frame_crc(frame) == mirrored);
  }
}

TEST_CASE("No pattern of up to 4 wrong bits in a frame passes, and of 5 and 6 as many as are said to") {
  TrafficRandom random(2);
  Flit frame = random_frame(random);
  seal(frame);
  CHECK(intact(frame));
  const std::vector<unsigned> syndrome = syndromes(frame);
  CHECK((undetected(syndrome) == std::vector<std::uint64_t>{0, 0, 0, 0, undetected_5, undetected_6}));
  // Errors add up, whatever the frame.
  for (unsigned run = 0; run < 1000; ++run) {
    Flit wrong = random_frame(random);
    seal(wrong);
    unsigned sum = 0;
    for (unsigned errors = 1 + random.below(9); errors > 0; --errors) {
      const unsigned bit = random.below(frame_bits);
      turn(wrong, bit);
      sum ^= syndrome[bit];
    }
    REQUIRE((frame_crc(wrong) ^ wrong.crc()) == sum);
  }
}

TEST_CASE("The count of patterns tells a weaker checksum") {
  TrafficRandom random(3);
  const Flit frame = random_frame(random);
  std::vector<unsigned> syndrome = syndromes(frame);
  for (auto& s : syndrome) s &= 0x7fffu;  // one bit less of it
  const auto weaker = undetected(syndrome);
  CHECK(weaker[3] > 0);
  syndrome[17] = syndrome[5];  // two bits that it mixes up
  CHECK(undetected(syndrome)[1] == 1);
}

TEST_CASE("Every burst of up to 16 bits is found") {
  TrafficRandom random(4);
  Flit frame = random_frame(random);
  seal(frame);
  const std::vector<unsigned> syndrome = syndromes(frame);
  for (unsigned first = 0; first + 16 <= frame_bits; ++first) {
    bool passed = false;
    for (unsigned pattern = 1; pattern < 65536; ++pattern) {
      unsigned sum = 0;
      for (unsigned rest = pattern; rest != 0; rest &= rest - 1) sum ^= syndrome[first + static_cast<unsigned>(__builtin_ctz(rest))];
      passed |= sum == 0;
    }
    REQUIRE_FALSE(passed);
  }
}

TEST_CASE("Wires that stand still bring no frame that counts") {
  for (const std::uint32_t level : {0u, ~0u}) {
    Flit frame;
    frame.words.fill(level);
    frame.words[7] &= 0xffffu;
    CHECK_FALSE(intact(frame));
  }
}

TEST_CASE("Undetected errors are as rare as the weights say") {
  CHECK(undetected_rate(0) == 0);
  CHECK(undetected_rate(1e-6) == Approx(99'880e-30).epsilon(1e-3));
  CHECK(undetected_rate(1e-3) == Approx(8.2e-11).epsilon(0.05));
  CHECK(undetected_rate(0.5) == Approx(0x1p-16).epsilon(1e-3));  // noise
  // At one bit in ten wrong, measured.
  LinkFaults faults;
  faults.bit_error_rate = 0.1;
  FaultyWire wire(faults, 0, FaultyWire::never);
  TrafficRandom random(5);
  Flit frame = random_frame(random);
  seal(frame);
  constexpr unsigned frames = 4'000'000;
  unsigned passed = 0, wrong_bits = 0;
  for (unsigned i = 0; i < frames; ++i) {
    Flit arrived = frame;
    REQUIRE(wire.carry(arrived, i) == 1);
    passed += intact(arrived) && !(arrived == frame);
    for (unsigned w = 0; w < 8; ++w) wrong_bits += static_cast<unsigned>(__builtin_popcount(arrived.words[w] ^ frame.words[w]));
  }
  CHECK(wrong_bits == Approx(0.1 * frame_bits * frames).epsilon(0.001));
  CHECK(passed == Approx(undetected_rate(0.1) * frames).margin(4 * std::sqrt(undetected_rate(0.1) * frames)));
}

TEST_CASE("A hit is of the first frame that its wire carries from its cycle on, and of no other") {
  TrafficRandom random(1);
  LinkFaults faults;
  faults.hits = {{3, 121, {9}}, {3, 100, {0, 31, 239}}, {4, 100, {7}}, {3, 100, {5}}};  // in any order
  FaultyWire wire(faults, 3, FaultyWire::never);
  const Flit frame = random_frame(random);
  for (const std::uint64_t cycle : {50, 99, 120, 121, 122, 123}) {
    Flit carried = frame, expected = frame;
    if (cycle == 120)
      for (const unsigned bit : {0u, 31u, 239u}) turn(expected, bit);
    if (cycle == 121) turn(expected, 5);
    if (cycle == 122) turn(expected, 9);
    CHECK(wire.carry(carried, cycle) == 1);
    CHECK(carried == expected);
  }
}

}  // namespace
