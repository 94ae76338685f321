// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "twill/contract.hpp"

namespace twill {

/// One line, without a newline, of command number `index`:
///        17 array   conv          wait 3,4 tile_wait 26 tile_signal 12 signal 7  in_base=0x1000 tiles=2
/// Semaphores, then the fields that differ from the command's defaults; addresses in hexadecimal. A command the decoder
/// refuses ends in `!` and why; one of unknown opcode is shown as its sixteen words. Never throws.
std::string disassemble(const contract::Command& command, unsigned index);

/// The same over several lines: every field of the command with its bits, value and meaning.
std::string disassemble_long(const contract::Command& command, unsigned index);

}  // namespace twill
