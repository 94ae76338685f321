// SPDX-License-Identifier: Apache-2.0
// The scratchpad with SEC-DED: the same traffic while single bits flip, and what is reported when two do.
#include "Vscratchpad_ecc_16.h"
#include "Vscratchpad_ecc_4.h"
#include "Vscratchpad_ecc_8.h"
#include "catch.hpp"
#include "traffic.hpp"

namespace {

using namespace scratchpad;

/// Whose each port is, as double_o has it: load, array, post, store, network, a message.
constexpr unsigned readers[] = {2, 4, 2, 8, 1, 16, 32}, writers[] = {4, 1, 32};

template <typename Chip>
void double_errors(std::uint32_t word, std::uint32_t size, std::uint64_t seed) {
  Bench<Chip> bench;
  const FlippedBits bits(word, size);
  const std::uint32_t lane = word < 8 ? word : 8, code_bits = word < 8 ? 39 : 72;
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  /// One access, and what is reported in the cycle after its grant: who, where.
  const auto report = [&] {
    bench.settle();
    bench.clock();
    for (auto& port : bench.reads) *port.req = 0;
    for (auto& port : bench.writes) *port.req = 0;
    bench.settle();
    CHECK(bench.chip->corrected_o == 0);
    const std::pair<unsigned, std::uint32_t> said{bench.chip->double_o, bench.chip->address_o};
    bench.clock();
    CHECK(bench.chip->double_o == 0);
    return said;
  };
  const auto read = [&](std::size_t p, std::uint32_t address) {
    *bench.reads[p].req = 1, *bench.reads[p].addr = address;
    return report();
  };
  const auto write = [&](std::size_t p, std::uint32_t address, std::uint64_t be) {
    auto& port = bench.writes[p];
    *port.req = 1, *port.addr = address;
    *port.be = static_cast<std::remove_pointer_t<decltype(port.be)>>(be);
    return report();
  };
  const std::pair<unsigned, std::uint32_t> nothing{0, 0};
  const std::uint64_t whole = ~0ull >> (64 - word);

  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    const std::uint32_t at = below(size / lane) * lane;   // of the code word
    const unsigned first = below(code_bits), second = (first + 1 + below(code_bits - 1)) % code_bits;
    bits.flip(at, first);
    bits.flip(at, second);
    // A read that touches the word of it, with any byte.
    const std::uint32_t near = (at / word * word + size - word + 1 + below(2 * word - 1)) % size;
    for (std::size_t p = 0; p < bench.reads.size(); ++p) CHECK(read(p, near) == std::pair{readers[p], at});
    CHECK(read(0, (at / word * word + word) % size) == nothing);  // its neighbour
    // A write of some of its bytes is told, too. Written whole it is well again.
    const std::size_t p = below(3);
    const std::uint64_t some = (1 + random() % ((std::uint64_t{1} << lane) - 2)) << at % word;
    CHECK(write(p, at / word * word, some) == std::pair{writers[p], at});
    CHECK(write(p, at / word * word, whole) == nothing);
    CHECK(read(1, at / word * word) == nothing);
  }
}

}  // namespace

TEST_CASE("random traffic with ECC while bits flip, words of 4 bytes") {
  random_traffic<Vscratchpad_ecc_4>(4, 32768, 40000, pins::seed("scratchpad 4"), true);
}

TEST_CASE("random traffic with ECC while bits flip, words of 8 bytes") {
  random_traffic<Vscratchpad_ecc_8>(8, 32768, 40000, pins::seed("scratchpad 8"), true);
}

TEST_CASE("random traffic with ECC while bits flip, words of 16 bytes") {
  random_traffic<Vscratchpad_ecc_16>(16, 262144, 40000, pins::seed("scratchpad 16"), true);
}

TEST_CASE("two flipped bits are reported with who read them and where") {
  double_errors<Vscratchpad_ecc_4>(4, 32768, pins::seed("double errors"));
  double_errors<Vscratchpad_ecc_8>(8, 32768, pins::seed("double errors"));
  double_errors<Vscratchpad_ecc_16>(16, 262144, pins::seed("double errors"));
}
