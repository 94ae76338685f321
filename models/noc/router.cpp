// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/router.hpp"

namespace twill::noc {
namespace {

unsigned lowest(std::uint64_t mask) { return static_cast<unsigned>(__builtin_ctzll(mask)); }

/// The first set bit at or above `from`, and the lowest when there is none. `mask` is not 0, `from` is at most 63.
unsigned first_from(std::uint64_t mask, unsigned from) {
  const std::uint64_t above = mask >> from << from;
  return lowest(above != 0 ? above : mask);
}

constexpr std::uint64_t bit(unsigned index) { return std::uint64_t{1} << index; }

}  // namespace

Router::Router(const Routing& routing, unsigned node, unsigned buffer, unsigned pipeline)
    : routing_(&routing),
      node_(node),
      vcs_(routing.vcs()),
      buffer_(buffer),
      pipeline_(pipeline),
      kept_(buffer > 1 ? 1 : 0),
      has_chip_(routing.topology().has_chip(node)),
      ports_(routing.topology().ports(node)),
      channels_(ports_.size() * vcs_),
      credits_(channels_.size()),
      lent_credits_(ports_.size()),
      chip_port_(node, routing.topology().chips()) {
  for (unsigned i = 0; i < channels_.size(); ++i) {
    const bool of_chip = has_chip_ && i / vcs_ == Topology::local;
    const bool there = of_chip || routing.topology().neighbour(node, i / vcs_).exists();
    channels_[i].first = static_cast<std::uint32_t>(slots_.size());
    channels_[i].size = static_cast<std::uint16_t>(of_chip ? Terminal::send_credits : there ? buffer : 0);
    slots_.resize(slots_.size() + channels_[i].size);
  }
  fill_credits();
}

void Router::connect(unsigned port, Link& in, Link& out) {
  ports_[port].in = &in;
  ports_[port].out = &out;
  protected_ = in.retry() != nullptr;
}

void Router::fill_credits() {
  for (unsigned i = 0; i < credits_.size(); ++i) credits_[i] = static_cast<std::uint16_t>(buffer_);
  for (auto& lent : lent_credits_) lent = 0;
  lent_ = 0;
}

void Router::reset() {
  for (Channel& channel : channels_) channel.head = channel.count = 0;
  for (PortState& port : ports_) {
    port.occupied = 0;
    port.next_vc = port.next_input = 0;
  }
  occupied_ = next_ = 0;
  wake_ = never;
  fill_credits();
  chip_port_.reset();
}

void Router::work(std::uint64_t cycle) {
  if (!protected_) return route(cycle);
  for (const PortState& port : ports_) {
    if (port.in == nullptr) continue;
    port.in->begin_receiver(cycle);
    port.out->begin_sender(cycle);
  }
  route(cycle);
  wake_ = never;
  for (const PortState& port : ports_) {
    if (port.in == nullptr) continue;
    port.in->end_receiver(cycle);
    wake_by(port.in->retry()->receiver_event());
    wake_by(port.out->retry()->sender_event());
  }
}

void Router::route(std::uint64_t cycle) {
  chip_port_.has_arriving_ = chip_port_.credit_ = false;
  if (cycle >= wake_) receive(cycle);
  inject(cycle);
  if (occupied_ == 0) return;
  if (lent_ != 0) take_credits(cycle);
  allocate(cycle);
}

void Router::receive(std::uint64_t cycle) {
  wake_ = never;
  for (unsigned p = 0; p < ports_.size(); ++p) {
    Link* const in = ports_[p].in;
    if (in == nullptr) continue;
    std::uint64_t due = in->next_due();
    for (; due <= cycle; due = in->next_due()) {
      push(p, in->front().vc, in->front().flit, cycle);
      in->pop();
    }
    wake_by(due);
  }
}

void Router::take_credits(std::uint64_t cycle) {
  for (std::uint64_t rest = lent_; rest != 0; rest &= rest - 1) {
    const unsigned p = lowest(rest);
    ports_[p].out->take_credits(cycle, [&](unsigned vc) {
      ++credits_[p * vcs_ + vc];
      --lent_credits_[p];
    });
    if (lent_credits_[p] == 0) lent_ &= ~bit(p);
  }
}

void Router::inject(std::uint64_t cycle) {
  if (chip_port_.freed_) {
    chip_port_.freed_ = false;
    ++chip_port_.places_;
  }
  if (!chip_port_.has_sent_) return;
  chip_port_.has_sent_ = false;
  ++chip_port_.waiting_;
  push(Topology::local, routing_->injection_vc(node_, chip_port_.sent_.destination()), chip_port_.sent_, cycle);
}

void Router::push(unsigned port, unsigned vc, const contract::Flit& flit, std::uint64_t cycle) {
  Channel& channel = channels_[port * vcs_ + vc];
  unsigned place = channel.head + channel.count;
  if (place >= channel.size) place -= channel.size;
  Slot& slot = slots_[channel.first + place];
  slot.flit = flit;
  slot.ready = cycle + pipeline_ - 1;
  const unsigned destination = flit.destination(), out = routing_->port(node_, destination);
  slot.port = static_cast<std::uint8_t>(out);
  // A chip's own port has places, not virtual channels.
  slot.vc = static_cast<std::uint8_t>(destination == node_ ? 0 : routing_->vc(node_, out, flit.source(), destination));
  if (channel.count++ == 0) {
    show(channel);
    ports_[port].occupied |= 1u << vc;
    occupied_ |= bit(port);
  }
}

void Router::show(Channel& channel) const {
  const Slot& slot = slots_[channel.first + channel.head];
  channel.ready = slot.ready;
  channel.port = slot.port;
  channel.vc = slot.vc;
}

bool Router::can_go(unsigned input, const Channel& channel, std::uint64_t cycle) const {
  if (channel.ready > cycle) return false;
  const Link* const out = ports_[channel.port].out;
  if (out == nullptr) return chip_port_.places_ > 0;
  const unsigned kept = ports_[input].in == nullptr ? kept_ : 0;
  return credits_[channel.port * vcs_ + channel.vc] > kept && out->free(cycle);
}

void Router::allocate(std::uint64_t cycle) {
  std::uint64_t inputs = occupied_, outputs_taken = 0;
  for (unsigned round = 0; round < rounds && inputs != 0; ++round) {
    std::uint64_t proposed = 0;
    for (std::uint64_t rest = inputs; rest != 0; rest &= rest - 1) {
      const unsigned p = lowest(rest);
      PortState& input = ports_[p];
      const Channel* const channels = &channels_[p * vcs_];
      std::uint64_t candidates = input.occupied;
      for (; candidates != 0; candidates &= ~bit(input.choice)) {
        input.choice = static_cast<std::uint8_t>(first_from(candidates, input.next_vc));
        const Channel& channel = channels[input.choice];
        if ((outputs_taken & bit(channel.port)) == 0 && can_go(p, channel, cycle)) break;
      }
      if (candidates == 0) {
        inputs &= ~bit(p);  // it could not in a later round either
        continue;
      }
      const unsigned out = channels[input.choice].port;
      if ((proposed & bit(out)) == 0) ports_[out].proposals = 0;
      proposed |= bit(out);
      ports_[out].proposals |= bit(p);
    }
    outputs_taken |= proposed;
    for (; proposed != 0; proposed &= proposed - 1) {
      const unsigned out = lowest(proposed), winner = first_from(ports_[out].proposals, ports_[out].next_input);
      ports_[out].next_input = static_cast<std::uint8_t>(winner + 1 == ports_.size() ? 0 : winner + 1);
      inputs &= ~bit(winner);
      forward(winner, out, cycle);
    }
  }
}

void Router::forward(unsigned input, unsigned output, std::uint64_t cycle) {
  PortState& from = ports_[input];
  const unsigned vc = from.choice;
  from.next_vc = static_cast<std::uint8_t>(vc + 1 == vcs_ ? 0 : vc + 1);
  Channel& channel = channels_[input * vcs_ + vc];
  const Slot& slot = slots_[channel.first + channel.head];
  if (Link* const out = ports_[output].out) {
    out->pass(slot.flit, slot.vc, cycle);
    --credits_[output * vcs_ + slot.vc];
    ++lent_credits_[output];
    lent_ |= bit(output);
  } else {
    chip_port_.arriving_ = slot.flit;
    chip_port_.has_arriving_ = true;
    --chip_port_.places_;
  }
  if (from.in != nullptr) {
    from.in->give_credit(vc, cycle);
  } else {
    chip_port_.credit_ = true;
    --chip_port_.waiting_;
  }
  if (++channel.head == channel.size) channel.head = 0;
  if (--channel.count != 0) {
    show(channel);
  } else if ((from.occupied &= ~(1u << vc)) == 0) {
    occupied_ &= ~bit(input);
  }
}

unsigned Router::flits() const {
  unsigned sum = 0;
  for (const Channel& channel : channels_) sum += channel.count;
  return sum;
}

bool Router::at_rest(std::uint64_t cycle) {
  take_credits(cycle);
  for (unsigned i = 0; i < credits_.size(); ++i)
    if (credits_[i] != buffer_) return false;
  return flits() == 0 && lent_ == 0 && chip_port_.waiting_ == 0 && chip_port_.places_ == Terminal::receive_credits;
}

}  // namespace twill::noc
