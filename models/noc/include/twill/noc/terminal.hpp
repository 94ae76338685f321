// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "twill/contract.hpp"

namespace twill::noc {

/// Where a chip meets the network, with the pins of its network port: valid and flit one way, credits the other, both ways
/// registered. What the chip shows in cycle t is handed over with send() and give_credit() before the network steps cycle t;
/// what arriving() and credit() tell after that step are the chip's inputs in cycle t + 1.
/// The chip and its terminal belong to the same thread.
class Terminal {
 public:
  virtual ~Terminal() = default;

  /// Flits the network takes without a credit, and flits the chip must take after reset.
  static constexpr unsigned send_credits = 8, receive_credits = 8;

  // chip to network
  virtual void send(const contract::Flit& flit) = 0;  ///< at most one a cycle and never more than there are credits
  virtual bool credit() const = 0;                    ///< the network has freed a place in this cycle

  // network to chip
  virtual const contract::Flit* arriving() const = 0;  ///< the flit that arrives in this cycle, or null
  virtual void give_credit() = 0;                      ///< the chip has freed a place
};

}  // namespace twill::noc
