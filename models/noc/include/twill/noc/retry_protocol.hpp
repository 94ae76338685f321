// SPDX-License-Identifier: Apache-2.0
// How a link that loses, damages and repeats frames delivers every flit once and in order: go-back-N with cumulative acknowledgements,
// and credits that are counted, not handed over one by one. Nothing here knows of time, wires or contents, so the same classes run in
// every link and are explored state by state with small numbers (tests/models/noc/retry_explorer.hpp).
#pragma once
#include <array>
#include <cstdint>

namespace twill::noc {

/// All that a receiver has to say; each answer replaces those before it, so none must arrive but a last one.
template <unsigned Vcs>
struct RetryAnswer {
  std::uint16_t expected = 0;              ///< sequence number of the flit it waits for: all before have arrived
  std::uint16_t refused = 0;               ///< 1: the last frame was wrong or not the one it waits for (a nak), 0: it was taken (an ack)
  std::array<std::uint16_t, Vcs> freed{};  ///< places freed of every virtual channel since the reset
};

/// `SequenceBits`, `CountBits`: all numbers count modulo two to the power of these.
template <unsigned SequenceBits, unsigned CountBits, unsigned Vcs>
class RetrySender {
 public:
  static constexpr unsigned sequences = 1u << SequenceBits, counts = 1u << CountBits;
  using Answer = RetryAnswer<Vcs>;

  /// `window`: flits under way at most, less than `sequences`: were it as many, a receiver could take the first of a window for
  /// that of the next.
  explicit RetrySender(unsigned window) : window_(static_cast<std::uint16_t>(window)) {}

  unsigned unacknowledged() const { return distance(base_, next_); }
  bool room() const { return unacknowledged() < window_; }
  bool behind() const { return cursor_ != next_; }   ///< there are flits to be sent, again or for the first time
  bool at_base() const { return cursor_ == base_; }  ///< the oldest unacknowledged flit is the one to be sent next
  unsigned base() const { return base_; }            ///< sequence number of that flit

  /// A new flit, when there is room(): its sequence number.
  unsigned add() {
    const unsigned sequence = next_;
    next_ = after(next_);
    return sequence;
  }

  /// The sequence number of the flit that goes on the wire now; when it is behind().
  unsigned send() {
    const unsigned sequence = cursor_;
    cursor_ = after(cursor_);
    return sequence;
  }

  /// An answer that arrived whole: how many flits it acknowledges; `give(vc, n)` for places that it frees.
  template <class Give>
  unsigned hear(const Answer& answer, Give give) {
    for (unsigned vc = 0; vc < Vcs; ++vc) {
      if (answer.freed[vc] == freed_[vc]) continue;
      give(vc, (answer.freed[vc] - freed_[vc]) & (counts - 1));
      freed_[vc] = answer.freed[vc];
    }
    const unsigned acknowledged = distance(base_, answer.expected);
    if (acknowledged > unacknowledged()) return 0;  // of none that is under way
    if (distance(base_, cursor_) < acknowledged) cursor_ = answer.expected;
    base_ = answer.expected;
    return acknowledged;
  }

  /// All unacknowledged flits are to be sent again.
  void go_back() { cursor_ = base_; }

 protected:
  static std::uint16_t after(unsigned sequence) { return static_cast<std::uint16_t>((sequence + 1) & (sequences - 1)); }
  static unsigned distance(unsigned from, unsigned to) { return (to - from) & (sequences - 1); }

  std::uint16_t window_;
  std::uint16_t base_ = 0, cursor_ = 0, next_ = 0;  ///< oldest unacknowledged, next on the wire, next new
  std::array<std::uint16_t, Vcs> freed_{};          ///< as heard last
};

template <unsigned SequenceBits, unsigned CountBits, unsigned Vcs>
class RetryReceiver {
 public:
  using Answer = RetryAnswer<Vcs>;

  /// A frame that carries a flit has arrived; true when the flit is to be taken.
  bool receive(bool intact, unsigned sequence) {
    const bool taken = intact && sequence == answer_.expected;
    answer_.refused = !taken;
    if (taken) answer_.expected = static_cast<std::uint16_t>((sequence + 1) & ((1u << SequenceBits) - 1));
    return taken;
  }

  void free(unsigned vc) { answer_.freed[vc] = static_cast<std::uint16_t>((answer_.freed[vc] + 1u) & ((1u << CountBits) - 1)); }

  /// Due whenever a frame has arrived, whatever it was, and whenever a place was freed.
  const Answer& answer() const { return answer_; }

 protected:
  Answer answer_;
};

}  // namespace twill::noc
