// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/noc/routing.hpp"

namespace twill::noc {

/// The channels of a network and which of them wait for which, built from the routing function by following every flow: a flit that
/// holds a place in one channel waits for a place in the next. A channel is a virtual channel of a link, a virtual channel of the
/// buffers behind a chip's port, or the chip itself. Where no channel waits for itself around a circle nothing can deadlock (Dally and
/// Seitz).
///
/// All messages (write, add, signal) are of one class: a chip takes each of them unconditionally, so what reaches it waits for nothing
/// and a second class would change nothing. `replies` adds what would be if it did not: a chip that must send before it can take.
class ChannelDependencies {
 public:
  explicit ChannelDependencies(const Routing& routing, bool replies = false);

  std::size_t channels() const { return next_.size(); }
  std::size_t dependencies() const;

  /// Names of channels of which each waits for the next and the last for the first; empty when there is no such circle.
  std::vector<std::string> cycle() const;

  /// "2->3 channel 1", "chip 2 sends, channel 0", "chip 3".
  std::string name(std::size_t channel) const;

 private:
  std::size_t link_channel(unsigned node, unsigned port, unsigned vc) const { return first_of_[node] + port * vcs_ + vc; }
  void follow(const Routing& routing, unsigned source, unsigned destination);
  void depend(std::size_t channel, std::size_t on);

  Topology topology_;
  unsigned vcs_;
  std::vector<std::size_t> first_of_;  ///< [node] its channels: [port][vc], the chip's own port being what it sends by; then the chip
  std::vector<std::vector<std::uint32_t>> next_;  ///< [channel] what it waits for
};

}  // namespace twill::noc
