// SPDX-License-Identifier: Apache-2.0
// Chips that send flits at random and look at what they get: everything once, every flow in order.
#pragma once
#include <algorithm>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "twill/noc/fabric.hpp"

namespace twill::noc::test {

inline contract::Flit flit(unsigned source, unsigned destination, std::uint32_t number = 0) {
  contract::Flit f;
  f.set_source(source);
  f.set_destination(destination);
  f.words[0] = number;
  return f;
}

inline std::vector<TopologySpec> shapes() {
  std::vector<TopologySpec> specs;
  for (const char* text : {"ring:1", "ring:2", "ring:3", "ring:5", "ring:8", "mesh:1x1", "mesh:1x4", "mesh:3x2", "mesh:4x4", "torus:2x2",
                           "torus:2x4", "torus:3x3", "torus:4x4", "torus:5x3", "switch:1", "switch:2", "switch:7", "switch:64"})
    specs.push_back(parse_topology(text));
  return specs;
}

struct Arrival {
  std::uint64_t cycle;
  unsigned source;
  std::uint32_t number;  ///< of its flow
  bool operator==(const Arrival& o) const { return cycle == o.cycle && source == o.source && number == o.number; }
};

/// Sends in `busy` of 256 cycles until `stop`, and gives a place free after up to 7 cycles. What it does depends on what it sees alone.
class TrafficChip {
 public:
  TrafficChip(unsigned self, unsigned chips, unsigned busy, std::uint64_t stop, std::uint64_t seed)
      : self_(self), busy_(busy), stop_(stop), random_(seed * 1000 + self), sent_(chips), got_(chips) {}

  void step(Terminal& terminal, std::uint64_t cycle) {
    if (terminal.credit()) ++credits_;
    if (const contract::Flit* arrived = terminal.arriving()) {
      arrivals_.push_back({cycle, arrived->source(), arrived->words[0]});
      wrong_ += arrived->destination() != self_ || arrived->words[0] != got_[arrived->source()]++;
      most_ = std::max<std::size_t>(most_, held_.size() + 1);
      held_.push_back(cycle + random_() % 8);
    }
    if (!held_.empty() && held_.front() <= cycle) {
      held_.pop_front();
      terminal.give_credit();
    }
    if (cycle >= stop_ || credits_ == 0 || random_() % 256 >= busy_) return;
    const unsigned to = static_cast<unsigned>(random_() % sent_.size());
    terminal.send(flit(self_, to, sent_[to]++));
    --credits_;
  }

  const std::vector<Arrival>& arrivals() const { return arrivals_; }
  const std::vector<std::uint32_t>& sent() const { return sent_; }
  const std::vector<std::uint32_t>& got() const { return got_; }
  unsigned wrong() const { return wrong_; }
  unsigned credits() const { return credits_; }
  std::size_t most_held() const { return most_; }

 private:
  unsigned self_, busy_;
  std::uint64_t stop_;
  std::mt19937_64 random_;
  unsigned credits_ = Terminal::send_credits, wrong_ = 0;
  std::deque<std::uint64_t> held_;  ///< when a place becomes free
  std::size_t most_ = 0;
  std::vector<std::uint32_t> sent_, got_;  ///< [chip]
  std::vector<Arrival> arrivals_;
};

/// How nodes are stepped.
struct Schedule {
  unsigned window = 1;
  enum class Order { up, down, shuffled, two_threads } order = Order::up;
  bool skip = false;  ///< leave out cycles before next_event() once a chip has stopped sending
};

/// Runs random traffic to its end; every flit must have arrived once and in order, and every credit must be home.
inline std::vector<std::vector<Arrival>> run_traffic(Fabric& fabric, unsigned busy, std::uint64_t cycles, std::uint64_t seed,
                                                     Schedule schedule = {}) {
  std::vector<TrafficChip> chips;
  for (unsigned c = 0; c < fabric.chips(); ++c) chips.emplace_back(c, fabric.chips(), busy, cycles, seed);
  const auto run_node = [&](unsigned node, std::uint64_t start) {
    for (std::uint64_t cycle = start; cycle < start + schedule.window; ++cycle) {
      // A chip that holds flits must be stepped to free their places; after 7 cycles without an event it holds none.
      if (node < fabric.chips()) chips[node].step(fabric.terminal(node), cycle);
      if (!schedule.skip || fabric.next_event(node) <= cycle) fabric.step(node, cycle);
    }
  };
  std::vector<unsigned> nodes(fabric.nodes());
  for (unsigned n = 0; n < nodes.size(); ++n) nodes[n] = n;
  if (schedule.order == Schedule::Order::down) std::reverse(nodes.begin(), nodes.end());
  std::mt19937_64 shuffler(seed);
  std::uint64_t now = 0;
  for (std::uint64_t calm = 0; calm < 64;) {
    if (schedule.order == Schedule::Order::two_threads) {
      std::thread other([&] {
        for (unsigned n = 1; n < fabric.nodes(); n += 2) run_node(n, now);
      });
      for (unsigned n = 0; n < fabric.nodes(); n += 2) run_node(n, now);
      other.join();
    } else {
      if (schedule.order == Schedule::Order::shuffled) std::shuffle(nodes.begin(), nodes.end(), shuffler);
      for (unsigned n : nodes) run_node(n, now);
    }
    fabric.exchange();
    now += schedule.window;
    calm = now >= cycles && fabric.at_rest(now) ? calm + schedule.window : 0;
    if (now > 100 * cycles + 100'000) break;
  }
  CHECK(fabric.at_rest(now));
  std::vector<std::vector<Arrival>> arrivals;
  std::uint64_t sent = 0;
  for (unsigned c = 0; c < fabric.chips(); ++c) {
    CHECK(chips[c].wrong() == 0);
    CHECK(chips[c].credits() == Terminal::send_credits);
    CHECK(chips[c].most_held() <= Terminal::receive_credits);
    for (unsigned d = 0; d < fabric.chips(); ++d) {
      CHECK(chips[c].sent()[d] == chips[d].got()[c]);
      sent += chips[c].sent()[d];
    }
    arrivals.push_back(chips[c].arrivals());
  }
  CHECK(sent > cycles * busy / 256 / 16);
  return arrivals;
}

}  // namespace twill::noc::test
