// SPDX-License-Identifier: Apache-2.0
// The post engine between a scratchpad, accumulators and a queue made of plain C++: two-cycle reads whose data stands for one cycle only
// (garbage before and after), writes that a read sees two cycles later, grants withheld at random.
#pragma once

#include "reference.hpp"

#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace twill::post_test {

/// One tile's sums in one accumulator bank, as the array would hand it over.
struct BankFill {
  unsigned bank = 0;
  std::vector<std::int32_t> sums;  ///< bank words x Word
};

template <class Model, unsigned Word, unsigned ScratchpadBytes, unsigned AccWords>
class Bench {
 public:
  static constexpr unsigned word = Word, scratchpad_bytes = ScratchpadBytes, acc_words = AccWords, bank_words = AccWords / 4;
  static constexpr unsigned wait_semaphore = 3, signal_semaphore = 7;

  std::vector<std::uint8_t> scratchpad = std::vector<std::uint8_t>(ScratchpadBytes);
  std::vector<std::int32_t> accumulators = std::vector<std::int32_t>(AccWords * Word);
  std::deque<contract::Command> commands;   ///< still to be offered
  std::deque<BankFill> fills;               ///< still to be handed over by the "array", in order
  unsigned grant_percent = 100;             ///< of the cycles a request is granted in
  unsigned offer_percent = 100;             ///< of the cycles a command is offered in once there is one
  unsigned fill_percent = 100;              ///< of the cycles a free bank is filled in

  // What was seen.
  std::uint64_t cycle = 0, reads = 0, writes = 0, taken = 0, given = 0;
  std::vector<std::uint64_t> accepted, done, write_cycles, read_cycles, acc_cycles;
  std::uint64_t state_cycles[4] = {};
  std::optional<unsigned> error;
  std::uint32_t error_info = 0;

  explicit Bench(std::uint32_t seed) : random_(seed) {
    model_.rst_ni = 0;
    model_.clk_i = 0;
    for (int i = 0; i < 4; ++i) clock();
    model_.rst_ni = 1;
  }

  Model& model() { return model_; }

  /// Steps until every command is done, an error was raised, or `limit` cycles have passed (then throws).
  void run(std::uint64_t limit = 2000000) {
    const std::uint64_t end = cycle + limit;
    const std::size_t target = done.size() + commands.size() + (accepted.size() - done.size());
    while (done.size() < target && !error) {
      if (cycle == end) throw std::runtime_error("no end after " + std::to_string(limit) + " cycles: " + std::to_string(done.size()) + " of " + std::to_string(target) + " commands done");
      step();
    }
  }

  void step() {
    fill_banks();
    // The read data of this cycle: two cycles after the grant, garbage otherwise.
    drive(model_.sp_rd_data_i, scratchpad_data_[1]);
    drive(model_.acc_data_i, accumulator_data_[1]);
    scratchpad_data_[1] = std::move(scratchpad_data_[0]);
    accumulator_data_[1] = std::move(accumulator_data_[0]);
    scratchpad_data_[0].reset();
    accumulator_data_[0].reset();

    if (!offering_ && !commands.empty() && chance(offer_percent)) offering_ = true;
    model_.cmd_valid_i = offering_;
    if (offering_) std::memcpy(&model_.cmd_i, commands.front().words.data(), 64);
    model_.take_ok_i = full_banks_ > 0;
    model_.sp_rd_gnt_i = model_.sp_wr_gnt_i = model_.acc_gnt_i = 0;
    model_.eval();
    const bool read = model_.sp_rd_req_o && chance(grant_percent);
    const bool write = model_.sp_wr_req_o && chance(grant_percent);
    const bool acc = model_.acc_req_o && chance(grant_percent);
    model_.sp_rd_gnt_i = read;
    model_.sp_wr_gnt_i = write;
    model_.acc_gnt_i = acc;
    model_.eval();

    // A read now sees the writes granted up to two cycles ago.
    while (!pending_.empty() && pending_.front().cycle + 2 <= cycle) {
      apply(pending_.front());
      pending_.pop_front();
    }
    if (read) {
      ++reads;
      read_cycles.push_back(cycle);
      std::vector<std::uint8_t> data(Word);
      for (unsigned l = 0; l < Word; ++l) data[l] = scratchpad[(model_.sp_rd_addr_o + l) % ScratchpadBytes];
      scratchpad_data_[0] = std::move(data);
    }
    if (acc) {
      acc_cycles.push_back(cycle);
      std::vector<std::uint8_t> data(Word * 4);
      std::memcpy(data.data(), &accumulators[(model_.acc_addr_o % AccWords) * Word], Word * 4);
      accumulator_data_[0] = std::move(data);
    }
    if (write != static_cast<bool>(model_.result_o)) throw std::runtime_error("result_o does not follow the writes");
    if (write) {
      ++writes;
      write_cycles.push_back(cycle);
      Pending pending{cycle, model_.sp_wr_addr_o, std::vector<std::uint8_t>(Word), 0};
      std::memcpy(pending.data.data(), &model_.sp_wr_data_o, Word);
      std::memcpy(&pending.enables, &model_.sp_wr_be_o, sizeof model_.sp_wr_be_o);
      for (unsigned l = 0; l < Word; ++l)
        if (pending.enables >> l & 1 && pending.address + l >= ScratchpadBytes) throw std::runtime_error("a byte was written outside the scratchpad");
      pending_.push_back(std::move(pending));
    }
    if (model_.take_o) {
      if (full_banks_ == 0 || model_.take_sem_o != wait_semaphore) throw std::runtime_error("take_o without take_ok_i, or of the wrong semaphore");
      --full_banks_;
      ++taken;
    }
    if (model_.give_o) {
      if (model_.give_sem_o != signal_semaphore || banks_in_use_.empty()) throw std::runtime_error("give_o too often, or to the wrong semaphore");
      ++given;
      // The array may overwrite the bank from now on: do so.
      const unsigned bank = banks_in_use_.front();
      banks_in_use_.pop_front();
      for (unsigned i = 0; i < bank_words * Word; ++i) accumulators[bank * bank_words * Word + i] = static_cast<std::int32_t>(random_());
    }
    if (model_.done_o) {
      done.push_back(cycle);
      if (done.size() > accepted.size()) throw std::runtime_error("done_o without a command");
    }
    if (model_.error_o) {
      error = model_.error_code_o;
      error_info = model_.error_info_o;
    }
    ++state_cycles[model_.state_o];
    if (model_.state_o == 0 && accepted.size() > done.size() && !error) throw std::runtime_error("idle in a command");
    if (offering_ && model_.cmd_ready_o) {
      accepted.push_back(cycle);
      commands.pop_front();
      offering_ = false;
    }
    clock();
    ++cycle;
  }

  /// Makes every granted write visible in `scratchpad`.
  void settle() {
    for (const Pending& pending : pending_) apply(pending);
    pending_.clear();
  }

 private:
  struct Pending {
    std::uint64_t cycle;
    std::uint32_t address;
    std::vector<std::uint8_t> data;
    std::uint64_t enables;
  };

  Model model_;
  std::mt19937 random_;
  std::optional<std::vector<std::uint8_t>> scratchpad_data_[2], accumulator_data_[2];
  std::deque<Pending> pending_;
  std::deque<unsigned> banks_in_use_;   // handed over and not yet given back, in order
  unsigned full_banks_ = 0;             // value of the semaphore
  bool offering_ = false;

  bool chance(unsigned percent) { return percent >= 100 || random_() % 100 < percent; }

  void clock() {
    model_.clk_i = 1;
    model_.eval();
    model_.clk_i = 0;
    model_.eval();
  }

  template <class Port>
  void drive(Port& port, const std::optional<std::vector<std::uint8_t>>& data) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(&port);
    if (data) std::memcpy(bytes, data->data(), data->size());
    else if (grant_percent < 100)
      for (unsigned i = 0; i < sizeof port; ++i) bytes[i] = static_cast<std::uint8_t>(random_());
  }

  void apply(const Pending& pending) {
    for (unsigned l = 0; l < Word; ++l)
      if (pending.enables >> l & 1) scratchpad[pending.address + l] = pending.data[l];
  }

  void fill_banks() {
    if (fills.empty() || !chance(fill_percent)) return;
    for (unsigned bank : banks_in_use_)
      if (bank == fills.front().bank) return;
    std::memcpy(&accumulators[fills.front().bank * bank_words * Word], fills.front().sums.data(), bank_words * Word * 4);
    banks_in_use_.push_back(fills.front().bank);
    ++full_banks_;
    fills.pop_front();
  }
};

}  // namespace twill::post_test
