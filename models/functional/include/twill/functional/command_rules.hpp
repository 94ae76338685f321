// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "twill/contract.hpp"

namespace twill::functional {

/// Why a command may not run; error is none when it may. `reason` is a clause that names the fields and the limit broken.
struct Verdict {
  contract::Error error = contract::Error::none;
  std::string reason;

  bool legal() const { return error == contract::Error::none; }
};

/// Everything the chip refuses before it looks at a byte: contract::check first (each field by itself, the decoder's part),
/// then the rules of the contract's text that join several fields or need the machine's sizes (the engines' part). Whether
/// a command's bytes lie inside their spaces, and whether the network has the chip it names, shows only when it runs.
Verdict check_command(const contract::Command& command, const contract::Configuration& machine);

/// Semaphore slots of the header in the order the chip acts on them, disabled ones left out.
std::vector<contract::Slot> waits(const contract::Slots& slots);
std::vector<contract::Slot> signals(const contract::Slots& slots);

/// The queue a command names, whatever its opcode.
contract::Queue queue_of(const contract::Command& command);

}  // namespace twill::functional
