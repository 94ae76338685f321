// SPDX-License-Identifier: Apache-2.0
// The accumulators against a plain array: random traffic on all ports, each command's bank owned by one of them at a time or
// shared for reading, and every grant rule of docs/microarchitecture.md. With ECC the same while bits flip, and what is reported when two do.
#include <array>
#include <cstring>
#include <deque>
#include <iostream>
#include <optional>
#include <random>
#include <set>

#include "Vaccumulators_4.h"
#include "Vaccumulators_ecc_16.h"
#include "Vaccumulators_ecc_4.h"
#include "Vaccumulators_ecc_8.h"
#include "catch.hpp"
#include "ecc_memories.hpp"

namespace {

constexpr int words = 64, bank_words = 16;

unsigned seed() {
  const char* set = std::getenv("TWILL_SEED");
  const unsigned value = set ? static_cast<unsigned>(std::strtoul(set, nullptr, 0)) : 1;
  std::cout << "TWILL_SEED=" << value << '\n';
  return value;
}

template <class Chip>
void start(Chip& chip) {
  chip.rst_ni = 0;
  chip.clk_i = 0;
  for (int i = 0; i < 2; ++i) {
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
    chip.eval();
  }
  chip.rst_ni = 1;
}

/// Flips a bit of the code word that holds the sums 2 * pair and the next of an accumulator word.
void flip(unsigned lanes, int address, unsigned pair, unsigned bit) {
  twill::Fault fault;
  fault.memory = twill::contract::Space::accumulators;
  fault.address = static_cast<std::uint32_t>(address) * lanes * 4 + pair * 8;
  fault.bit = bit;
  twill::tb::EccMemories(*Verilated::threadContextp(), "", "TOP.twill_accumulators", "", lanes).flip(fault);
}

/// Noise in the memories, then a row of each cleared in a cycle.
template <class Chip>
void clear(Chip& chip, unsigned lanes, std::mt19937& random) {
  for (int i = 0; i < 300; ++i) flip(lanes, static_cast<int>(random() % words), random() % (lanes / 2), random() % 72);
  chip.clear_i = chip.post_req_i = chip.dmaw_req_i = chip.dmar_req_i = 1;
  for (int row = 0; row < bank_words; ++row) {
    chip.clear_row_i = static_cast<std::uint16_t>(row);
    chip.eval();
    REQUIRE(chip.post_gnt_o + chip.dmaw_gnt_o + chip.dmar_gnt_o == 0);
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
    REQUIRE(chip.corrected_o + chip.double_o == 0);
  }
  chip.clear_i = chip.post_req_i = chip.dmaw_req_i = chip.dmar_req_i = 0;
  chip.eval();
}

template <class Chip, unsigned lanes>
void random_traffic(int cycles, bool ecc) {
  using Word = std::array<std::int32_t, lanes>;
  constexpr unsigned all_lanes = (1u << lanes) - 1;
  Chip chip;
  std::mt19937 random(seed());
  const auto chance = [&](double p) { return std::uniform_real_distribution<>()(random) < p; };
  const auto bank = [](int address) { return address / bank_words; };
  std::array<Word, words> model{};

  start(chip);
  std::set<std::pair<int, unsigned>> flipped;   // code words with a bit flipped: word, pair of sums
  const auto flipped_of = [&](int address) {
    int count = 0;
    for (unsigned pair = 0; pair < lanes / 2; ++pair) count += static_cast<int>(flipped.count({address, pair}));
    return count;
  };
  const auto written_anew = [&](int address) {
    for (unsigned pair = 0; pair < lanes / 2; ++pair) flipped.erase({address, pair});
  };
  if (ecc) clear(chip, lanes, random);
  int corrected_now = 0;
  long corrected = 0;

  struct Write { int address; unsigned lane; Word data; bool add; };
  Write pending{};                              // a DMA write granted and not yet written
  bool is_pending = false;
  std::optional<Word> array_read;               // due in this cycle
  std::deque<std::optional<Word>> post{2}, dma{2};  // due in two cycles, one, now
  std::array<bool, words> known{};
  long array_reads = 0, post_reads = 0, dma_reads = 0, dma_writes = 0, delayed = 0, refused = 0;
  int array_bank = 0, phase = 0;

  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (cycle % 500 == 0) {  // the array owns another bank now; nothing of the DMA may be under way into it
      array_bank = static_cast<int>(random() % 4);
      phase = static_cast<int>(random() % 3);
    }
    const double busy = phase == 0 ? 0.2 : phase == 1 ? 0.6 : 1.0;
    const auto other = [&](int address) { return bank(address) == array_bank ? (address + bank_words) % words : address; };

    chip.acc_rd_en_i = chance(busy);
    chip.acc_rd_addr_i = static_cast<std::uint8_t>(random() % words);
    // The array may write any bank when no DMA write is about (to see the write port shared), else its own.
    chip.acc_wr_en_i = chance(busy);
    int write = static_cast<int>(random() % words);
    if (is_pending && write == pending.address) chip.acc_wr_en_i = 0;
    chip.acc_wr_addr_i = static_cast<std::uint8_t>(write);
    Word written;
    for (auto& value : written) value = static_cast<std::int32_t>(random());
    std::memcpy(&chip.acc_wr_data_i, written.data(), sizeof written);
    chip.post_req_i = chance(busy);
    chip.post_addr_i = static_cast<std::uint8_t>(random() % words);
    chip.dmar_req_i = chance(busy);
    chip.dmar_addr_i = static_cast<std::uint8_t>(random() % words);
    Write ask{other(static_cast<int>(random() % (phase == 2 ? 3 : words))), chance(0.5) ? all_lanes : static_cast<unsigned>(random() & all_lanes), {}, chance(0.5)};
    if (chip.acc_wr_en_i && write == ask.address) ask.address = (ask.address + 1) % words;
    for (auto& value : ask.data) value = static_cast<std::int32_t>(random());
    chip.dmaw_req_i = chance(busy);
    chip.dmaw_addr_i = static_cast<std::uint8_t>(ask.address);
    chip.dmaw_lane_i = static_cast<std::remove_reference_t<decltype(chip.dmaw_lane_i)>>(ask.lane);
    chip.dmaw_add_i = ask.add;
    std::memcpy(&chip.dmaw_data_i, ask.data.data(), sizeof ask.data);
    if (ecc && chance(0.3)) {
      const int at = static_cast<int>(random() % words);
      const unsigned pair = random() % (lanes / 2);
      if (flipped.insert({at, pair}).second) flip(lanes, at, pair, random() % 72);
    }
    chip.eval();
    REQUIRE(chip.corrected_o == corrected_now);
    REQUIRE(chip.double_o == 0);
    corrected += corrected_now;

    // Data due now.
    Word got;
    if (array_read) {
      std::memcpy(got.data(), &chip.acc_rd_data_o, sizeof got);
      REQUIRE(got == *array_read);
      ++array_reads;
    }
    if (post.front()) {
      std::memcpy(got.data(), &chip.post_data_o, sizeof got);
      REQUIRE(got == *post.front());
      ++post_reads;
    }
    if (dma.front()) {
      std::memcpy(got.data(), &chip.dmar_data_o, sizeof got);
      REQUIRE(got == *dma.front());
      ++dma_reads;
    }
    post.pop_front();
    dma.pop_front();

    // Grants.
    const bool array_has = chip.acc_rd_en_i;
    const auto array_reads_bank = [&](int address) { return array_has && bank(chip.acc_rd_addr_i) == bank(address); };
    const bool post_grant = chip.post_req_i && !array_reads_bank(chip.post_addr_i);
    const bool waits = is_pending && chip.acc_wr_en_i && bank(write) == bank(pending.address);
    const bool reads = ask.add || ask.lane != all_lanes;
    const bool dmaw_grant = chip.dmaw_req_i && !waits &&
                            !(reads && (array_reads_bank(ask.address) || (post_grant && bank(chip.post_addr_i) == bank(ask.address))));
    const bool dmar_grant = chip.dmar_req_i && !waits && !array_reads_bank(chip.dmar_addr_i) &&
                            !(post_grant && bank(chip.post_addr_i) == bank(chip.dmar_addr_i)) &&
                            !(dmaw_grant && reads && bank(ask.address) == bank(chip.dmar_addr_i));
    REQUIRE(static_cast<bool>(chip.post_gnt_o) == post_grant);
    REQUIRE(static_cast<bool>(chip.dmaw_gnt_o) == dmaw_grant);
    REQUIRE(static_cast<bool>(chip.dmar_gnt_o) == dmar_grant);
    refused += (chip.dmaw_req_i && !dmaw_grant) + (chip.dmar_req_i && !dmar_grant) + (chip.post_req_i && !post_grant);
    delayed += waits;

    // Reads see what was written in earlier cycles.
    array_read = array_has ? std::optional<Word>(model[chip.acc_rd_addr_i]) : std::optional<Word>(Word{});
    post.push_back(post_grant ? std::optional<Word>(model[chip.post_addr_i]) : std::nullopt);
    dma.push_back(dmar_grant ? std::optional<Word>(model[chip.dmar_addr_i]) : std::nullopt);
    if (!ecc && cycle < 3000) {  // contents are unknown until written once
      if (array_has && !known[chip.acc_rd_addr_i]) array_read.reset();
      if (post_grant && !known[chip.post_addr_i]) post.back().reset();
      if (dmar_grant && !known[chip.dmar_addr_i]) dma.back().reset();
    }

    // What is read now; a write that finds its word on its way needs nothing of the bank.
    corrected_now = (array_has ? flipped_of(chip.acc_rd_addr_i) : 0) + (post_grant ? flipped_of(chip.post_addr_i) : 0) +
                    (dmar_grant ? flipped_of(chip.dmar_addr_i) : 0) +
                    (dmaw_grant && reads && !(is_pending && pending.address == ask.address) ? flipped_of(ask.address) : 0);

    // Writes of this cycle.
    if (is_pending && !waits) {
      written_anew(pending.address);
      for (unsigned l = 0; l < lanes; ++l)
        if (pending.lane >> l & 1)
          model[pending.address][l] = static_cast<std::int32_t>((pending.add ? static_cast<std::uint32_t>(model[pending.address][l]) : 0u) +
                                                                 static_cast<std::uint32_t>(pending.data[l]));
      is_pending = false;
      ++dma_writes;
    }
    if (chip.acc_wr_en_i) {
      written_anew(write);
      model[write] = written;
      known[write] = true;
    }
    if (dmaw_grant) {
      pending = ask;
      is_pending = true;
    }
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
  }
  CHECK(array_reads > cycles / 20);
  CHECK(post_reads > cycles / 20);
  CHECK(dma_reads > cycles / 40);
  CHECK(dma_writes > cycles / 40);
  CHECK(delayed > cycles / 200);
  CHECK(refused > cycles / 20);
  if (ecc) CHECK(corrected > cycles / 10);
}

/// Two flips in a word, read by each port in turn: who is named, and where.
template <class Chip, unsigned lanes>
void double_errors() {
  Chip chip;
  std::mt19937 random(seed());
  start(chip);
  clear(chip, lanes, random);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const int at = static_cast<int>(random() % words);
    const unsigned pair = random() % (lanes / 2), first = random() % 72, second = (first + 1 + random() % 71) % 72;
    flip(lanes, at, pair, first);
    flip(lanes, at, pair, second);
    const unsigned port = random() % 6;
    const auto address = static_cast<std::uint8_t>(at);
    chip.acc_rd_addr_i = chip.post_addr_i = chip.dmar_addr_i = chip.netr_addr_i = chip.dmaw_addr_i = chip.netw_addr_i = address;
    chip.dmaw_lane_i = chip.netw_lane_i = 1;
    chip.acc_rd_en_i = port == 0, chip.post_req_i = port == 1, chip.dmar_req_i = port == 2;
    chip.netr_req_i = port == 3, chip.dmaw_req_i = port == 4, chip.netw_req_i = port == 5;
    const auto tick = [&] {
      chip.clk_i = 1;
      chip.eval();
      chip.clk_i = 0;
      chip.acc_rd_en_i = chip.post_req_i = chip.dmar_req_i = chip.netr_req_i = chip.dmaw_req_i = chip.netw_req_i = chip.acc_wr_en_i = 0;
      chip.eval();
    };
    tick();
    constexpr unsigned queues[] = {2, 4, 8, 16, 1, 32};   // array, post, store, network, load, a message of another chip
    CHECK(unsigned{chip.double_o} == queues[port]);
    CHECK(chip.address_o == static_cast<unsigned>(at) * lanes * 4 + pair * 8);
    CHECK(chip.corrected_o == 0);
    tick();
    CHECK(chip.double_o == 0);
    chip.acc_wr_en_i = 1;   // whole again
    chip.acc_wr_addr_i = address;
    tick();
    chip.acc_rd_en_i = 1;
    tick();
    CHECK(chip.double_o + chip.corrected_o == 0);
  }
}

}  // namespace

TEST_CASE("accumulators: random traffic") { random_traffic<Vaccumulators_4, 4>(200000, false); }
TEST_CASE("accumulators with ECC: random traffic while bits flip, 4 sums a word") { random_traffic<Vaccumulators_ecc_4, 4>(100000, true); }
TEST_CASE("accumulators with ECC: random traffic while bits flip, 8 sums a word") { random_traffic<Vaccumulators_ecc_8, 8>(100000, true); }
TEST_CASE("accumulators with ECC: random traffic while bits flip, 16 sums a word") { random_traffic<Vaccumulators_ecc_16, 16>(100000, true); }
TEST_CASE("accumulators with ECC: two flipped bits are reported with who read them and where") {
  double_errors<Vaccumulators_ecc_4, 4>();
  double_errors<Vaccumulators_ecc_8, 8>();
  double_errors<Vaccumulators_ecc_16, 16>();
}
