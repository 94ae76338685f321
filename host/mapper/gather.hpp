// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>

#include "layer.hpp"
#include "stream.hpp"
#include "twill/mapper.hpp"

namespace twill::mapper {

/// The chips that split layers among them, and which of them the commands are for.
struct Group {
  unsigned rank = 0;
  std::vector<unsigned> chips;     ///< of rank 0, 1, ...
  unsigned arrival = 0;            ///< semaphore, on every chip
  std::vector<unsigned> parts, grants;  ///< into how many a layer may be split, and the semaphore of that
  bool alike = true;                    ///< one schedule for all; else tensors are gathered in DRAM only, where outputs lie at the same address everywhere

  unsigned grant(unsigned of) const { return grants.at(static_cast<std::size_t>(std::find(parts.begin(), parts.end(), of) - parts.begin())); }
};

/// What the chips of a group say to each other while one layer after the other is gathered: every chip sends its channels to all others
/// it shares the layer with, to the address they have at itself. Not every layer has work for all: a group may split a layer into fewer parts than it has
/// chips, and then so many chips in turn share it among them, the same work being done more than once.
///
/// A round is a gathered layer. Those that have channels of it are its senders.
///   begin    every chip grants the place to each sender when nobody needs what lies there any more
///   send     a sender takes the grants of all others first; with the last block for a chip it signals arrival there
///   receive  every chip takes the arrivals of all other senders
/// The arrivals from all chips are counted by one semaphore, and the grants by one for each number of parts. That is right because nobody is ever a
/// round ahead where it would count: the network queue of a chip works in order, so
///   - an arrival of a later round at X was sent after X's grant of that round, which stands behind X's receive of every earlier one: they
///     have taken all they wait for by then;
///   - a grant of a later round to P by Q stands behind Q's receive of every earlier one. Where that was of as many parts, P and Q shared it as well; and
///     where P was a sender of it, Q took P's arrival, which P sent after having taken all grants of it.
/// A chip that has no channels of a layer is granted nothing and sends nothing; it only receives.
class Gather {
 public:
  /// `count` runs of `run` bytes in the scratchpad, `from_step` apart, to the scratchpad or DRAM of another chip, `to_step` apart there.
  struct Block {
    bool to_dram = false;
    std::uint32_t from = 0;
    std::uint64_t to = 0;
    int run = 0, count = 0, from_step = 0, to_step = 0;
  };

  Gather(const Group& group, Stream& stream) : group_(group), stream_(stream) {}

  /// `place`: the tensor.
  void begin(const Share& share, const Range& place, int layer);
  void send(const Share& share, const Block& block, bool last, int layer);
  void receive(const Share& share, const Range& place, int layer);

  /// Semaphores and who signals them, if there was anything to gather.
  void note(Plan& plan) const;

 private:
  /// The part `turn` parts on, its chip, and whether it has channels.
  static unsigned part(const Share& share, unsigned turn) { return (share.part + turn) % share.parts; }
  unsigned chip(const Share& share, unsigned turn) const { return group_.chips[group_.rank - share.part + part(share, turn)]; }
  static bool sends(const Share& share, unsigned turn) { return share.has_channels(part(share, turn)); }
  void take(unsigned semaphore, unsigned tokens, const std::vector<Range>& writes, int layer);
  void send_to(unsigned chip, const Block& block, bool last, int layer);

  const Group& group_;
  Stream& stream_;
  bool granted_ = false;  ///< the grants of this round have been taken
  std::uint32_t used_ = 0;  ///< semaphores
};

}  // namespace twill::mapper
