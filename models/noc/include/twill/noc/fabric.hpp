// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/noc/router.hpp"

namespace twill::noc {

struct NetworkOptions {
  unsigned vcs = 4;            ///< virtual channels of a link, 1 to 16; 2 at least where there is a circle
  unsigned buffer = 0;         ///< flits each has place for, up to 1024; 0: 2 * link_latency + 8, so that one flow can fill a link
  unsigned link_latency = 16;  ///< cycles, 1 to 256
  unsigned link_width = 16;    ///< payload bytes a cycle: 1, 2, 4, 8 or 16
  unsigned pipeline = 2;       ///< cycles in a router, 1 to 7
  bool retry = false;          ///< links that repeat what was not acknowledged; those with faults do so anyway
  unsigned replay_limit = 16;  ///< replays in a row that bring nothing before a link is given up, 1 to 1000
  LinkFaults faults{};

  bool protects_links() const { return retry || faults.any(); }
};

/// Since the reset.
struct LinkReport {
  std::string name;  ///< "2->3": from node to node
  unsigned from, to;
  std::uint64_t flits;                 ///< each counted once
  std::uint64_t busy_cycles;           ///< in which something was on its way into it
  std::optional<RetryCounts> retry{};  ///< of a protected link
  bool failed = false;                 ///< it was given up
};

/// The routers of a network and the links between them. A node is a router and what hangs on its terminal; nodes share nothing but links,
/// so different threads may step different nodes, each its own through a window of at most window_limit() cycles, in any order. Between
/// windows one thread calls exchange(). What happens in which cycle depends neither on the length of the windows nor on the order.
class Fabric {
 public:
  /// Throws InputError for options outside their ranges, and for dead links and hits of wires or bits that there are not.
  Fabric(const TopologySpec& topology, const NetworkOptions& options);
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  const Topology& topology() const { return routing_.topology(); }
  const Routing& routing() const { return routing_; }
  const NetworkOptions& options() const { return options_; }  ///< as given, with the buffers that 0 stands for

  unsigned chips() const { return topology().chips(); }
  unsigned nodes() const { return static_cast<unsigned>(routers_.size()); }  ///< node c is chip c's; a switch has one more, of no chip
  unsigned window_limit() const { return options_.link_latency; }

  /// Reference good as long as the fabric is; throws std::out_of_range beyond chips().
  Terminal& terminal(unsigned chip);

  /// Cycles of a node go up one by one, but those before next_event() may be left out.
  void step(unsigned node, std::uint64_t cycle) { routers_[node].step(cycle); }

  /// No flit is in its router, and its terminal neither shows nor was shown anything.
  bool idle(unsigned node) const { return routers_[node].idle(); }

  /// Earliest cycle in which anything is due at the node, given what exchange() has brought it; ~0 when nothing is.
  std::uint64_t next_event(unsigned node) const { return routers_[node].next_event(); }

  /// Hands over what nodes have sent each other; between windows.
  void exchange();

  /// Between windows: a job begins in this cycle, from which on those of dead links, and of failure(), count; ~0: none has begun, and no
  /// link dies. Until it is called they count from 0. A reset does not change it.
  void begin_job(std::uint64_t cycle);

  /// As after construction: flits, credits and counts are forgotten, and each wire draws the same random faults again. Only hits
  /// that have struck do not come again: a hit is of one frame.
  void reset();

  std::vector<LinkReport> links() const;

  /// "link 2->3 is dead: ...", of the link that was given up first (of several in the same cycle: the first of links()), as of the
  /// last exchange(); empty as long as all work. What was under way is lost then, and who runs the network should say so and stop.
  const std::string& failure() const { return failure_; }

  /// Nothing is under way and all credits are home; between windows, `cycle` being the next to be stepped.
  bool at_rest(std::uint64_t cycle);

  Router& router(unsigned node) { return routers_.at(node); }

 private:
  struct Wire {
    Link link;
    unsigned from, to;
    std::string name() const { return std::to_string(from) + "->" + std::to_string(to); }
  };

  void protect();
  std::uint64_t dead_from(const Wire& wire) const;
  void exchange_protected();

  NetworkOptions options_;
  LinkFaults faults_;  ///< as in the options, without hits that had struck before the last reset
  Routing routing_;
  std::vector<Router> routers_;
  std::vector<Wire> wires_;
  std::string failure_;
  std::uint64_t job_begin_ = 0;
};

}  // namespace twill::noc
