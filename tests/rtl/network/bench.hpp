// SPDX-License-Identifier: Apache-2.0
// The network port between a network that is the bench's, local memories and a DRAM: any grants, any credits, any latency.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "dram.hpp"
#include "local_memory.hpp"
#include "twill/contract.hpp"

template <typename Chip>
class Bench {
 public:
  using Flit = twill::contract::Flit;
  static constexpr std::size_t scratchpad_bytes = 65536, acc_words = 256, dram_bytes = 1 << 20;
  static constexpr unsigned buffer = 8;  ///< credits each way after reset
  static constexpr unsigned node = 37, chips = 50;

  struct Give {
    std::uint64_t cycle;
    unsigned semaphore;
  };

  Bench(unsigned word_bytes, std::uint64_t seed)
      : word(word_bytes),
        random(seed),
        chip(std::make_unique<Chip>()),
        dram(dram_bytes, word, random),
        scratchpad(scratchpad_bytes, 2),
        accumulators(acc_words * word * 4, 1) {
    for (auto* memory : {&scratchpad.bytes, &accumulators.bytes}) {
      for (auto& byte : *memory) byte = static_cast<std::uint8_t>(random());
    }
    chip->node_i = node;
    chip->chips_i = chips;
    chip->rst_ni = chip->core_rst_ni = 0;
    chip->clk_i = 0;
    for (int i = 0; i < 3; ++i) edge();
    chip->rst_ni = chip->core_rst_ni = 1;
  }

  const unsigned word;
  std::mt19937_64 random;
  std::unique_ptr<Chip> chip;
  Dram<Chip> dram;
  LocalMemory scratchpad, accumulators;
  unsigned grant = 100;    ///< percent of the cycles in which a local request is granted
  unsigned offer = 100;    ///< percent of the cycles in which a command, or a flit, is offered
  unsigned credit = 100;   ///< percent of the cycles in which a credit comes back
  std::uint64_t cycle = 0;

  // sending
  std::deque<twill::contract::Command> commands;  ///< not yet accepted
  unsigned accepted = 0, done = 0;
  std::vector<std::uint64_t> accepted_at, done_at;  ///< cycles
  std::vector<Flit> sent;
  std::vector<std::uint64_t> sent_at;
  std::optional<std::pair<unsigned, std::uint32_t>> error;  ///< code, info
  std::array<std::uint64_t, 4> states{};

  // receiving
  std::deque<Flit> flits;  ///< not yet delivered
  std::vector<std::uint64_t> delivered_at;
  std::vector<Give> gives;
  std::vector<std::uint64_t> local_writes_at;  ///< grants of scratchpad and accumulators
  std::uint64_t acc_writes = 0, scratchpad_writes = 0, acks = 0;
  std::optional<std::pair<unsigned, std::uint32_t>> remote_error;
  std::function<void(unsigned)> on_give = [](unsigned) {};

  unsigned tx_credits() const { return tx_credits_; }
  unsigned rx_credits() const { return rx_credits_; }
  bool quiet() const { return dram.quiet() && !chip->busy_o && flits.empty() && rx_credits_ == buffer && tx_credits_ == buffer; }

  void step() {
    scratchpad.settle(cycle);
    accumulators.settle(cycle);
    dram.drive(*chip, cycle);
    offer_command();
    offer_flit();
    chip->net_tx_credit_i = owed_ > 0 && chance(credit);
    show(send_reads_, chip->send_rdata_i, word);
    show(add_reads_, chip->add_rdata_i, word);
    show(acc_reads_, chip->accr_data_i, word * 4);
    chip->send_gnt_i = chip->add_gnt_i = chip->netw_gnt_i = chip->accr_gnt_i = chip->accw_gnt_i = 0;
    chip->eval();
    chip->send_gnt_i = chip->send_req_o && chance(grant);
    chip->add_gnt_i = chip->add_req_o && chance(grant);
    chip->netw_gnt_i = chip->netw_req_o && chance(grant);
    chip->accr_gnt_i = chip->accr_req_o && chance(grant);
    chip->accw_gnt_i = chip->accw_req_o && chance(grant);
    chip->eval();
    watch_send();
    watch_pins();
    local_requests();
    watch_receive();
    dram.sample(*chip, cycle);
    edge();
    dram.release(*chip);
    ++cycle;
  }

  /// Until all commands are done and all flits have had their effect.
  void finish(std::uint64_t limit = 200000) {
    const std::uint64_t end = cycle + limit;
    while (!(commands.empty() && accepted == done && quiet())) {
      INFO("cycle " << cycle << ": " << done << " of " << accepted + commands.size() << " commands done, " << flits.size() << " flits to deliver, credits "
                    << tx_credits_ << " " << rx_credits_);
      REQUIRE_FALSE(error);
      REQUIRE_FALSE(remote_error);
      REQUIRE(cycle < end);
      step();
    }
    for (int i = 0; i < 8; ++i) step();
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) step();
  }

 private:
  struct Read {
    std::uint64_t due;
    std::vector<std::uint8_t> data;
  };

  bool chance(unsigned percent) { return percent >= 100 || random() % 100 < percent; }

  void edge() {
    chip->clk_i = 1;
    chip->eval();
    chip->clk_i = 0;
    chip->eval();
  }

  void offer_command() {
    if (commands.empty()) {
      chip->cmd_valid_i = 0;
    } else if (chip->cmd_valid_i || chance(offer)) {
      chip->cmd_valid_i = 1;
      for (unsigned i = 0; i < 16; ++i) chip->cmd_i[i] = commands.front().words[i];
    }
  }

  void offer_flit() {
    chip->net_rx_valid_i = 0;
    if (flits.empty() || rx_credits_ == 0 || !chance(offer)) return;
    chip->net_rx_valid_i = 1;
    for (unsigned i = 0; i < 8; ++i) chip->net_rx_flit_i[i] = flits.front().words[i];
    flits.pop_front();
    delivered_at.push_back(cycle);
    --rx_credits_;
  }

  void watch_send() {
    ++states[chip->state_o];
    if (chip->done_o) {
      ++done;
      done_at.push_back(cycle);
      REQUIRE(done <= accepted);
    }
    if (chip->error_o) {
      REQUIRE_FALSE(error);  // one pulse
      error = {chip->error_code_o, chip->error_info_o};
    }
    if (!error && chip->core_rst_ni) REQUIRE((accepted > done) == (chip->state_o != static_cast<unsigned>(twill::contract::State::idle)));
    if (chip->cmd_valid_i && chip->cmd_ready_o) {
      ++accepted;
      accepted_at.push_back(cycle);
      commands.pop_front();
    }
  }

  void watch_pins() {
    if (chip->net_tx_credit_i) {
      --owed_;
      ++tx_credits_;
    }
    if (chip->net_tx_valid_o) {
      REQUIRE(tx_credits_ > 0);
      --tx_credits_;
      ++owed_;
      Flit flit;
      for (unsigned i = 0; i < 8; ++i) flit.words[i] = chip->net_tx_flit_o[i];
      sent.push_back(flit);
      sent_at.push_back(cycle);
    }
    if (chip->net_rx_credit_o) {
      ++rx_credits_;
      REQUIRE(rx_credits_ <= buffer);
    }
  }

  void local_requests() {
    if (chip->send_gnt_i) send_reads_.push_back({cycle + 2, scratchpad.read(chip->send_addr_o, word)});
    if (chip->add_gnt_i) add_reads_.push_back({cycle + 2, scratchpad.read(chip->add_addr_o, word)});
    if (chip->accr_gnt_i) acc_reads_.push_back({cycle + 2, accumulators.read(std::size_t{chip->accr_addr_o} * word * 4, word * 4)});
    if (chip->netw_gnt_i) {
      ++scratchpad_writes;
      local_writes_at.push_back(cycle);
      for (unsigned i = 0; i < word; ++i) {
        if (std::uint64_t{chip->netw_be_o} >> i & 1) scratchpad.write(cycle, chip->netw_addr_o + i, pins::byte_of(chip->netw_data_o, i));
      }
    }
    if (chip->accw_gnt_i) {
      ++acc_writes;
      local_writes_at.push_back(cycle);
      for (unsigned c = 0; c < word; ++c) {
        if (!(std::uint64_t{chip->accw_lane_o} >> c & 1)) continue;
        const std::size_t addr = (std::size_t{chip->accw_addr_o} * word + c) * 4;
        if (chip->accw_add_o) accumulators.add(cycle, addr, chip->accw_data_o[c % 4]);
        for (unsigned i = 0; i < 4 && !chip->accw_add_o; ++i) accumulators.write(cycle, addr + i, pins::byte_of(chip->accw_data_o, c % 4 * 4 + i));
      }
    }
  }

  void watch_receive() {
    if (chip->give_o) {
      gives.push_back({cycle, chip->give_sem_o});
      on_give(chip->give_sem_o);
    }
    if (chip->remote_error_o) {
      REQUIRE_FALSE(remote_error);
      remote_error = {chip->remote_error_code_o, chip->remote_error_info_o};
    }
    if (chip->m_axi_bvalid_i && chip->m_axi_bready_o) ++acks;
  }

  template <typename Port>
  void show(std::deque<Read>& reads, Port& port, std::size_t count) {
    if (!reads.empty() && reads.front().due == cycle) {
      pins::set_bytes(port, reads.front().data);
      reads.pop_front();
    } else {
      for (std::size_t i = 0; i < count; ++i) pins::set_byte(port, i, static_cast<std::uint8_t>(cycle * 77 + i));
    }
  }

  std::deque<Read> send_reads_, add_reads_, acc_reads_;
  unsigned tx_credits_ = buffer, rx_credits_ = buffer, owed_ = 0;
};
