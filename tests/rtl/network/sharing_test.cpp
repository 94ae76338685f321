// SPDX-License-Identifier: Apache-2.0
// Messages into accumulators and DRAM while everyone else uses them: every byte as plain arrays have it, whatever stalls.
#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include "Vsharing_16.h"
#include "Vsharing_4.h"
#include "Vsharing_64.h"
#include "dram.hpp"
#include "twill/contract.hpp"

namespace {

using namespace twill::contract;
using Bytes = std::vector<std::uint8_t>;

constexpr unsigned acc_words = 64, marks_from = 0xf000, mark_records = 16;
constexpr std::size_t dram_bytes = 0x10000;

/// What is done to rows of the accumulators, so that what they hold in the end does not depend on who comes first.
enum Row : unsigned {
  constant,  ///< read by all
  arrays,    ///< the array's own
  summed,    ///< load engine and network add
  shared,    ///< load engine and network write, even lanes the one and odd lanes the other
};

struct Stalls {
  unsigned array, post, load, send, flits, commands;  ///< percent of the cycles in which each wants something
  DramTiming dram;
};

/// What met: cycles in which both asked.
struct Met {
  std::uint64_t accumulator_writes = 0, accumulator_reads = 0, dram_writes = 0;
};

template <typename Chip>
class Bench {
 public:
  Bench(unsigned word_bytes, std::uint64_t seed, const Stalls& stalls)
      : word(word_bytes), line(word * 4), random(seed), chip(std::make_unique<Chip>()), dram(dram_bytes, word, random), stalls_(stalls) {
    dram.timing = stalls.dram;
    dram.free_order = true;
    accumulators.resize(acc_words * line);
    chip->rst_ni = 0;
    for (int i = 0; i < 3; ++i) edge();
    chip->rst_ni = 1;
    fill();
    memory = dram.bytes;
  }

  void run(unsigned flits, unsigned stores) {
    while (flits > 0 || stores > 0 || flit_ || busy()) {
      REQUIRE(cycle_ < 400000);
      if (!flit_ && flits > 0 && chance(stalls_.flits)) make_flit(), --flits;
      if (!chip->cmd_valid_i && stores > 0 && chance(stalls_.commands)) make_store(), --stores;
      step(true);
    }
    for (int i = 0; i < 300; ++i) step(false);
    compare();
  }

  Met met;

 private:
  struct Read {
    std::uint64_t due;
    Bytes data;
  };

  unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  unsigned row(Row kind) { return below(acc_words / 4) * 4 + kind; }
  Bytes word_at(unsigned address) const { return {accumulators.begin() + address * line, accumulators.begin() + (address + 1) * line}; }
  Bytes random_line() {
    Bytes bytes(line);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
  }
  bool busy() const { return stored_ < begun_ || chip->busy_o || chip->mark_valid_i || marked_ < marks_ || !dram.quiet(); }

  void edge() {
    chip->clk_i = 1;
    chip->eval();
    chip->clk_i = 0;
    chip->eval();
  }

  void put(unsigned address, unsigned lane, std::uint32_t value, bool add) {
    std::uint32_t sum = value;
    for (unsigned i = 0; add && i < 4; ++i) sum += std::uint32_t{accumulators[address * line + lane * 4 + i]} << (8 * i);
    for (unsigned i = 0; i < 4; ++i) accumulators[address * line + lane * 4 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  }

  /// The array writes every word once.
  void fill() {
    for (unsigned address = 0; address < acc_words; ++address) {
      const Bytes bytes = random_line();
      std::copy(bytes.begin(), bytes.end(), accumulators.begin() + address * line);
      chip->acc_wr_en_i = 1;
      chip->acc_wr_addr_i = static_cast<std::uint8_t>(address);
      pins::set_bytes(chip->acc_wr_data_i, bytes);
      edge();
    }
    chip->acc_wr_en_i = 0;
  }

  /// A write or sum into the accumulators, or a write into the odd blocks of DRAM; the model has it at once, for nobody else touches those bytes.
  void make_flit() {
    Flit f;
    for (unsigned i = 0; i < 4; ++i) f.words[i] = static_cast<std::uint32_t>(random());
    if (chance(40)) {
      const unsigned block = below(marks_from / 32) * 2 + 1;
      f.set_space(static_cast<unsigned>(Space::dram));
      f.set_strobe(chance(50) ? 0xffff : below(65536));
      f.set_address(Dram<Chip>::base + block * 16);
      for (unsigned i = 0; i < 16; ++i)
        if (f.strobe() >> i & 1) memory[block * 16 + i] = static_cast<std::uint8_t>(f.words[i / 4] >> (i % 4 * 8));
    } else {
      const bool add = chance(60);
      const unsigned address = row(add ? summed : shared), quad = below(word / 4);
      const unsigned lanes = add ? below(16) : below(16) & 0b1010;
      f.set_space(static_cast<unsigned>(Space::accumulators));
      f.set_address(std::uint64_t{address} * line + quad * 16);
      std::uint32_t strobe = 0;
      for (unsigned l = 0; l < 4; ++l)
        if (lanes >> l & 1) {
          strobe |= 0xfu << (4 * l);
          put(address, quad * 4 + l, f.words[l], add);
        }
      f.set_strobe(strobe);
      f.set_message(static_cast<unsigned>(add ? Message::add : Message::write));
    }
    for (unsigned i = 0; i < 8; ++i) chip->flit_i[i] = f.words[i];
    flit_ = true;
  }

  /// Constant rows, one after the other, into even blocks of DRAM.
  void make_store() {
    const unsigned rows = 1 + below(6), first = below(acc_words / 4 - rows + 1) * 4 + constant, pieces = rows * line / 16;
    const unsigned block = below(marks_from / 32 - pieces + 1) * 2;
    Store c;
    c.space = static_cast<unsigned>(Space::accumulators);
    c.local_base = first * line;
    c.local_run = line;
    c.local_count0 = rows;
    c.local_stride0 = static_cast<std::int32_t>(4 * line);
    c.dram_base = Dram<Chip>::base + block * 16;
    c.dram_run = 16;
    c.dram_count0 = pieces;
    c.dram_stride0 = 32;
    for (unsigned i = 0; i < pieces; ++i) {
      const auto from = accumulators.begin() + (first + i * 16 / line * 4) * line + i * 16 % line;
      std::copy(from, from + 16, memory.begin() + (block + 2 * i) * 16);
    }
    const Command command = c.encode();
    for (unsigned i = 0; i < 16; ++i) chip->cmd_i[i] = command.words[i];
    chip->cmd_valid_i = 1;
    ++begun_;
  }

  void make_mark() {
    const unsigned at = marks_from + marks_++ % mark_records * 128;
    chip->mark_valid_i = 1;
    chip->mark_addr_i = Dram<Chip>::base + at;
    for (unsigned i = 0; i < 128; ++i) pins::set_byte(chip->mark_data_i, i, memory[at + i] = static_cast<std::uint8_t>(random()));
  }

  /// What the bench's own engines want in this cycle. Requests hold until they are granted.
  void ask(bool more) {
    chip->acc_rd_en_i = more && chance(stalls_.array);
    chip->acc_rd_addr_i = static_cast<std::uint8_t>(row(chance(50) ? arrays : constant));
    chip->acc_wr_en_i = more && chance(stalls_.array);
    chip->acc_wr_addr_i = static_cast<std::uint8_t>(row(arrays));
    if (chip->acc_wr_en_i) pins::set_bytes(chip->acc_wr_data_i, random_line());
    if (!chip->post_req_i && more && chance(stalls_.post)) chip->post_req_i = 1, chip->post_addr_i = static_cast<std::uint8_t>(row(constant));
    if (!chip->netr_req_i && more && chance(stalls_.send)) chip->netr_req_i = 1, chip->netr_addr_i = static_cast<std::uint8_t>(row(constant));
    if (!chip->dmaw_req_i && more && chance(stalls_.load)) {
      chip->dmaw_req_i = 1;
      chip->dmaw_add_i = chance(50);
      chip->dmaw_addr_i = static_cast<std::uint8_t>(row(chip->dmaw_add_i ? summed : shared));
      const Bytes bytes = random_line();
      pins::set_bytes(chip->dmaw_data_i, bytes);
      std::uint64_t lanes = random() & (chip->dmaw_add_i ? ~std::uint64_t{0} : 0x5555555555555555);
      if (chip->dmaw_add_i && chance(50)) lanes = ~std::uint64_t{0};
      lanes &= ~std::uint64_t{0} >> (64 - word);
      chip->dmaw_lane_i = static_cast<decltype(+chip->dmaw_lane_i)>(lanes);
      for (unsigned l = 0; l < word; ++l) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{bytes[l * 4 + i]} << (8 * i);
        if (lanes >> l & 1) put(chip->dmaw_addr_i, l, value, chip->dmaw_add_i);
      }
    }
    if (!chip->mark_valid_i && marks_ - marked_ < 4 && more && chance(2)) make_mark();
  }

  void step(bool more) {
    dram.drive(*chip, cycle_);
    ask(more);
    chip->flit_valid_i = flit_;
    chip->eval();
    REQUIRE_FALSE(chip->error_o);
    due(array_reads_, chip->acc_rd_data_o);
    due(post_reads_, chip->post_data_o);
    due(send_reads_, chip->netr_data_o);
    met.accumulator_writes += chip->dmaw_req_i && chip->accw_req_o;
    met.accumulator_reads += chip->netr_req_i && chip->dmar_req_o;
    met.dram_writes += chip->store_write_req_o && chip->net_write_req_o;
    if (chip->acc_rd_en_i) array_reads_.push_back({cycle_ + 1, word_at(chip->acc_rd_addr_i)});
    if (chip->acc_wr_en_i) {
      const Bytes bytes = pins::bytes(chip->acc_wr_data_i, line);
      std::copy(bytes.begin(), bytes.end(), accumulators.begin() + chip->acc_wr_addr_i * line);
    }
    const bool post = chip->post_gnt_o, load = chip->dmaw_gnt_o, send = chip->netr_gnt_o, taken = chip->cmd_valid_i && chip->cmd_ready_o,
               flit = flit_ && chip->flit_ready_o, mark = chip->mark_valid_i && chip->mark_ready_o;
    if (post) post_reads_.push_back({cycle_ + 2, word_at(chip->post_addr_i)});
    if (send) send_reads_.push_back({cycle_ + 2, word_at(chip->netr_addr_i)});
    stored_ += chip->done_o;
    marked_ += chip->mark_done_o;
    dram.sample(*chip, cycle_);
    edge();
    dram.release(*chip);
    if (post) chip->post_req_i = 0;
    if (send) chip->netr_req_i = 0;
    if (load) chip->dmaw_req_i = 0;
    if (taken) chip->cmd_valid_i = 0;
    if (mark) chip->mark_valid_i = 0;
    if (flit) flit_ = false;
    ++cycle_;
  }

  template <typename Port>
  void due(std::deque<Read>& reads, const Port& port) {
    if (reads.empty() || reads.front().due != cycle_) return;
    REQUIRE(pins::bytes(port, line) == reads.front().data);
    reads.pop_front();
  }

  void compare() {
    for (unsigned address = 0; address < acc_words; ++address) {
      chip->acc_rd_en_i = 1;
      chip->acc_rd_addr_i = static_cast<std::uint8_t>(address);
      edge();
      INFO("accumulator word " << address);
      REQUIRE(pins::bytes(chip->acc_rd_data_o, line) == word_at(address));
    }
    const auto differs = std::mismatch(memory.begin(), memory.end(), dram.bytes.begin()).first;
    INFO("DRAM byte " << differs - memory.begin());
    REQUIRE(differs == memory.end());
  }

  const unsigned word, line;
  std::mt19937_64 random;
  std::unique_ptr<Chip> chip;
  Dram<Chip> dram;
  Bytes accumulators, memory;  ///< as they are to be
  Stalls stalls_;
  std::uint64_t cycle_ = 0;
  bool flit_ = false;
  unsigned begun_ = 0, stored_ = 0, marks_ = 0, marked_ = 0;
  std::deque<Read> array_reads_, post_reads_, send_reads_;
};

template <typename Chip>
void share(unsigned word, std::uint64_t seed) {
  const Stalls all[] = {
      {0, 0, 100, 100, 100, 100, {1, 1, 100, 100}},      // as fast as they can
      {50, 50, 50, 50, 60, 30, {1, 40, 60, 60}},
      {90, 40, 80, 80, 100, 100, {20, 130, 100, 100}},   // the array leaves few cycles
      {30, 80, 20, 50, 100, 60, {1, 5, 30, 90}},
  };
  Met met;
  for (unsigned round = 0; round < 12; ++round) {
    INFO("round " << round);
    Bench<Chip> bench(word, seed * 1000 + round, all[round % 4]);
    bench.run(1500, 120);
    met.accumulator_writes += bench.met.accumulator_writes;
    met.accumulator_reads += bench.met.accumulator_reads;
    met.dram_writes += bench.met.dram_writes;
  }
  CAPTURE(met.accumulator_writes, met.accumulator_reads, met.dram_writes);
  CHECK(met.accumulator_writes > 3000);
  CHECK(met.accumulator_reads > 1000);
  CHECK(met.dram_writes > 1000);
}

}  // namespace

TEST_CASE("messages among the other users of accumulators and DRAM, words of 4 bytes") { share<Vsharing_4>(4, pins::seed("sharing 4")); }
TEST_CASE("messages among the other users of accumulators and DRAM, words of 16 bytes") { share<Vsharing_16>(16, pins::seed("sharing 16")); }
TEST_CASE("messages among the other users of accumulators and DRAM, words of 64 bytes") { share<Vsharing_64>(64, pins::seed("sharing 64")); }
