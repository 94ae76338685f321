// SPDX-License-Identifier: Apache-2.0
#include "gather.hpp"

#include <algorithm>

namespace twill::mapper {

using contract::Slot;

void Gather::begin(const Share& share, const Range& place, int layer) {
  granted_ = false;
  used_ |= 1u << group_.arrival | 1u << group_.grant(share.parts);
  for (unsigned turn = 1; turn < share.parts; ++turn) {
    if (!sends(share, turn)) continue;
    contract::SignalRemote c;
    c.chip = chip(share, turn);
    c.remote_signal = Slot::on(group_.grant(share.parts)).code;
    stream_.emit(c, {}, {place}, layer);
  }
}

/// Takes tokens, up to three a command.
void Gather::take(unsigned semaphore, unsigned tokens, const std::vector<Range>& writes, int layer) {
  while (tokens > 0) {
    contract::Nop c;
    c.queue = contract::Queue::network;
    for (Slot* slot : {&c.slots.wait0, &c.slots.wait1, &c.slots.wait2})
      if (tokens > 0) *slot = Slot::on(semaphore), --tokens;
    stream_.emit(c, {}, tokens > 0 ? std::vector<Range>{} : writes, layer);
  }
}

void Gather::send(const Share& share, const Block& block, bool last, int layer) {
  if (!granted_) take(group_.grant(share.parts), share.parts - 1, {}, layer);
  granted_ = true;
  // Each begins with another one, so that they do not all send to the same chip.
  for (unsigned turn = 1; turn < share.parts; ++turn) send_to(chip(share, turn), block, last, layer);
}

void Gather::send_to(unsigned chip, const Block& block, bool last, int layer) {
  const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
  for (int at = 0; at < block.count; at += largest_count) {
    const int count = std::min(largest_count, block.count - at);
    contract::Send c;
    c.chip = chip;
    c.space = static_cast<std::uint32_t>(contract::Space::scratchpad);
    c.remote_space = static_cast<std::uint32_t>(block.to_dram ? contract::Space::dram : contract::Space::scratchpad);
    c.local_base = block.from + u(at) * u(block.from_step);
    c.local_run = c.remote_run = u(block.run);
    c.local_count0 = c.remote_count0 = u(count);
    c.local_stride0 = count > 1 ? block.from_step : 0;
    c.remote_base = block.to + static_cast<std::uint64_t>(at) * static_cast<std::uint64_t>(block.to_step);
    c.remote_stride0 = count > 1 ? block.to_step : 0;
    if (last && at + count == block.count) c.remote_signal = Slot::on(group_.arrival).code;
    stream_.emit(c, {Range::sp(c.local_base, std::uint64_t{u(count - 1)} * u(block.from_step) + u(block.run))}, {}, layer);
  }
}

void Gather::receive(const Share& share, const Range& place, int layer) {
  unsigned senders = 0;
  for (unsigned turn = 1; turn < share.parts; ++turn) senders += sends(share, turn);
  take(group_.arrival, senders, {place}, layer);
}

void Gather::note(Plan& plan) const {
  plan.remote_semaphores |= used_;
  for (unsigned s = 0; s < contract::semaphores; ++s)
    if ((used_ >> s & 1u) != 0)
      plan.awaited[s] = s == group_.arrival ? "the other chips' channels of a layer's output" : "the other chips' leave to send them a layer's output";
}

}  // namespace twill::mapper
