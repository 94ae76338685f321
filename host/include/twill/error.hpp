// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>

namespace twill {

/// The caller's fault: a file, option, shape or address that cannot be used. The text is one sentence that names what,
/// where and what would be accepted. The command line exits with 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A layer of which not even one tile fits into the machine it is mapped to; a larger machine may do.
class MachineTooSmall : public InputError {
 public:
  using InputError::InputError;
};

/// The chip reported an error; the text names the command, its queue and its layer. Or a link between chips was given up, and the text
/// names that. The command line exits with 3.
class ChipError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A name that a file brings, as a message shows it: at most `most` bytes of it, and no control characters.
inline std::string shown(std::string name, std::size_t most = 80) {
  const bool long_name = name.size() > most;
  if (long_name) {
    while (most > 0 && (static_cast<unsigned char>(name[most]) & 0xc0) == 0x80) --most;  // not within a character of UTF-8
    name.resize(most);
  }
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return long_name ? name + "..." : name;
}

}  // namespace twill
