// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <cstring>

#include "twill/memory/sparse_memory.hpp"
#include "twill/memory/stalls.hpp"

namespace twill::memory {

/// How fast a DRAM is. Reading and writing have the bandwidth each.
struct DramTiming {
  unsigned latency = 100;         ///< cycles from an accepted read address to its first beat, from the last write beat to its acknowledgement; at least 1
  unsigned bytes_per_cycle = 0;   ///< 1 to the word of the port; 0 means one word a cycle
};

/// The DRAM of one chip behind an AXI4 slave port, a cycle at a time: sparse pages, a latency and a bandwidth. Reads and
/// writes are independent and each answered in the order they were accepted, up to `max_bursts` of each at a time.
/// A write is in memory, and seen by reads, from the cycle its data is accepted.
/// Write data that are there before their address wait for it.
///
///     const Dram::Outputs& out = dram.outputs();   // what the chip sees in this cycle: depends on earlier cycles only
///     dram.clock(in);                              // what the chip drives in the same cycle; moves on to the next
///
/// The bus is that of the Twill chip: INCR bursts of whole words within a 4 KiB page. An idle cycle costs a nanosecond or two.
class Dram {
 public:
  static constexpr unsigned max_word = 64, max_bursts = 128;

  struct Outputs {
    bool ar_ready = true, r_valid = false, r_last = false, r_error = false;
    bool aw_ready = true, w_ready = false, b_valid = false, b_error = false;
    std::uint8_t r_id = 0, b_id = 0;
    alignas(max_word) std::array<std::uint8_t, max_word> r_data{};  ///< `word` bytes
  };

  struct Inputs {
    bool ar_valid, r_ready, aw_valid, w_valid, w_last, b_ready;
    std::uint8_t ar_id, ar_len, aw_id, aw_len;
    std::uint64_t ar_addr, aw_addr;
    std::uint64_t w_strb;        ///< one bit a byte
    const void* w_data;          ///< `word` bytes
  };

  /// `word` is the bytes of a beat: a power of two, 4 to 64. Throws InputError for a timing out of range. `memory` must outlive this.
  /// With `stalls` each channel holds back its ready or the valid to come in that share of the cycles, and latencies vary up to threefold.
  Dram(SparseMemory& memory, unsigned word, DramTiming timing = {}, const Stalls& stalls = Stalls());

  /// From now on bursts that begin at addresses in [from, to) are answered with an error: reads give zeros, writes change nothing.
  void refuse(std::uint64_t from, std::uint64_t to) { refused_from_ = from, refused_to_ = to; }

  const Outputs& outputs() const { return out_; }

  /// Throws ProtocolError when the chip breaks the protocol (a burst that crosses a 4 KiB page, WLAST in the wrong beat).
  void clock(const Inputs& in) {
    if (!(in.ar_valid | in.aw_valid | in.w_valid) && quiet_) {
      now_++;
      return;
    }
    clock_busy(in);
  }

  /// Nothing changes as long as the chip drives no valid; then pass() is as so many clock() with none.
  bool quiet() const { return quiet_; }
  void pass(std::uint64_t cycles) { now_ += cycles; }

  /// Forgets everything under way, and stalls from here as from the start; memory stays.
  void reset();

  /// Nothing is under way.
  bool idle() const { return reads_.empty() && writes_.empty() && acks_.empty() && !out_.r_valid && !out_.b_valid; }

 private:
  struct Burst {
    std::uint64_t address;  ///< of the next beat, a multiple of the word
    std::uint64_t due;      ///< cycle from which it may be answered
    unsigned beats;         ///< left
    std::uint8_t id;
    bool refused;
  };

  /// A FIFO that never allocates.
  class Bursts {
   public:
    bool empty() const { return head_ == tail_; }
    bool full() const { return tail_ - head_ == max_bursts; }
    Burst& front() { return ring_[head_ % max_bursts]; }
    void push(const Burst& burst) { ring_[tail_++ % max_bursts] = burst; }
    void pop() { head_++; }

   private:
    std::array<Burst, max_bursts> ring_{};
    unsigned head_ = 0, tail_ = 0;
  };

  void clock_busy(const Inputs& in);
  Burst accept(std::uint64_t address, unsigned len, std::uint8_t id);
  std::uint64_t due();

  SparseMemory& memory_;
  std::uint64_t refused_from_ = 0, refused_to_ = 0;
  unsigned word_, rate_;
  std::uint64_t latency_, now_ = 0;
  Stalls stalls_;
  std::uint64_t read_free_ = 0, write_free_ = 0;  ///< first cycle the data bus may move again, in 1 / rate cycles
  bool quiet_ = true;                             ///< nothing changes while the chip drives no valid
  Bursts reads_, writes_, acks_;
  Outputs out_;
};

}  // namespace twill::memory
