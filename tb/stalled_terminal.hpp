// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>

#include "twill/memory/stalls.hpp"
#include "twill/noc/terminal.hpp"

namespace twill::tb {

/// A terminal that keeps flits and credits back for a random time before the chip sees them, in order. For tests.
class StalledTerminal final : public noc::Terminal {
 public:
  StalledTerminal(noc::Terminal& terminal, double share, std::uint64_t seed) : terminal_(terminal), stalls_(share, seed) {}

  void send(const contract::Flit& flit) override { terminal_.send(flit); }
  bool credit() const override { return credit_; }
  const contract::Flit* arriving() const override { return arriving_ ? &flit_ : nullptr; }
  void give_credit() override { terminal_.give_credit(); }

  /// After each step of the network.
  void step() {
    if (terminal_.credit()) ++credits_;
    if (const contract::Flit* const flit = terminal_.arriving()) flits_.push_back(*flit);
    credit_ = credits_ > 0 && !stalls_.stalled();
    if (credit_) --credits_;
    arriving_ = !flits_.empty() && !stalls_.stalled();
    if (arriving_) {
      flit_ = flits_.front();
      flits_.pop_front();
    }
  }

  /// Shows something, or will.
  bool holds() const { return credit_ || arriving_ || credits_ > 0 || !flits_.empty(); }

  void reset() {
    credits_ = 0;
    credit_ = arriving_ = false;
    flits_.clear();
    stalls_.reset();
  }

 private:
  noc::Terminal& terminal_;
  memory::Stalls stalls_;
  unsigned credits_ = 0;
  bool credit_ = false, arriving_ = false;
  contract::Flit flit_;
  std::deque<contract::Flit> flits_;
};

}  // namespace twill::tb
