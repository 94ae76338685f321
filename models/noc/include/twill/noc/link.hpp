// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "twill/contract.hpp"
#include "twill/noc/retry_link.hpp"

namespace twill::noc {

/// One way from one router to the next: flits there, credits back, each `latency` cycles on their way. A link narrower than a flit's
/// payload is taken by it for several cycles, and it has arrived when its last part has.
///
/// Sender and receiver may be stepped by different threads for up to `latency` cycles at a time: what either hands over is seen by
/// the other from the next publish() on, which is soon enough, because it is due no earlier.
///
/// A link that is protect()ed has a RetryLink between its two ends, which both then let work in every cycle in which it is due. It feeds
/// the same rings, each at the side that reads it: flits that have arrived whole and in order, and credits that were heard of.
class Link {
 public:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  struct Passing {
    contract::Flit flit;
    std::uint64_t due;  ///< cycle in which the receiver has it
    unsigned vc;
  };

  /// `width`: payload bytes a cycle, 1, 2, 4, 8 or 16. `credits`: flits that can be under way or in the receiver's buffers at most.
  Link(unsigned latency, unsigned width, unsigned credits);

  /// Until the next reset().
  void protect(std::unique_ptr<RetryLink> retry) { retry_ = std::move(retry); }

  // of the sender
  /// Of a protected link, before anything else in a cycle.
  void begin_sender(std::uint64_t cycle) {
    retry_->begin_sender(cycle, [&](unsigned vc) { credits_[sender_.credits_shown++ & credit_mask_] = cycle << vc_bits | vc; });
    sender_.free_at = retry_->free_at();
  }
  bool free(std::uint64_t cycle) const { return cycle >= sender_.free_at; }
  /// The one place where flits pass: it leaves the router's switch in `cycle`, in which the link is free.
  void pass(const contract::Flit& flit, unsigned vc, std::uint64_t cycle) {
    if (retry_) return pass_protected(flit, vc, cycle);
    Passing& place = flits_[sender_.sent++ & flit_mask_];
    place.flit = flit;
    place.due = cycle + flit_delay_;
    place.vc = vc;
    sender_.free_at = cycle + occupied_;
  }
  /// Takes the credits that are due by `cycle`: `take(vc)` for each.
  template <class Take>
  void take_credits(std::uint64_t cycle, Take take) {
    for (; sender_.credits_taken != sender_.credits_shown; ++sender_.credits_taken) {
      const std::uint64_t credit = credits_[sender_.credits_taken & credit_mask_];
      if (credit >> vc_bits > cycle) break;
      take(static_cast<unsigned>(credit & ((1u << vc_bits) - 1)));
    }
  }

  // of the receiver
  /// Of a protected link, before anything else in a cycle, and after everything else.
  void begin_receiver(std::uint64_t cycle) {
    retry_->begin_receiver(cycle, [&](const contract::Flit& flit, unsigned vc) {
      flits_[receiver_.flits_shown++ & flit_mask_] = {flit, cycle, vc};
    });
  }
  void end_receiver(std::uint64_t cycle) { retry_->end_receiver(cycle); }

  std::uint64_t next_due() const { return receiver_.received == receiver_.flits_shown ? never : flits_[receiver_.received & flit_mask_].due; }
  const Passing& front() const { return flits_[receiver_.received & flit_mask_]; }
  void pop() { ++receiver_.received; }
  void give_credit(unsigned vc, std::uint64_t cycle) {
    if (retry_) return retry_->free(vc);
    credits_[receiver_.credits_given++ & credit_mask_] = (cycle + latency_) << vc_bits | vc;
  }

  // between windows
  /// Shows each side what the other handed over since. True when there are flits among it. A protected link's retry() does that instead.
  bool publish() {
    sender_.credits_shown = receiver_.credits_given;
    if (receiver_.flits_shown == sender_.sent) return false;
    receiver_.flits_shown = sender_.sent;
    return true;
  }
  void reset();

  std::uint64_t flits() const { return sender_.sent; }  ///< that have passed since the reset, each once
  std::uint64_t busy_cycles() const { return (retry_ ? retry_->counts().frames : sender_.sent) * occupied_; }  ///< in which it was taken
  unsigned latency() const { return latency_; }
  unsigned occupied() const { return occupied_; }  ///< cycles a flit takes it
  RetryLink* retry() { return retry_.get(); }      ///< of a protected link, or null
  const RetryLink* retry() const { return retry_.get(); }

 private:
  static constexpr unsigned vc_bits = 4;

  void pass_protected(const contract::Flit& flit, unsigned vc, std::uint64_t cycle);

  // Each side's on a line of its own. What it was shown stands there, too: it alone looks at it, and of a protected link it is who counts it.
  struct alignas(64) Sender {
    std::uint64_t sent = 0, credits_taken = 0, free_at = 0;
    std::uint64_t credits_shown = 0;
  };
  struct alignas(64) Receiver {
    std::uint64_t received = 0, credits_given = 0;
    std::uint64_t flits_shown = 0;
  };

  Sender sender_;
  Receiver receiver_;
  unsigned latency_, occupied_, flit_delay_;
  std::uint64_t flit_mask_, credit_mask_;
  std::vector<Passing> flits_;
  std::vector<std::uint64_t> credits_;  ///< due cycle and virtual channel
  std::unique_ptr<RetryLink> retry_;
};

}  // namespace twill::noc
