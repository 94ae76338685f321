// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "twill/noc/terminal.hpp"

namespace twill::noc {

class Router;

/// The terminal of a chip's router: what passed between the two in this cycle, and the credits both count by.
class ChipPort final : public Terminal {
 public:
  ChipPort(unsigned chip, unsigned chips) : chip_(chip), chips_(chips) {}

  /// Throws ProtocolError for a second flit in a cycle, one without a credit, one that names another source, and one to a chip
  /// that there is not.
  void send(const contract::Flit& flit) override;
  bool credit() const override { return credit_; }
  const contract::Flit* arriving() const override { return has_arriving_ ? &arriving_ : nullptr; }
  /// Throws ProtocolError when the chip has freed all it was given.
  void give_credit() override;

 private:
  friend class Router;

  void reset() { *this = ChipPort(chip_, chips_); }

  unsigned chip_, chips_;
  unsigned waiting_ = 0;                   ///< flits behind the port that have not left the router
  unsigned places_ = receive_credits;      ///< at the chip
  bool has_sent_ = false, freed_ = false;  ///< by the chip in this cycle
  bool has_arriving_ = false, credit_ = false;
  contract::Flit sent_, arriving_;
};

}  // namespace twill::noc
