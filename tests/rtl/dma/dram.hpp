// SPDX-License-Identifier: Apache-2.0
// An AXI4 memory for the bench: any latency, any stalls, reads of different ids interleaved, a write's address taken before, among or
// after its data, and every rule of the protocol that the chip could break is checked.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "pins.hpp"

/// Latencies in cycles from the address (read) or the last beat (write) to the answer; percentages of the cycles in which the memory is
/// ready, or has an answer out.
struct DramTiming {
  unsigned latency_min = 1, latency_max = 1;
  unsigned ready = 100, answer = 100;
};

template <typename Chip>
class Dram {
 public:
  static constexpr std::uint64_t base = 0x7f'fffe'0000;  // of the memory in the 40-bit space: all upper bits change at 0x20000

  Dram(std::size_t size, unsigned word, std::mt19937_64& random) : bytes(size), word_(word), random_(random) {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  }

  std::vector<std::uint8_t> bytes;
  DramTiming timing;
  std::uint64_t refused_from = 0, refused_to = 0;  ///< offsets at which it answers SLVERR
  std::uint64_t most_reads = 0, most_writes = 0;   ///< bursts outstanding at once, at most
  std::uint64_t early_data = 0;                    ///< write bursts whose data began before their address was taken
  bool free_order = false;                         ///< write channels wait for each other at random
  bool ready_after_valid = false;                  ///< it is ready only for what it is shown

  /// Sets the memory's pins for this cycle.
  void drive(Chip& chip, std::uint64_t cycle) {
    chip.m_axi_arready_i = ready(chip.m_axi_arvalid_o);
    // Either channel may wait for the other, but not the chip for the readiness of either.
    const bool offered = !writes_.empty() && !writes_.back().taken;
    const bool data_begun = offered && (writes_.back().sent > 0 || (chip.m_axi_wvalid_o && &receiving() == &writes_.back()));
    chip.m_axi_awready_i = ready(chip.m_axi_awvalid_o) && (order_ != Order::data_first || data_begun);
    chip.m_axi_wready_i = ready(chip.m_axi_wvalid_o) && (order_ != Order::address_first || !offered || &receiving() != &writes_.back());
    if (!chip.m_axi_rvalid_i && chance(timing.answer)) offer_read(chip, cycle);
    if (!chip.m_axi_bvalid_i && chance(timing.answer)) offer_ack(chip, cycle);
  }

  /// What passes at the end of this cycle; the pins are settled.
  void sample(Chip& chip, std::uint64_t cycle) {
    hold(ar_, chip.m_axi_arvalid_o, chip.m_axi_arready_i,
         std::tuple{std::uint64_t{chip.m_axi_arid_o}, std::uint64_t{chip.m_axi_araddr_o}, std::uint64_t{chip.m_axi_arlen_o}});
    const bool new_write = chip.m_axi_awvalid_o && !aw_.waiting;
    hold(aw_, chip.m_axi_awvalid_o, chip.m_axi_awready_i,
         std::tuple{std::uint64_t{chip.m_axi_awid_o}, std::uint64_t{chip.m_axi_awaddr_o}, std::uint64_t{chip.m_axi_awlen_o}});
    hold(w_, chip.m_axi_wvalid_o, chip.m_axi_wready_i,
         std::tuple{pins::bytes(chip.m_axi_wdata_o, word_), std::uint64_t{chip.m_axi_wstrb_o}, std::uint64_t{chip.m_axi_wlast_o}});

    if (chip.m_axi_wvalid_o) {  // before the address of this very cycle: data never come before their address is shown
      REQUIRE_FALSE(writes_.empty());
      if (chip.m_axi_wready_i) write_beat(chip);
    }
    if (chip.m_axi_arvalid_o && chip.m_axi_arready_i) {
      check(chip.m_axi_araddr_o, chip.m_axi_arlen_o, chip.m_axi_arsize_o, chip.m_axi_arburst_o);
      reads_[chip.m_axi_arid_o].push_back({chip.m_axi_araddr_o - base, chip.m_axi_arlen_o + 1u, 0, cycle + latency(), 0});
      most_reads = std::max<std::uint64_t>(most_reads, reads_[0].size() + reads_[1].size());
    }
    if (new_write) {
      check(chip.m_axi_awaddr_o, chip.m_axi_awlen_o, chip.m_axi_awsize_o, chip.m_axi_awburst_o);
      writes_.push_back({chip.m_axi_awaddr_o - base, chip.m_axi_awlen_o + 1u, 0, 0, chip.m_axi_awid_o});
    }
    if (chip.m_axi_awvalid_o && chip.m_axi_awready_i) {
      writes_.back().taken = true;
      early_data += writes_.back().sent > 0;
      if (free_order) order_ = static_cast<Order>(random_() % 3);
    }
    finish_write(cycle);
    if (chip.m_axi_rvalid_i && chip.m_axi_rready_o) {
      auto& queue = reads_[chip.m_axi_rid_i];
      if (++queue.front().sent == queue.front().beats) queue.pop_front();
      taken_read_ = true;
    }
    if (chip.m_axi_bvalid_i && chip.m_axi_bready_o) taken_ack_ = true;
  }

  /// After the clock edge.
  void release(Chip& chip) {
    if (taken_read_) chip.m_axi_rvalid_i = 0;
    if (taken_ack_) {
      acks_[chip.m_axi_bid_i].pop_front();
      chip.m_axi_bvalid_i = 0;
    }
    taken_read_ = taken_ack_ = false;
  }

  bool quiet() const { return reads_[0].empty() && reads_[1].empty() && writes_.empty() && acks_[0].empty() && acks_[1].empty() && acks_[2].empty(); }

 private:
  struct Burst {
    std::uint64_t addr;
    unsigned beats, sent;
    std::uint64_t due;
    unsigned id;
    bool taken = false;  // a write's address
  };
  /// What memory wants of a write before it is ready for the rest.
  enum class Order { none, address_first, data_first };
  struct Ack {
    std::uint64_t due;
    bool refused;
  };
  template <typename T>
  struct Held {
    bool waiting = false;
    T payload;
  };

  bool chance(unsigned percent) { return percent >= 100 || random_() % 100 < percent; }
  bool ready(bool valid) { return chance(timing.ready) && (valid || !ready_after_valid); }
  std::uint64_t latency() { return timing.latency_min + random_() % (timing.latency_max - timing.latency_min + 1); }
  bool refused(std::uint64_t addr) const { return addr >= refused_from && addr < refused_to; }

  template <typename T>
  void hold(Held<T>& held, bool valid, bool ready, T payload) {
    if (held.waiting) {
      REQUIRE(valid);
      REQUIRE(held.payload == payload);
    }
    held.waiting = valid && !ready;
    held.payload = std::move(payload);
  }

  void check(std::uint64_t addr, unsigned len, unsigned size, unsigned burst) {
    INFO("burst of " << len + 1 << " beats at " << std::hex << addr);
    REQUIRE(addr % word_ == 0);
    REQUIRE(len < 16);
    REQUIRE(1u << size == word_);
    REQUIRE(burst == 1);
    REQUIRE(addr / 4096 == (addr + len * word_) / 4096);
    REQUIRE(addr >= base);
    REQUIRE(addr + (len + 1) * word_ <= base + bytes.size());
  }

  void offer_read(Chip& chip, std::uint64_t cycle) {
    const unsigned first = random_() % 2;
    for (const unsigned id : {first, 1 - first}) {
      if (reads_[id].empty() || reads_[id].front().due > cycle) continue;
      const Burst& burst = reads_[id].front();
      const std::uint64_t addr = burst.addr + burst.sent * word_;
      chip.m_axi_rvalid_i = 1;
      chip.m_axi_rid_i = id;
      chip.m_axi_rlast_i = burst.sent + 1 == burst.beats;
      chip.m_axi_rresp_i = refused(addr) ? 2 : 0;
      for (unsigned i = 0; i < word_; ++i) pins::set_byte(chip.m_axi_rdata_i, i, bytes[addr + i]);
      return;
    }
  }

  void offer_ack(Chip& chip, std::uint64_t cycle) {
    const unsigned first = random_() % 3;
    for (const unsigned id : {first, (first + 1) % 3, (first + 2) % 3}) {
      if (acks_[id].empty() || acks_[id].front().due > cycle) continue;
      chip.m_axi_bvalid_i = 1;
      chip.m_axi_bid_i = id;
      chip.m_axi_bresp_i = acks_[id].front().refused ? 2 : 0;
      return;
    }
  }

  /// The write that the next beat belongs to: the first that lacks some.
  Burst& receiving() {
    return *std::find_if(writes_.begin(), std::prev(writes_.end()), [](const Burst& b) { return b.sent < b.beats; });
  }

  void write_beat(Chip& chip) {
    Burst& burst = receiving();
    REQUIRE(burst.sent < burst.beats);
    const std::uint64_t addr = burst.addr + burst.sent * word_;
    for (unsigned i = 0; i < word_; ++i) {
      if (std::uint64_t{chip.m_axi_wstrb_o} >> i & 1) bytes[addr + i] = pins::byte_of(chip.m_axi_wdata_o, i);
    }
    ++burst.sent;
    REQUIRE(static_cast<bool>(chip.m_axi_wlast_o) == (burst.sent == burst.beats));
  }

  void finish_write(std::uint64_t cycle) {
    if (writes_.empty() || !writes_.front().taken || writes_.front().sent < writes_.front().beats) return;
    const Burst& burst = writes_.front();
    acks_[burst.id].push_back({cycle + latency(), refused(burst.addr)});
    most_writes = std::max<std::uint64_t>(most_writes, acks_[0].size() + acks_[1].size() + acks_[2].size());
    writes_.pop_front();
  }

  unsigned word_;
  std::mt19937_64& random_;
  std::array<std::deque<Burst>, 2> reads_;
  std::deque<Burst> writes_;  // shown, in order; all but the last are taken
  Order order_ = Order::none;
  std::array<std::deque<Ack>, 3> acks_;
  Held<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> ar_, aw_;
  Held<std::tuple<std::vector<std::uint8_t>, std::uint64_t, std::uint64_t>> w_;
  bool taken_read_ = false, taken_ack_ = false;
};
