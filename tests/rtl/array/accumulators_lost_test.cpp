// SPDX-License-Identifier: Apache-2.0
// Accumulators with ECC: a code word that is lost stays lost whatever is written to part of it, or added, until both its sums are written.
#include <array>
#include <cstring>
#include <random>

#include "Vaccumulators_ecc_16.h"
#include "Vaccumulators_ecc_4.h"
#include "Vaccumulators_laundering.h"
#include "catch.hpp"
#include "ecc_memories.hpp"

namespace {

int seeded_bug = 0;

constexpr unsigned words = 64, bank_words = 16;

/// Wrong answers after writes to words with a lost code word: data, or a code word lost that is not, or the other way round.
template <class Chip, unsigned lanes>
int wrong_answers() {
  using Word = std::array<std::uint32_t, lanes>;
  constexpr unsigned all_lanes = (1u << lanes) - 1;
  Chip chip;
  std::mt19937 random(1);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const auto tick = [&] {
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
    chip.acc_rd_en_i = chip.acc_wr_en_i = chip.dmaw_req_i = chip.netw_req_i = 0;
    chip.eval();
  };
  const auto array_writes = [&](unsigned address) {
    Word data;
    for (auto& value : data) value = random();
    chip.acc_wr_en_i = 1;
    chip.acc_wr_addr_i = static_cast<std::uint8_t>(address);
    std::memcpy(&chip.acc_wr_data_i, data.data(), sizeof data);
    return data;
  };
  chip.rst_ni = 0;
  tick();
  chip.rst_ni = 1;
  chip.clear_i = 1;
  for (unsigned row = 0; row < bank_words; ++row) chip.clear_row_i = static_cast<std::uint16_t>(row), tick();
  chip.clear_i = 0;

  int wrong = 0, waits = 0;
  for (int round = 0; round < 4000; ++round) {
    const unsigned at = below(words), pair = below(lanes / 2), first = below(72), second = (first + 1 + below(71)) % 72;
    Word expected = array_writes(at);
    tick();
    for (const unsigned bit : {first, second}) {
      twill::Fault fault;
      fault.memory = twill::contract::Space::accumulators;
      fault.address = at * lanes * 4 + pair * 8;
      fault.bit = bit;
      twill::tb::EccMemories(*chip.contextp(), "", "TOP.twill_accumulators", "", lanes).flip(fault);
    }
    bool lost = true;

    // One to three writes, as close as they go; the array holds some of them back.
    const auto array_may_write = [&] {
      if (below(3) == 0) array_writes(at / bank_words * bank_words + (at + 1 + below(bank_words - 1)) % bank_words);
    };
    const unsigned count = 1 + below(3);
    for (unsigned write = 0; write < count; ++write) {
      const bool network = below(2), add = below(3) == 0;
      const unsigned covering = 3u << 2 * pair;
      unsigned lane = 1 + below(all_lanes);
      if (write == 0) lane &= ~(1u << (2 * pair + below(2)));  // the first must not make it whole
      if (write != 0 && below(4) == 0) lane |= covering;
      Word data;
      for (unsigned l = 0; l < lanes; ++l) data[l] = network && l >= 4 ? data[l % 4] : static_cast<std::uint32_t>(random());
      for (bool granted = false; !granted;) {
        (network ? chip.netw_req_i : chip.dmaw_req_i) = 1;
        chip.dmaw_addr_i = chip.netw_addr_i = static_cast<std::uint8_t>(at);
        chip.dmaw_lane_i = chip.netw_lane_i = static_cast<std::remove_reference_t<decltype(chip.dmaw_lane_i)>>(lane);
        chip.dmaw_add_i = chip.netw_add_i = add;
        std::memcpy(&chip.dmaw_data_i, data.data(), sizeof data);
        std::memcpy(&chip.netw_data_i, data.data(), 16);
        array_may_write();
        chip.eval();
        granted = network ? chip.netw_gnt_o : chip.dmaw_gnt_o;
        waits += !granted;
        tick();
        if (write == 0 && granted) wrong += chip.double_o != (network ? 32 : 1);
      }
      if ((lane & covering) == covering && !add) lost = false;
      for (unsigned l = 0; l < lanes; ++l)
        if (lane >> l & 1) expected[l] = (add ? expected[l] : 0) + data[l];
      if (below(3) == 0) array_may_write(), tick();
    }
    tick();
    chip.acc_rd_en_i = 1;
    chip.acc_rd_addr_i = static_cast<std::uint8_t>(at);
    tick();
    Word got;
    std::memcpy(got.data(), &chip.acc_rd_data_o, sizeof got);
    for (unsigned l = 0; l < lanes; ++l) wrong += got[l] != expected[l] && !(lost && l / 2 == pair);
    wrong += lost != (chip.double_o == 2 && chip.address_o == at * lanes * 4 + pair * 8);
    wrong += !lost && chip.double_o != 0;
    wrong += chip.corrected_o != 0;
  }
  CHECK(waits > 500);
  return wrong;
}

}  // namespace

extern "C" unsigned char twill_seeded_bug(int number) { return number == seeded_bug; }

TEST_CASE("accumulators with ECC: what is lost stays lost until it is written whole") {
  CHECK(wrong_answers<Vaccumulators_ecc_4, 4>() == 0);
  CHECK(wrong_answers<Vaccumulators_ecc_16, 16>() == 0);
}

// The bugs: all is written; all after another write or a wait; a covering add makes it whole.
TEST_CASE("accumulators with ECC: noise that is written back is found") {
  CHECK(wrong_answers<Vaccumulators_laundering, 4>() == 0);
  for (seeded_bug = 1; seeded_bug <= 3; ++seeded_bug) {
    CAPTURE(seeded_bug);
    CHECK(wrong_answers<Vaccumulators_laundering, 4>() > 0);
  }
}
