// SPDX-License-Identifier: Apache-2.0
// The accumulators against a plain array: random traffic on all ports, each command's bank owned by one of them at a time or
// shared for reading, and every grant rule of docs/microarchitecture.md.
#include <array>
#include <cstring>
#include <deque>
#include <iostream>
#include <optional>
#include <random>

#include "Vaccumulators_4.h"
#include "catch.hpp"

namespace {

constexpr int words = 64, lanes = 4, bank_words = 16;
using Word = std::array<std::int32_t, lanes>;

unsigned seed() {
  const char* set = std::getenv("TWILL_SEED");
  const unsigned value = set ? static_cast<unsigned>(std::strtoul(set, nullptr, 0)) : 1;
  std::cout << "TWILL_SEED=" << value << '\n';
  return value;
}

}  // namespace

TEST_CASE("accumulators: random traffic") {
  Vaccumulators_4 chip;
  std::mt19937 random(seed());
  const auto chance = [&](double p) { return std::uniform_real_distribution<>()(random) < p; };
  const auto bank = [](int address) { return address / bank_words; };
  std::array<Word, words> model{};

  chip.rst_ni = 0;
  chip.clk_i = 0;
  for (int i = 0; i < 2; ++i) {
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
    chip.eval();
  }
  chip.rst_ni = 1;

  struct Write { int address; unsigned lane; Word data; bool add; };
  Write pending{};                              // a DMA write granted and not yet written
  bool is_pending = false;
  std::optional<Word> array_read;               // due in this cycle
  std::deque<std::optional<Word>> post{2}, dma{2};  // due in two cycles, one, now
  std::array<bool, words> known{};
  long array_reads = 0, post_reads = 0, dma_reads = 0, dma_writes = 0, delayed = 0, refused = 0;
  int array_bank = 0, phase = 0;

  for (int cycle = 0; cycle < 200000; ++cycle) {
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
    Write ask{other(static_cast<int>(random() % (phase == 2 ? 3 : words))), chance(0.5) ? 15u : static_cast<unsigned>(random() % 16), {}, chance(0.5)};
    if (chip.acc_wr_en_i && write == ask.address) ask.address = (ask.address + 1) % words;
    for (auto& value : ask.data) value = static_cast<std::int32_t>(random());
    chip.dmaw_req_i = chance(busy);
    chip.dmaw_addr_i = static_cast<std::uint8_t>(ask.address);
    chip.dmaw_lane_i = static_cast<std::uint8_t>(ask.lane);
    chip.dmaw_add_i = ask.add;
    std::memcpy(&chip.dmaw_data_i, ask.data.data(), sizeof ask.data);
    chip.eval();

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
    const bool reads = ask.add || ask.lane != 15;
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
    if (cycle < 3000) {  // contents are unknown until written once
      if (array_has && !known[chip.acc_rd_addr_i]) array_read.reset();
      if (post_grant && !known[chip.post_addr_i]) post.back().reset();
      if (dmar_grant && !known[chip.dmar_addr_i]) dma.back().reset();
    }

    // Writes of this cycle.
    if (is_pending && !waits) {
      for (int l = 0; l < lanes; ++l)
        if (pending.lane >> l & 1)
          model[pending.address][l] = static_cast<std::int32_t>((pending.add ? static_cast<std::uint32_t>(model[pending.address][l]) : 0u) +
                                                                 static_cast<std::uint32_t>(pending.data[l]));
      is_pending = false;
      ++dma_writes;
    }
    if (chip.acc_wr_en_i) {
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
  CHECK(array_reads > 10000);
  CHECK(post_reads > 10000);
  CHECK(dma_reads > 5000);
  CHECK(dma_writes > 5000);
  CHECK(delayed > 1000);
  CHECK(refused > 10000);
}
