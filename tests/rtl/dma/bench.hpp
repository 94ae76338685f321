// SPDX-License-Identifier: Apache-2.0
// The two DMA engines and their memory port, between a DRAM and the local memories, with fetch and mark asking in between.
#pragma once

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
  static constexpr std::size_t scratchpad_bytes = 65536, acc_words = 256, dram_bytes = 1 << 20;
  static constexpr std::size_t mark_from = 0x90000, mark_records = 64;

  struct Queue {
    std::deque<twill::contract::Command> commands;  ///< not yet accepted
    unsigned accepted = 0, done = 0, gives = 0;
    std::uint64_t first_accepted = 0, last_done = 0;  ///< cycles
    std::vector<unsigned> give_semaphores;
    std::uint64_t bytes = 0;
    std::array<std::uint64_t, 4> states{};
    std::optional<std::pair<unsigned, std::uint32_t>> error;  ///< code, info
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
    chip->rst_ni = 0;
    chip->clk_i = 0;
    for (int i = 0; i < 3; ++i) edge();
    chip->rst_ni = 1;
  }

  const unsigned word;
  std::mt19937_64 random;
  std::unique_ptr<Chip> chip;
  Dram<Chip> dram;
  LocalMemory scratchpad, accumulators;
  Queue load, store;
  unsigned grant = 100;                    ///< percent of the cycles in which a local request is granted
  unsigned offer = 100;                    ///< percent of the cycles in which a waiting command is offered
  std::size_t fetch_from = 0x80000;        ///< 64 KiB that nobody writes
  unsigned fetches = 0, marks = 0;         ///< per mille of the cycles in which one is begun
  std::uint64_t fetched = 0, marked = 0;   ///< beats that came, records acknowledged
  std::uint64_t cycle = 0;
  std::function<void()> on_give = [] {};

  void step() {
    scratchpad.settle(cycle);
    accumulators.settle(cycle);
    dram.drive(*chip, cycle);
    offer_command(load, chip->load_cmd_valid_i, chip->load_cmd_i);
    offer_command(store, chip->store_cmd_valid_i, chip->store_cmd_i);
    offer_fetch();
    offer_mark();
    show_reads();
    chip->loadw_gnt_i = chip->load_gnt_i = chip->store_gnt_i = chip->dmaw_gnt_i = chip->dmar_gnt_i = 0;
    chip->eval();
    chip->loadw_gnt_i = chip->loadw_req_o && granted();
    chip->load_gnt_i = chip->load_req_o && granted();
    chip->store_gnt_i = chip->store_req_o && granted();
    chip->dmaw_gnt_i = chip->dmaw_req_o && granted();
    chip->dmar_gnt_i = chip->dmar_req_o && granted();
    chip->eval();
    local_requests();
    if (chip->load_error_o) fail(load, chip->load_error_code_o, chip->load_error_info_o);
    if (chip->store_error_o) fail(store, chip->store_error_code_o, chip->store_error_info_o);
    watch(load, chip->load_cmd_valid_i, chip->load_cmd_ready_o, chip->load_done_o, chip->loaded_bytes_o, chip->load_state_o);
    watch(store, chip->store_cmd_valid_i, chip->store_cmd_ready_o, chip->store_done_o, chip->stored_bytes_o, chip->store_state_o);
    const bool gave = chip->store_give_o;
    if (gave) {
      ++store.gives;
      store.give_semaphores.push_back(chip->store_give_sem_o);
    }
    watch_fetch();
    watch_mark();
    dram.sample(*chip, cycle);
    edge();
    dram.release(*chip);
    if (gave) on_give();
    ++cycle;
  }

  /// Steps until both engines have completed all they were given, and nothing is on the bus.
  void finish(std::uint64_t limit = 200000) {
    const std::uint64_t end = cycle + limit;
    const auto complete = [](const Queue& q) { return q.commands.empty() && q.accepted == q.done; };
    while (!(complete(load) && complete(store))) {
      INFO("cycle " << cycle << ": load " << load.done << " of " << load.accepted + load.commands.size() << " done, store "
                    << store.done << " of " << store.accepted + store.commands.size());
      REQUIRE_FALSE(load.error);
      REQUIRE_FALSE(store.error);
      REQUIRE(cycle < end);
      step();
    }
    fetches = marks = 0;
    while (!dram.quiet() || chip->mark_valid_i || chip->fetch_req_i || !fetch_expected_.empty()) {
      REQUIRE(cycle < end);
      step();
    }
    for (int i = 0; i < 8; ++i) step();
    for (const auto& [record, data] : mark_expected_) {
      INFO("mark record " << record);
      REQUIRE(std::equal(data.begin(), data.end(), dram.bytes.begin() + mark_from + record % mark_records * 128));
    }
    mark_expected_.clear();
  }

 private:
  struct Read {
    std::uint64_t due;
    std::vector<std::uint8_t> data;
  };

  bool granted() { return grant >= 100 || random() % 100 < grant; }

  void edge() {
    chip->clk_i = 1;
    chip->eval();
    chip->clk_i = 0;
    chip->eval();
  }

  template <typename Valid, typename Cmd>
  void offer_command(Queue& queue, Valid& valid, Cmd& cmd) {
    if (queue.commands.empty() || (!valid && offer < 100 && random() % 100 >= offer)) {
      if (queue.commands.empty()) valid = 0;
      return;
    }
    valid = 1;
    for (unsigned i = 0; i < 16; ++i) cmd[i] = queue.commands.front().words[i];
  }

  void watch(Queue& queue, bool valid, bool ready, bool done, unsigned bytes, unsigned state) {
    ++queue.states[state];
    queue.bytes += bytes;
    if (done) {
      ++queue.done;
      queue.last_done = cycle;
      REQUIRE(queue.done <= queue.accepted);
    }
    if (queue.accepted > queue.done && !queue.error) REQUIRE(state != static_cast<unsigned>(twill::contract::State::idle));
    if (queue.accepted == queue.done) REQUIRE(state == static_cast<unsigned>(twill::contract::State::idle));
    if (valid && ready) {
      if (queue.accepted++ == 0) queue.first_accepted = cycle;
      queue.commands.pop_front();
    }
  }

  void fail(Queue& queue, unsigned code, std::uint32_t info) {
    REQUIRE_FALSE(queue.error);  // one pulse
    queue.error = {code, info};
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
  void show_reads() {
    show(load_reads_, chip->load_rdata_i, word);
    show(store_reads_, chip->store_rdata_i, word);
    show(dmar_reads_, chip->dmar_data_i, word * 4);
  }

  void local_requests() {
    if (chip->load_gnt_i) load_reads_.push_back({cycle + 2, scratchpad.read(chip->load_addr_o, word)});
    if (chip->store_gnt_i) store_reads_.push_back({cycle + 2, scratchpad.read(chip->store_addr_o, word)});
    if (chip->dmar_gnt_i) {
      REQUIRE(chip->dmar_addr_o < acc_words);
      dmar_reads_.push_back({cycle + 2, accumulators.read(chip->dmar_addr_o * word * 4, word * 4)});
    }
    if (chip->loadw_gnt_i) {
      for (unsigned i = 0; i < word; ++i) {
        if (std::uint64_t{chip->loadw_be_o} >> i & 1) scratchpad.write(cycle, chip->loadw_addr_o + i, pins::byte_of(chip->loadw_data_o, i));
      }
    }
    if (chip->dmaw_gnt_i) {
      REQUIRE(chip->dmaw_addr_o < acc_words);
      for (unsigned c = 0; c < word; ++c) {
        if (!(std::uint64_t{chip->dmaw_lane_o} >> c & 1)) continue;
        const std::size_t addr = (chip->dmaw_addr_o * word + c) * 4;
        if (chip->dmaw_add_o) accumulators.add(cycle, addr, chip->dmaw_data_o[c]);
        for (unsigned i = 0; i < 4 && !chip->dmaw_add_o; ++i) accumulators.write(cycle, addr + i, pins::byte_of(chip->dmaw_data_o, c * 4 + i));
      }
    }
  }

  void offer_fetch() {
    if (chip->fetch_req_i || random() % 1000 >= fetches) return;
    chip->fetch_req_i = 1;
    chip->fetch_addr_i = Dram<Chip>::base + fetch_from + random() % 1024 * 64;
    chip->fetch_beats_i = static_cast<std::uint8_t>(64 / word);
  }
  void watch_fetch() {
    if (chip->fetch_valid_o) {
      REQUIRE_FALSE(fetch_expected_.empty());
      REQUIRE(pins::bytes(chip->fetch_data_o, word) == fetch_expected_.front());
      REQUIRE_FALSE(chip->fetch_error_o);
      fetch_expected_.pop_front();
      ++fetched;
    }
    if (!chip->fetch_req_i || !chip->fetch_gnt_o) return;
    const std::size_t from = chip->fetch_addr_i - Dram<Chip>::base;
    for (std::size_t a = from; a < from + 64; a += word) {
      fetch_expected_.emplace_back(dram.bytes.begin() + static_cast<std::ptrdiff_t>(a), dram.bytes.begin() + static_cast<std::ptrdiff_t>(a + word));
    }
    fetch_taken_ = true;
  }

  void offer_mark() {
    if (fetch_taken_) {
      chip->fetch_req_i = 0;
      fetch_taken_ = false;
    }
    if (mark_taken_) {
      chip->mark_valid_i = 0;
      mark_taken_ = false;
    }
    // never more than a ring of them on the way, or a record would be overwritten before it is checked
    if (chip->mark_valid_i || random() % 1000 >= marks || marks_sent_ - marked >= mark_records / 2) return;
    std::vector<std::uint8_t> data(128);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
    pins::set_bytes(chip->mark_data_i, data);
    chip->mark_addr_i = Dram<Chip>::base + mark_from + marks_sent_ % mark_records * 128;
    chip->mark_valid_i = 1;
    mark_expected_.emplace_back(marks_sent_++, std::move(data));
    if (mark_expected_.size() > mark_records / 2) mark_expected_.pop_front();
  }
  void watch_mark() {
    if (chip->mark_valid_i && chip->mark_ready_o) mark_taken_ = true;
    if (!chip->mark_done_o) return;
    REQUIRE_FALSE(chip->mark_error_o);
    REQUIRE(marked < marks_sent_);
    ++marked;
  }

  std::deque<Read> load_reads_, store_reads_, dmar_reads_;
  std::deque<std::vector<std::uint8_t>> fetch_expected_;
  std::deque<std::pair<std::uint64_t, std::vector<std::uint8_t>>> mark_expected_;
  std::uint64_t marks_sent_ = 0;
  bool mark_taken_ = false, fetch_taken_ = false;
};
