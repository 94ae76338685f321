// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <ostream>
#include <string>

namespace twill::cli {

/// Runs a command and turns whatever it throws into one sentence on `err` and an exit code: InputError 2, ChipError 3, anything
/// else 70. Otherwise the command's own.
int guarded(const std::function<int()>& command, std::ostream& err);

/// One line about something that does not stop a command.
void note(const std::string& text, std::ostream& err);

}  // namespace twill::cli
