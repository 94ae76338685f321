// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/link.hpp"

#include "power_of_two.hpp"

namespace twill::noc {

// A flit is read in the cycle it is due, so what stands in the ring was sent in a latency and the window of at most a latency in which
// the sender may run ahead. Credits may lie until the sender has something to send again: as many as there are.
Link::Link(unsigned latency, unsigned width, unsigned credits)
    : latency_(latency),
      occupied_(contract::flit_bytes / width),
      flit_delay_(1 + latency + occupied_ - 1),
      flit_mask_(power_of_two(2 * latency + contract::flit_bytes + 2) - 1),
      credit_mask_(power_of_two(credits) - 1),
      flits_(flit_mask_ + 1),
      credits_(credit_mask_ + 1) {}

void Link::pass_protected(const contract::Flit& flit, unsigned vc, std::uint64_t cycle) {
  ++sender_.sent;
  retry_->pass(flit, vc, cycle);
  sender_.free_at = retry_->free_at();
}

void Link::reset() {
  retry_.reset();
  sender_ = {};
  receiver_ = {};
}

}  // namespace twill::noc
