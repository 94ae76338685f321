// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/chip_port.hpp"

#include <string>

#include "twill/protocol_error.hpp"

namespace twill::noc {

void ChipPort::send(const contract::Flit& flit) {
  const std::string who = "chip " + std::to_string(chip_);
  if (flit.destination() >= chips_)
    throw ProtocolError(who + " sends a flit to chip " + std::to_string(flit.destination()) + " of a network of " +
                           std::to_string(chips_));
  if (flit.source() != chip_)
    throw ProtocolError(who + " sends a flit that names chip " + std::to_string(flit.source()) + " as its source");
  if (has_sent_) throw ProtocolError(who + " sends two flits in a cycle");
  if (waiting_ == send_credits) throw ProtocolError(who + " sends a flit for which the network has no place");
  sent_ = flit;
  has_sent_ = true;
}

void ChipPort::give_credit() {
  if (freed_ || places_ == receive_credits)
    throw ProtocolError("chip " + std::to_string(chip_) +
                           (freed_ ? " gives two credits in a cycle" : " gives a credit for a flit it never got"));
  freed_ = true;
}

}  // namespace twill::noc
