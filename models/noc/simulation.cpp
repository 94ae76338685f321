// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/simulation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "twill/error.hpp"

namespace twill::noc {
namespace {

constexpr std::uint64_t short_latencies = 1 << 16;  // counted in an array, longer ones in a map

Load checked(const Load& load) {
  if (!(load.injection > 0 && load.injection <= 1)) throw InputError("the injection of a chip is above 0 and at most 1 flit a cycle");
  if (load.packet < 1 || load.packet > 1024) throw InputError("a packet has 1 to 1024 flits, not " + std::to_string(load.packet));
  if (load.cycles < 1) throw InputError("at least 1 cycle must be measured");
  return load;
}

unsigned diameter(const Topology& topology) {
  unsigned most = 0;
  for (unsigned s = 0; s < topology.chips(); ++s)
    for (unsigned d = 0; d < topology.chips(); ++d) most = std::max(most, topology.distance(s, d));
  return most;
}

}  // namespace

Simulation::Simulation(Fabric& fabric, const Traffic& traffic, const Load& load)
    : fabric_(fabric),
      traffic_(traffic),
      load_(checked(load)),
      measured_to_(load.warmup + load.cycles),
      latest_(measured_to_ + load.cycles / 10 + 4 * zero_load_latency(fabric.options(), diameter(fabric.topology()), load.packet)),
      offer_below_(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(load.injection / load.packet * 0x1p53))),
      offering_(fabric.chips()),
      latencies_(short_latencies) {
  fabric.reset();
  TrafficRandom seeds(load.seed);
  for (unsigned c = 0; c < fabric.chips(); ++c) sources_.push_back({TrafficRandom(seeds.next())});
  for (unsigned c = 0; c < fabric.chips(); ++c) draw(c);
}

void Simulation::draw(unsigned chip) {
  Source& source = sources_[chip];
  const bool was_offering = source.offered < measured_to_;
  while (source.random.next() >> 11 >= offer_below_) ++source.untried;
  source.offered = source.untried++;
  source.destination = traffic_.destination(chip, source.random);
  source.left = load_.packet;
  if (was_offering && source.offered >= measured_to_) --offering_;
}

void Simulation::advance(std::uint64_t cycles) {
  for (; cycles > 0 && !done_; --cycles) {
    for (unsigned c = 0; c < fabric_.chips(); ++c) step_chip(c);
    for (unsigned n = fabric_.chips(); n < fabric_.nodes(); ++n) fabric_.step(n, now_);
    fabric_.exchange();
    if (!fabric_.failure().empty()) throw ChipError(fabric_.failure());
    ++now_;
    done_ = now_ >= measured_to_ && ((under_way_ == 0 && offering_ == 0) || now_ >= latest_);
  }
}

void Simulation::step_chip(unsigned chip) {
  Source& source = sources_[chip];
  if (!fabric_.idle(chip) || source.offered <= now_) {
    Terminal& terminal = fabric_.terminal(chip);
    source.credits += terminal.credit();
    if (const contract::Flit* const flit = terminal.arriving()) {
      arrived(*flit);
      terminal.give_credit();
    }
    if (source.offered <= now_ && source.credits > 0) send(source, chip, terminal);
  }
  fabric_.step(chip, now_);
}

// Payload: the cycle in which the packet was offered, and how many of its flits follow.
void Simulation::send(Source& source, unsigned chip, Terminal& terminal) {
  if (source.left == load_.packet && measured(source.offered)) ++under_way_;
  contract::Flit flit;
  flit.set_source(chip);
  flit.set_destination(source.destination);
  flit.words[0] = static_cast<std::uint32_t>(source.offered);
  flit.words[1] = static_cast<std::uint32_t>(source.offered >> 32);
  flit.words[2] = --source.left;
  terminal.send(flit);
  --source.credits;
  if (source.left == 0) draw(chip);
}

void Simulation::arrived(const contract::Flit& flit) {
  if (now_ >= load_.warmup && now_ < measured_to_) ++flits_;
  const std::uint64_t offered = flit.words[0] | std::uint64_t{flit.words[1]} << 32;
  if (flit.words[2] != 0 || !measured(offered)) return;
  const std::uint64_t latency = now_ - offered;
  --under_way_;
  ++packets_;
  latency_sum_ += latency;
  ++(latency < short_latencies ? latencies_[latency] : long_latencies_[latency]);
}

/// How long the one in this place took, when they stand by latency, from 1 on.
std::uint64_t Simulation::latency_of(std::uint64_t place) const {
  std::uint64_t below = 0;
  for (std::uint64_t latency = 0; latency < short_latencies; ++latency)
    if ((below += latencies_[latency]) >= place) return latency;
  for (const auto& [latency, packets] : long_latencies_)
    if ((below += packets) >= place) return latency;
  throw std::logic_error("there is no packet " + std::to_string(place) + " of " + std::to_string(below));
}

LoadResult Simulation::result() const {
  LoadResult result;
  result.offered = load_.injection;
  result.accepted = static_cast<double>(flits_) / (static_cast<double>(load_.cycles) * fabric_.chips());
  result.packets = packets_;
  result.saturated = under_way_ != 0 || offering_ != 0;
  if (packets_ == 0) return result;
  result.mean_latency = static_cast<double>(latency_sum_) / static_cast<double>(packets_);
  result.latency_99 = latency_of(packets_ - packets_ / 100);
  return result;
}

std::uint64_t zero_load_latency(const NetworkOptions& options, unsigned hops, unsigned packet) {
  const unsigned flit = contract::flit_bytes / options.link_width;  // cycles on a link
  return (hops + 1) * options.pipeline + hops * (options.link_latency + flit - 1) + (packet - 1) * (hops > 0 ? flit : 1);
}

double zero_load_latency(const Fabric& fabric, const Traffic& traffic, unsigned packet) {
  double sum = 0;
  for (unsigned s = 0; s < fabric.chips(); ++s)
    for (unsigned d = 0; d < fabric.chips(); ++d)
      sum += traffic.share(s, d) * static_cast<double>(zero_load_latency(fabric.options(), fabric.topology().distance(s, d), packet));
  return sum / fabric.chips();
}

namespace {

/// Of one packet; `now` is the first cycle, and afterwards one in which the network is at rest again.
std::uint64_t lone_packet(Fabric& fabric, unsigned from, unsigned to, unsigned packet, std::uint64_t& now) {
  const std::uint64_t start = now;
  std::uint64_t latency = 0;
  unsigned sent = 0, got = 0, credits = Terminal::send_credits;
  for (;; ++now) {
    credits += fabric.terminal(from).credit();
    if (fabric.terminal(to).arriving() != nullptr) {
      latency = now - start;
      ++got;
      fabric.terminal(to).give_credit();
    }
    if (sent < packet && credits > 0) {
      contract::Flit flit;
      flit.set_source(from);
      flit.set_destination(to);
      fabric.terminal(from).send(flit);
      ++sent;
      --credits;
    }
    std::uint64_t next = Router::never;
    for (unsigned n = 0; n < fabric.nodes(); ++n)
      if (fabric.next_event(n) <= now) fabric.step(n, now);
    fabric.exchange();
    for (unsigned n = 0; n < fabric.nodes(); ++n) next = std::min(next, fabric.next_event(n));
    if (got == packet && next == Router::never) return latency;
    if (sent == packet) now = next - 1;  // nothing happens until then
  }
}

}  // namespace

double measure_zero_load_latency(Fabric& fabric, const Traffic& traffic, unsigned packet) {
  fabric.reset();
  double sum = 0;
  std::uint64_t now = 0;
  for (unsigned s = 0; s < fabric.chips(); ++s) {
    for (unsigned d = 0; d < fabric.chips(); ++d) {
      const double share = traffic.share(s, d);
      if (share == 0) continue;
      sum += share * static_cast<double>(lone_packet(fabric, s, d, packet, now));
      now += 2 * fabric.options().link_latency;  // until the credits are home
    }
  }
  return sum / fabric.chips();
}

}  // namespace twill::noc
