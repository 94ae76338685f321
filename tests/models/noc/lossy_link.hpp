// SPDX-License-Identifier: Apache-2.0
// One link by itself, driven as hard as it takes flits, with every bit of every flit compared at the other end.
#pragma once
#include <deque>
#include <vector>

#include "catch.hpp"
#include "twill/noc/link.hpp"
#include "twill/noc/retry_model.hpp"

namespace twill::noc::test {

struct LinkShape {
  unsigned latency = 16, width = 16, vcs = 1, buffer = 0;  ///< buffer 0: as NetworkOptions
  unsigned places() const { return buffer != 0 ? buffer : 2 * latency + 8; }
};

inline Link protected_link(const LinkShape& shape, const LinkFaults& faults, unsigned limit = 16,
                           std::uint64_t dead_from = RetryLink::never) {
  Link link(shape.latency, shape.width, shape.vcs * shape.places());
  link.protect(std::make_unique<RetryLink>(RetryTiming(shape.latency, link.occupied()), limit, faults, 0, dead_from));
  return link;
}

/// The n-th flit of a run, with something in each of its fields.
inline contract::Flit nth_flit(std::uint64_t n) {
  TrafficRandom random(n);
  contract::Flit flit;
  for (unsigned i = 0; i < 6; ++i) flit.words[i] = static_cast<std::uint32_t>(random.next());
  flit.words[6] = static_cast<std::uint32_t>(random.next()) & 0x1ffu;  // address and class; what follows is the link's
  flit.words[0] = static_cast<std::uint32_t>(n);
  return flit;
}

struct LinkOutcome {
  std::uint64_t delivered = 0;  ///< of the flits in order
  std::uint64_t lost = 0;       ///< passed over by one that came, or never there
  std::uint64_t repeated = 0;   ///< came again, or after one that was sent later
  std::uint64_t damaged = 0;    ///< another content or virtual channel
  std::uint64_t overflows = 0;  ///< more in a virtual channel than it has places for
  std::uint64_t missing_credits = 0;
  std::uint64_t cycles = 0;       ///< until the last was there
  std::uint64_t rest_cycles = 0;  ///< until nothing was under way and all credits were home

  bool flawless(std::uint64_t flits) const {
    return delivered == flits && lost == 0 && repeated == 0 && damaged == 0 && overflows == 0 && missing_credits == 0;
  }
};

/// Between cycles, as a Fabric does of a protected link.
inline void publish(Link& link) { link.retry()->publish(); }

/// Sends `flits` as fast as link and credits allow; places are freed `pipeline` cycles later by the receiver, or later yet in one cycle of
/// `stall`. Ends when all is at rest, the link failed, or after `patience` cycles in which nothing arrived.
template <class AnyLink>
LinkOutcome drive(AnyLink& link, const LinkShape& shape, std::uint64_t flits, unsigned stall = 0, std::uint64_t patience = 20'000) {
  constexpr unsigned pipeline = 2;
  LinkOutcome outcome;
  std::vector<unsigned> credits(shape.vcs, shape.places()), held(shape.vcs);
  std::deque<std::pair<std::uint64_t, unsigned>> leaving;  // cycle, virtual channel
  TrafficRandom random(99);
  std::uint64_t sent = 0, expected = 0, moved = 0, cycle = 0;
  const auto home = [&] {
    for (const unsigned c : credits)
      if (c != shape.places()) return false;
    return true;
  };
  for (; cycle < moved + patience; ++cycle) {
    link.begin_receiver(cycle);
    link.begin_sender(cycle);
    for (; link.next_due() <= cycle; link.pop()) {
      const auto& front = link.front();
      const std::uint64_t number = front.flit.words[0];
      if (number < expected) {
        ++outcome.repeated;
      } else if (number >= flits) {
        ++outcome.damaged;
      } else {
        outcome.lost += number - expected;
        outcome.damaged += !(front.flit == nth_flit(number)) || front.vc != number % shape.vcs;
        ++outcome.delivered;
        expected = number + 1;
        outcome.cycles = cycle;
      }
      moved = cycle;
      const unsigned vc = front.vc % shape.vcs;
      outcome.overflows += ++held[vc] > shape.places();
      std::uint64_t at = cycle + pipeline - 1;
      if (stall != 0 && random.below(stall) == 0) at += 200;
      leaving.emplace_back(leaving.empty() ? at : std::max(at, leaving.back().first + 1), vc);
    }
    link.take_credits(cycle, [&](unsigned vc) { ++credits[vc]; });
    const auto vc = static_cast<unsigned>(sent % shape.vcs);
    if (sent < flits && credits[vc] > 0 && link.free(cycle)) {
      link.pass(nth_flit(sent++), vc, cycle);
      --credits[vc];
      moved = cycle;
    }
    while (!leaving.empty() && leaving.front().first <= cycle) {
      --held[leaving.front().second];
      link.give_credit(leaving.front().second, cycle);
      leaving.pop_front();
    }
    link.end_receiver(cycle);
    publish(link);
    if (link.retry() != nullptr && link.retry()->failed()) break;
    if (sent == flits && leaving.empty() && home() && (link.retry() == nullptr || link.retry()->at_rest())) break;
  }
  outcome.lost += flits - expected;
  outcome.rest_cycles = cycle;
  for (const unsigned c : credits) outcome.missing_credits += shape.places() - c;
  return outcome;
}

}  // namespace twill::noc::test
