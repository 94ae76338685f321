// SPDX-License-Identifier: Apache-2.0
#include "twill/memory/dram.hpp"

#include <stdexcept>
#include <string>

#include "twill/error.hpp"
#include "twill/protocol_error.hpp"

namespace twill::memory {

Dram::Dram(SparseMemory& memory, unsigned word, DramTiming timing, const Stalls& stalls)
    : memory_(memory), word_(word), rate_(timing.bytes_per_cycle ? timing.bytes_per_cycle : word), latency_(timing.latency), stalls_(stalls) {
  if (word < 4 || word > max_word || (word & (word - 1)))
    throw std::logic_error("DRAM: a beat of " + std::to_string(word) + " bytes; it must be a power of two from 4 to 64");
  if (timing.latency < 1) throw InputError("DRAM latency of 0 cycles: it must be at least 1");
  if (rate_ > word)
    throw InputError("DRAM bandwidth of " + std::to_string(rate_) + " bytes a cycle is more than the chip's port moves (" + std::to_string(word) + ")");
  reset();
}

void Dram::reset() {
  reads_ = writes_ = acks_ = Bursts();
  out_ = Outputs();
  now_ = read_free_ = write_free_ = 0;
  quiet_ = true;
  stalls_.reset();
}

Dram::Burst Dram::accept(std::uint64_t address, unsigned len, std::uint8_t id) {
  const std::uint64_t first = address & ~std::uint64_t{word_ - 1};
  const unsigned beats = len + 1;
  if ((first ^ (first + std::uint64_t{beats} * word_ - 1)) >> 12)
    throw ProtocolError("the chip sent a burst of " + std::to_string(beats) + " beats at address " + std::to_string(address) +
                           ", which crosses a 4 KiB page");
  return {first, due(), beats, id, first >= refused_from_ && first < refused_to_};
}

std::uint64_t Dram::due() { return now_ + latency_ + (stalls_.any() ? stalls_.below(static_cast<std::uint32_t>(2 * latency_ + 1)) : 0); }

// `now_` is the cycle whose handshakes `in` completes; the outputs made here are those of cycle now_ + 1. A data bus slower than a word a
// cycle is free again word / rate cycles after a beat: times are kept in 1 / rate cycles so that fractions add up.
void Dram::clock_busy(const Inputs& in) {
  const std::uint64_t next = now_ + 1;

  // ---- read
  if (out_.ar_ready && in.ar_valid) reads_.push(accept(in.ar_addr, in.ar_len, in.ar_id));
  if (out_.r_valid && in.r_ready) out_.r_valid = false;
  if (!out_.r_valid && !reads_.empty()) {
    Burst& burst = reads_.front();
    if (burst.due <= next && read_free_ <= next * rate_ && !stalls_.stalled()) {
      out_.r_error = burst.refused;
      if (burst.refused) {
        out_.r_data.fill(0);
      } else {
        memory_.read(burst.address, out_.r_data.data(), word_);
      }
      burst.address += word_;
      out_.r_valid = true;
      out_.r_id = burst.id;
      out_.r_last = --burst.beats == 0;
      if (out_.r_last) reads_.pop();
      // A bus that stood still does not save up time, but for the fraction of the cycle in which it became free.
      read_free_ = (read_free_ + rate_ > next * rate_ ? read_free_ : next * rate_) + word_;
    }
  }
  out_.ar_ready = !reads_.full() && !stalls_.stalled();

  // ---- write
  if (out_.aw_ready && in.aw_valid) writes_.push(accept(in.aw_addr, in.aw_len, in.aw_id));
  if (out_.w_ready && in.w_valid) {
    Burst& burst = writes_.front();
    const std::uint64_t all = word_ == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << word_) - 1;
    if (burst.refused) {
      // the beats are taken and lost
    } else if ((in.w_strb & all) == all) {
      memory_.write(burst.address, in.w_data, word_);
    } else {
      const auto* bytes = static_cast<const std::uint8_t*>(in.w_data);
      for (unsigned i = 0; i < word_; i++)
        if (in.w_strb >> i & 1) memory_.write(burst.address + i, bytes + i, 1);
    }
    burst.address += word_;
    if (in.w_last != (--burst.beats == 0)) throw ProtocolError("the chip's WLAST is not in the last beat of its burst");
    if (burst.beats == 0) {
      burst.due = due();
      acks_.push(burst);
      writes_.pop();
    }
    write_free_ = (write_free_ + rate_ > now_ * rate_ ? write_free_ : now_ * rate_) + word_;
  }
  if (out_.b_valid && in.b_ready) out_.b_valid = false;
  if (!out_.b_valid && !acks_.empty() && acks_.front().due <= next && !stalls_.stalled()) {
    out_.b_valid = true;
    out_.b_id = acks_.front().id;
    out_.b_error = acks_.front().refused;
    acks_.pop();
  }
  const bool bus_free = write_free_ <= next * rate_;
  out_.w_ready = bus_free && !acks_.full() && !writes_.empty() && !stalls_.stalled();
  out_.aw_ready = !writes_.full() && !stalls_.stalled();

  now_ = next;
  quiet_ = idle() && bus_free;
}

}  // namespace twill::memory
