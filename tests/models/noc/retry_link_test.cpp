// SPDX-License-Identifier: Apache-2.0
// Protected links, flit by flit: nothing lost, repeated or out of order whatever the wires do, as fast as the closed form says, and a
// link that is dead says so.
#include <cmath>

#include "lossy_link.hpp"

namespace {

using namespace twill::noc;
using namespace twill::noc::test;
using twill::contract::Flit;

constexpr std::uint64_t million = 1'000'000;

LinkFaults bit_errors(double rate) {
  LinkFaults faults;
  faults.bit_error_rate = rate;
  return faults;
}

double goodput(const LinkOutcome& outcome, const Link& link, std::uint64_t flits) {
  return static_cast<double>(flits) * link.occupied() / static_cast<double>(outcome.cycles);
}

TEST_CASE("A million flits at every bit error rate: none lost, repeated, reordered or damaged, at the goodput of the closed form") {
  for (const double rate : {0.0, 1e-6, 1e-5, 1e-4, 1e-3}) {
    INFO("bit error rate " << rate);
    const LinkShape shape;
    const LinkFaults faults = bit_errors(rate);
    Link link = protected_link(shape, faults);
    const LinkOutcome outcome = drive(link, shape, million);
    CHECK(outcome.flawless(million));
    const double model = retry_goodput(RetryTiming(shape.latency, link.occupied()), faults);
    CHECK(goodput(outcome, link, million) == Approx(model).epsilon(0.02));
    const RetryCounts counts = link.retry()->counts();
    const double frame_errors = -std::expm1(frame_bits * std::log1p(-rate));
    CHECK(static_cast<double>(counts.crc_errors) == Approx(frame_errors * static_cast<double>(counts.frames)).epsilon(0.02).margin(60));
    CHECK((counts.replays > 0) == (rate > 0));
    CHECK(link.flits() == million);
  }
}

TEST_CASE("Any wires, shapes and faults: nothing lost, repeated, reordered or damaged, no place overrun, every credit home") {
  constexpr std::uint64_t flits = 20'000;
  const LinkShape shapes[] = {{1, 16, 1, 8}, {16, 16, 4}, {5, 4, 2, 3}, {64, 1, 16, 1}, {256, 16, 3}, {7, 2, 16, 0}};
  for (const LinkShape& shape : shapes) {
    for (const LinkFaults& faults :
         {LinkFaults{0, 0.05, 0}, LinkFaults{0, 0, 0.3}, LinkFaults{3e-4, 0.02, 0.05}, LinkFaults{1e-3, 0.1, 0.2, 7}}) {
      for (const unsigned stall : {0u, 100u}) {
        INFO("latency " << shape.latency << ", width " << shape.width << ", " << shape.vcs << " x " << shape.places() << ", bit errors "
                        << faults.bit_error_rate << ", dropped " << faults.drop_rate << ", duplicated " << faults.duplicate_rate
                        << ", stall " << stall);
        Link link = protected_link(shape, faults);
        const std::uint64_t count = shape.latency > 60 ? flits / 10 : flits;
        const LinkOutcome outcome = drive(link, shape, count, stall);
        CHECK(outcome.flawless(count));
        CHECK_FALSE(link.retry()->failed());
        CHECK(outcome.rest_cycles < outcome.cycles + 50 * RetryTiming(shape.latency, link.occupied()).timeout);
      }
    }
  }
}

TEST_CASE("Goodput follows the closed form over latencies, widths and dropped frames, too") {
  constexpr std::uint64_t flits = 100'000;
  for (const LinkShape& shape : {LinkShape{1, 16, 1, 0}, LinkShape{64, 16, 1, 0}, LinkShape{16, 4, 1, 0}}) {
    for (const LinkFaults& faults : {LinkFaults{1e-5, 0, 0}, LinkFaults{1e-3, 0, 0}, LinkFaults{0, 0.01, 0}, LinkFaults{1e-4, 0.05, 0}}) {
      INFO("latency " << shape.latency << ", width " << shape.width << ", bit errors " << faults.bit_error_rate << ", dropped "
                      << faults.drop_rate);
      Link link = protected_link(shape, faults);
      const LinkOutcome outcome = drive(link, shape, flits);
      CHECK(outcome.flawless(flits));
      CHECK(goodput(outcome, link, flits) == Approx(retry_goodput(RetryTiming(shape.latency, link.occupied()), faults)).epsilon(0.05));
    }
  }
  // Two cycles more each way are seen.
  Link later = protected_link({18, 16, 1, 0}, {1e-3, 0, 0});
  const LinkOutcome slow = drive(later, {18, 16, 1, 0}, flits);
  CHECK_FALSE(goodput(slow, later, flits) == Approx(retry_goodput(RetryTiming(16, 1), {1e-3, 0, 0})).epsilon(0.05));
  const RetryTiming timing(16, 1);
  CHECK(timing.round_trip == 33);
  CHECK(retry_goodput(timing, {}) == 1);
  CHECK(retry_goodput(timing, {0, 0.5, 0}) == Approx(0.5 / (0.5 + 0.5 * 35)));
}

TEST_CASE("A link without faults is as fast with the protocol as without") {
  for (const LinkShape& shape : {LinkShape{}, LinkShape{1, 16, 1, 0}, LinkShape{256, 16, 1, 0}, LinkShape{16, 2, 4, 0}}) {
    Link link = protected_link(shape, {});
    const LinkOutcome outcome = drive(link, shape, 5000);
    CHECK(outcome.flawless(5000));
    CHECK(outcome.cycles == 4999 * link.occupied() + shape.latency + link.occupied());
    CHECK(link.retry()->counts().replays == 0);
    CHECK(link.retry()->counts().timeouts == 0);
    CHECK(link.retry()->counts().frames == 5000);
  }
}

TEST_CASE("The same seed brings the same faults, another one others") {
  const auto run = [](std::uint64_t seed) {
    LinkFaults faults{1e-4, 0.01, 0.01, seed};
    Link link = protected_link({}, faults);
    const LinkOutcome outcome = drive(link, {}, 10'000);
    return std::pair{outcome.rest_cycles, link.retry()->counts().crc_errors};
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("A dead link is given up a timeout after the last replay, whenever it dies and whatever was under way") {
  for (const unsigned limit : {1u, 4u, 16u}) {
    for (const std::uint64_t dead_from : {0u, 1u, 20u, 517u, 4000u}) {
      const LinkShape shape;
      Link link = protected_link(shape, {}, limit, dead_from);
      const LinkOutcome outcome = drive(link, shape, 10'000);
      INFO("limit " << limit << ", dead from " << dead_from);
      REQUIRE(link.retry()->failed());
      CHECK(link.retry()->failure().find(" is dead: " + std::to_string(limit) + " replays in a row brought nothing") == 0);
      // A flit passes in every cycle; owed is the first whose answer would be sent when the wires stand still.
      const std::uint64_t owed = dead_from > shape.latency + 1 ? dead_from - shape.latency - 1 : 0;
      CHECK(outcome.rest_cycles == owed + (limit + 1) * RetryTiming(shape.latency, 1).timeout);
      CHECK(link.retry()->failed_cycle() == outcome.rest_cycles);
      CHECK(outcome.repeated + outcome.damaged + outcome.overflows == 0);
    }
  }
  CHECK(17 * RetryTiming(16, 1).timeout == 697);
}

TEST_CASE("A dead link that is narrow waits for its wires in each try, at most for what a frame takes them") {
  unsigned waited = 0;
  for (const unsigned width : {1u, 2u, 4u, 8u}) {
    for (const unsigned latency : {1u, 5u, 16u, 100u}) {
      for (std::uint64_t dead_from = 0; dead_from < 2000; dead_from += 37) {
        const LinkShape shape{latency, width, 2, 0};
        Link link = protected_link(shape, {}, 16, dead_from);
        const unsigned occupied = link.occupied();
        const RetryTiming timing(latency, occupied);
        const LinkOutcome outcome = drive(link, shape, 10'000);
        INFO("width " << width << ", latency " << latency << ", dead from " << dead_from);
        REQUIRE(link.retry()->failed());
        // Flits pass at every multiple of `occupied`. Each is answered when it is there: that of the first that is owed meets dead wires, or
        // the flit itself does.
        const std::uint64_t there = latency + occupied;
        const std::uint64_t owed = dead_from > there ? (dead_from - there + occupied - 1) / occupied * occupied : 0;
        CHECK(outcome.rest_cycles >= owed + 17 * timing.timeout);
        CHECK(outcome.rest_cycles <= owed + 17 * timing.timeout + 16 * (occupied - 1));
        waited += outcome.rest_cycles > owed + 17 * timing.timeout;
      }
    }
  }
  CHECK(waited > 100);
  // Wires taken without a gap: a timeout is 161 cycles there, a try 11 frames.
  const LinkShape shape{1, 1, 2, 0};
  Link link = protected_link(shape, {}, 16, 0);
  CHECK(RetryTiming(1, 16).timeout == 161);
  CHECK(drive(link, shape, 10'000).rest_cycles == 16 * 11 * 16 + 161);
}

TEST_CASE("A link that dies when only credits are missing is given up, too") {
  const LinkShape shape{16, 16, 1, 4};
  Link link = protected_link(shape, {}, 16, 60);
  // Four flits fill the places; they are acknowledged, and their credits meet wires that stand still.
  unsigned held = 0;
  std::uint64_t cycle = 0;
  for (; cycle < 5000 && !link.retry()->failed(); ++cycle) {
    link.begin_receiver(cycle);
    link.begin_sender(cycle);
    for (; link.next_due() <= cycle; link.pop()) ++held;
    if (cycle < 4) link.pass(nth_flit(cycle), 0, cycle);
    if (cycle >= 100 && held > 0) {
      link.give_credit(0, cycle);
      --held;
    }
    link.end_receiver(cycle);
    publish(link);
  }
  REQUIRE(link.retry()->failed());
  CHECK(link.retry()->failed_cycle() == cycle - 1);
  CHECK(link.retry()->failed_cycle() == 3 + RetryTiming(16, 1).round_trip + 17 * RetryTiming(16, 1).timeout);  // the last flit's answer was the last
}

TEST_CASE("Places that stay taken are no reason to give a link up") {
  const LinkShape shape{16, 16, 1, 4};
  Link link = protected_link(shape, {1e-3, 0.1, 0.1});
  unsigned got = 0, credits = 0;
  for (std::uint64_t cycle = 0; cycle < 120'000; ++cycle) {
    link.begin_receiver(cycle);
    link.begin_sender(cycle);
    for (; link.next_due() <= cycle; link.pop()) ++got;
    link.take_credits(cycle, [&](unsigned) { ++credits; });
    if (got + credits == 0 && link.free(cycle) && link.flits() < 4) link.pass(nth_flit(link.flits()), 0, cycle);
    if (cycle >= 100'000 && cycle < 100'004) link.give_credit(0, cycle);
    link.end_receiver(cycle);
    publish(link);
  }
  CHECK(got == 4);
  CHECK(credits == 4);
  CHECK_FALSE(link.retry()->failed());
  CHECK(link.retry()->at_rest());
}

/// A link without a protocol over the same wires: what drive() must find fault with.
class BareLink {
 public:
  BareLink(const LinkFaults& faults, unsigned swapped_every = 0) : wire_(faults, 0, FaultyWire::never), swapped_every_(swapped_every) {}

  void begin_receiver(std::uint64_t) {}
  void begin_sender(std::uint64_t) {}
  void end_receiver(std::uint64_t) {}
  friend void publish(BareLink&) {}
  const RetryLink* retry() const { return nullptr; }

  bool free(std::uint64_t) const { return true; }
  void pass(const Flit& flit, unsigned vc, std::uint64_t cycle) {
    Link::Passing passing{flit, cycle + 17, vc};
    for (unsigned n = wire_.carry(passing.flit, cycle); n > 0; --n) flits_.push_back(passing);
    if (swapped_every_ != 0 && ++passed_ % swapped_every_ == 0 && flits_.size() > 1)
      std::swap(flits_.back().flit, flits_[flits_.size() - 2].flit);
  }
  std::uint64_t next_due() const { return flits_.empty() ? Link::never : flits_.front().due; }
  const Link::Passing& front() const { return flits_.front(); }
  void pop() { flits_.pop_front(); }
  void give_credit(unsigned, std::uint64_t cycle) { credits_.push_back(cycle + 16); }
  template <class Take>
  void take_credits(std::uint64_t cycle, Take take) {
    for (; !credits_.empty() && credits_.front() <= cycle; credits_.pop_front()) take(0);
  }

 private:
  FaultyWire wire_;
  unsigned swapped_every_, passed_ = 0;
  std::deque<Link::Passing> flits_;
  std::deque<std::uint64_t> credits_;
};

TEST_CASE("What drive() says of links that lose, repeat, reorder and damage flits") {
  const auto seen = [](const LinkFaults& faults, unsigned swapped_every = 0) {
    BareLink link(faults, swapped_every);
    return drive(link, {}, 10'000, 0, 1000);
  };
  CHECK(seen({}).flawless(10'000));
  const LinkOutcome dropping = seen({0, 0.001, 0});
  CHECK(dropping.lost > 0);
  CHECK(dropping.missing_credits == dropping.lost);
  CHECK(seen({0, 0, 0.001}).repeated > 0);
  CHECK(seen({1e-5, 0, 0}).damaged > 0);
  const LinkOutcome swapping = seen({}, 100);
  CHECK(swapping.repeated > 0);
  CHECK(swapping.lost > 0);
}

}  // namespace
