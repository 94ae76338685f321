// SPDX-License-Identifier: Apache-2.0
// Every single error of a code word is put right and every double one detected, in the model and in the RTL; and these agree on worse. How
// many of those pass is counted over all of them: what a pattern comes to depends on the columns of its bits alone.
#include <Vsecded_decode_32.h>
#include <Vsecded_decode_64.h>
#include <Vsecded_encode_32.h>
#include <Vsecded_encode_64.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "catch.hpp"
#include "secded_model.hpp"

namespace {

std::uint64_t seed() {
  const char* text = std::getenv("TWILL_SEED");
  return text ? std::strtoull(text, nullptr, 0) : 1;
}

template <class Port>
void set(Port& port, std::uint64_t value) {
  port = static_cast<Port>(value);
}

template <class Encode, class Decode>
void all_errors(unsigned data_bits) {
  const secded::Code code(data_bits);
  Encode encode;
  Decode decode;
  const auto read = [&](secded::Code::Word word) {
    decode.valid_i = 1;
    set(decode.data_i, word.data);
    set(decode.check_i, word.check);
    decode.eval();
    return secded::Code::Read{decode.data_o, decode.corrected_o != 0, decode.double_o != 0};
  };
  CAPTURE(seed());
  std::mt19937_64 random(seed());
  const std::uint64_t mask = data_bits == 64 ? ~0ull : 0xffffffffull;
  std::vector<std::uint64_t> all{0, mask};
  for (unsigned bit = 0; bit < data_bits; ++bit) all.push_back(std::uint64_t{1} << bit);
  for (int i = 0; i < 20; ++i) all.push_back(random() & mask);
  unsigned worse_lost = 0, worse = 0;
  for (const std::uint64_t data : all) {
    CAPTURE(data);
    set(encode.data_i, data);
    encode.eval();
    const secded::Code::Word whole = code.encoded(data);
    REQUIRE(unsigned{encode.check_o} == whole.check);
    auto got = read(whole);
    REQUIRE((got.data == data && !got.corrected && !got.lost));
    for (unsigned a = 0; a < code.bits(); ++a) {
      CAPTURE(a);
      const auto once = code.flipped(whole, a);
      got = read(once);
      REQUIRE((got.data == data && got.corrected && !got.lost));
      REQUIRE(code.read(once).data == data);
      for (unsigned b = 0; b < a; ++b) {
        const auto twice = code.flipped(once, b);
        got = read(twice);
        if (got.corrected || !got.lost || !code.read(twice).lost) FAIL("flips of bits " << a << " and " << b << " pass");
      }
    }
    for (int i = 0; i < 200; ++i) {  // three to six flips: no promise, but the model says what the RTL does
      auto broken = whole;
      for (unsigned n = 3 + random() % 4; n; --n) broken = code.flipped(broken, static_cast<unsigned>(random() % code.bits()));
      got = read(broken);
      const auto expected = code.read(broken);
      REQUIRE(got.corrected == expected.corrected);
      REQUIRE(got.lost == expected.lost);
      REQUIRE(got.data == expected.data);
      if (!(broken == whole)) ++worse, worse_lost += got.lost;
    }
    decode.valid_i = 0;  // nobody asks
    decode.eval();
    REQUIRE((!decode.corrected_o && !decode.double_o));
  }
  CHECK(worse_lost > worse / 2);
}

/// Of all patterns of so many flipped bits: taken for a single error elsewhere, taken for another word without error, and lost.
struct Patterns {
  std::uint64_t miscorrected = 0, unseen = 0, lost = 0;
};

/// Goes through all patterns with `bits` more bits, none before `first`, of those whose columns so far sum to `syndrome`.
void count(const std::vector<unsigned>& columns, const std::vector<bool>& is_column, unsigned bits, std::size_t first, unsigned syndrome,
           Patterns& patterns) {
  if (bits == 0) {
    ++(syndrome == 0 ? patterns.unseen : is_column[syndrome] ? patterns.miscorrected : patterns.lost);
    return;
  }
  for (std::size_t bit = first; bit + bits <= columns.size(); ++bit)
    count(columns, is_column, bits - 1, bit + 1, syndrome ^ columns[bit], patterns);
}

Patterns patterns_of(unsigned data_bits, unsigned bits) {
  const secded::Code code(data_bits);
  std::vector<bool> is_column(std::size_t{1} << (code.bits() - data_bits));
  for (const unsigned column : code.columns()) is_column[column] = true;
  Patterns patterns;
  count(code.columns(), is_column, bits, 0, 0, patterns);
  std::cout << code.bits() << " bits, " << bits << " of them flipped: " << patterns.miscorrected << " miscorrected, " << patterns.unseen
            << " unseen, " << patterns.lost << " lost\n";
  return patterns;
}

}  // namespace

TEST_CASE("the columns of the code differ, are odd, and load all check bits alike") {
  for (const unsigned data_bits : {64u, 32u}) {
    CAPTURE(data_bits);
    const secded::Code code(data_bits);
    REQUIRE(code.columns().size() == code.bits());
    CHECK(std::set<unsigned>(code.columns().begin(), code.columns().end()).size() == code.bits());
    for (const unsigned column : code.columns()) CHECK(secded::ones(column) % 2 == 1);
    std::vector<unsigned> row(code.bits() - data_bits);
    for (unsigned bit = 0; bit < data_bits; ++bit)
      for (unsigned r = 0; r < row.size(); ++r) row[r] += code.columns()[bit] >> r & 1;
    const auto [least, most] = std::minmax_element(row.begin(), row.end());
    CHECK(*most - *least <= 1);
  }
}

TEST_CASE("72 bits: every single error is put right, every double one detected") { all_errors<Vsecded_encode_64, Vsecded_decode_64>(64); }
TEST_CASE("39 bits: every single error is put right, every double one detected") { all_errors<Vsecded_encode_32, Vsecded_decode_32>(32); }

TEST_CASE("errors of three to five bits: how many pass") {
  struct Row {
    unsigned data_bits, bits;
    Patterns expected;
  };
  for (const Row& row : {Row{64, 3, {33568, 0, 26072}}, Row{64, 4, {0, 8392, 1020398}}, Row{64, 5, {7867472, 0, 6124072}},
                         Row{32, 3, {5452, 0, 3687}}, Row{32, 4, {0, 1363, 80888}}, Row{32, 5, {351089, 0, 224668}}}) {
    CAPTURE(row.data_bits, row.bits);
    const Patterns patterns = patterns_of(row.data_bits, row.bits);
    CHECK(patterns.miscorrected == row.expected.miscorrected);
    CHECK(patterns.unseen == row.expected.unseen);
    CHECK(patterns.lost == row.expected.lost);
  }
}
