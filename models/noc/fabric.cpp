// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/fabric.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "twill/error.hpp"

namespace twill::noc {
namespace {

void check(const char* what, unsigned value, unsigned low, unsigned high) {
  if (value < low || value > high)
    throw InputError(std::string(what) + " can be " + std::to_string(low) + " to " + std::to_string(high) + ", not " +
                     std::to_string(value));
}

std::string text_of(double rate) {
  std::ostringstream text;
  text << rate;
  return text.str();
}

void check(const char* what, double rate, double most, const char* most_text) {
  if (!(rate == 0 || (rate >= LinkFaults::least_rate && rate <= most)))
    throw InputError(std::string(what) + " can be 0 or 1e-15 to " + most_text + ", not " + text_of(rate));
}

NetworkOptions checked(NetworkOptions options) {
  check("the latency of a link", options.link_latency, 1, 256);
  check("the buffer of a virtual channel", options.buffer, 0, 1024);
  check("the pipeline of a router", options.pipeline, 1, 7);
  check("the replay limit", options.replay_limit, 1, 1000);
  check("the bit error rate", options.faults.bit_error_rate, LinkFaults::most_bit_error_rate, "0.01");
  check("the share of frames dropped", options.faults.drop_rate, LinkFaults::most_frame_rate, "0.5");
  check("the share of frames duplicated", options.faults.duplicate_rate, LinkFaults::most_frame_rate, "0.5");
  if (options.link_width == 0 || contract::flit_bytes % options.link_width != 0)
    throw InputError("the width of a link can be 1, 2, 4, 8 or 16 bytes, not " + std::to_string(options.link_width));
  if (options.buffer == 0) options.buffer = 2 * options.link_latency + 8;
  return options;
}

}  // namespace

Fabric::Fabric(const TopologySpec& spec, const NetworkOptions& options)
    : options_(checked(options)), faults_(options.faults), routing_(Topology(spec), options.vcs) {
  const Topology& t = topology();
  std::vector<std::vector<std::size_t>> leaving(t.nodes());  // [node][port]: its wire
  for (unsigned node = 0; node < t.nodes(); ++node) {
    leaving[node].resize(t.ports(node));
    for (unsigned port = 0; port < t.ports(node); ++port) {
      const auto end = t.neighbour(node, port);
      if (!end.exists()) continue;
      leaving[node][port] = wires_.size();
      wires_.push_back({Link(options_.link_latency, options_.link_width, options_.vcs * options_.buffer), node, end.node});
    }
  }
  for (const LinkFaults::Hit& hit : options_.faults.hits) {
    if (hit.wire >= 2 * wires_.size())
      throw InputError("wire " + std::to_string(hit.wire) + " cannot be hit: " + spec.text() + " has " + std::to_string(2 * wires_.size()) +
                       ", counted from 0");
    for (const unsigned bit : hit.bits)
      if (bit >= frame_bits) throw InputError("bit " + std::to_string(bit) + " cannot be hit: a frame has bits 0 to " + std::to_string(frame_bits - 1));
  }
  for (const LinkFaults::Dead& dead : faults_.dead)
    if (std::none_of(wires_.begin(), wires_.end(), [&](const Wire& w) { return w.from == dead.from && w.to == dead.to; }))
      throw InputError("no link joins " + std::to_string(dead.from) + " and " + std::to_string(dead.to) + " in " + spec.text() +
                       ", so it cannot die; links join neighbours");
  protect();
  routers_.reserve(t.nodes());
  for (unsigned node = 0; node < t.nodes(); ++node) {
    routers_.emplace_back(routing_, node, options_.buffer, options_.pipeline);
    for (unsigned port = 0; port < t.ports(node); ++port) {
      const auto end = t.neighbour(node, port);
      if (end.exists()) routers_[node].connect(port, wires_[leaving[end.node][end.port]].link, wires_[leaving[node][port]].link);
    }
  }
}

Terminal& Fabric::terminal(unsigned chip) {
  if (chip >= chips()) throw std::out_of_range("there is no chip " + std::to_string(chip) + " in a network of " + std::to_string(chips()));
  return routers_[chip].terminal();
}

// Every link has wires and random numbers of its own, so it does not matter who steps which end first.
void Fabric::protect() {
  if (!options_.protects_links()) return;
  for (unsigned i = 0; i < wires_.size(); ++i) {
    Wire& wire = wires_[i];
    wire.link.protect(std::make_unique<RetryLink>(RetryTiming(options_.link_latency, wire.link.occupied()), options_.replay_limit,
                                                  faults_, i, dead_from(wire)));
  }
}

std::uint64_t Fabric::dead_from(const Wire& wire) const {
  std::uint64_t first = RetryLink::never;
  if (job_begin_ == RetryLink::never) return first;
  for (const LinkFaults::Dead& dead : faults_.dead)
    if ((dead.from == wire.from && dead.to == wire.to) || (dead.from == wire.to && dead.to == wire.from)) first = std::min(first, dead.cycle);
  return first < RetryLink::never - job_begin_ ? first + job_begin_ : RetryLink::never;
}

void Fabric::begin_job(std::uint64_t cycle) {
  job_begin_ = cycle;
  for (Wire& wire : wires_)
    if (RetryLink* const retry = wire.link.retry()) retry->dies_in(dead_from(wire));
}

void Fabric::exchange() {
  if (options_.protects_links()) return exchange_protected();
  for (Wire& wire : wires_)
    if (wire.link.publish()) routers_[wire.to].wake_by(wire.link.next_due());
}

void Fabric::exchange_protected() {
  const bool given_up = !failure_.empty();  // before
  const RetryLink* first = nullptr;  // of those that were given up
  for (Wire& wire : wires_) {
    RetryLink& retry = *wire.link.retry();
    retry.publish();
    routers_[wire.to].wake_by(retry.frame_due());
    routers_[wire.from].wake_by(retry.answer_due());
    if (!retry.failed() || (first && first->failed_cycle() <= retry.failed_cycle())) continue;
    first = &retry;
    if (!given_up) failure_ = "link " + wire.name() + retry.failure(job_begin_ == RetryLink::never ? 0 : job_begin_);
  }
}

void Fabric::reset() {
  faults_.hits.clear();
  for (Wire& wire : wires_) {
    if (const RetryLink* const retry = wire.link.retry()) {
      const auto hits = retry->hits_to_come();
      faults_.hits.insert(faults_.hits.end(), hits.begin(), hits.end());
    }
    wire.link.reset();
  }
  protect();
  failure_.clear();
  for (Router& router : routers_) router.reset();
}

std::vector<LinkReport> Fabric::links() const {
  std::vector<LinkReport> reports;
  for (const Wire& wire : wires_) {
    LinkReport report{wire.name(), wire.from, wire.to, wire.link.flits(), wire.link.busy_cycles()};
    if (const RetryLink* const retry = wire.link.retry()) {
      report.retry = retry->counts();
      report.failed = retry->failed();
    }
    reports.push_back(report);
  }
  return reports;
}

bool Fabric::at_rest(std::uint64_t cycle) {
  for (const Wire& wire : wires_)
    if (wire.link.next_due() != Link::never || (wire.link.retry() && !wire.link.retry()->at_rest())) return false;
  for (Router& router : routers_)
    if (!router.at_rest(cycle)) return false;
  return true;
}

}  // namespace twill::noc
