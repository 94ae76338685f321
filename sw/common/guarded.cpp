// SPDX-License-Identifier: Apache-2.0
#include "common/guarded.hpp"

#include <iostream>
#include <new>

#include "twill/error.hpp"

namespace twill::cli {
namespace {

/// One line; messages of the libraries end with or without a full stop, ours do without. What they quote cannot command a terminal.
int say(std::ostream& err, int code, std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = c == '\n' ? ' ' : '?';
  std::cout.flush();
  err << "twill: " << text << '\n';
  return code;
}

}  // namespace

void note(const std::string& text, std::ostream& err) { say(err, 0, "note: " + text); }

int guarded(const std::function<int()>& command, std::ostream& err) {
  try {
    return command();
  } catch (const InputError& error) {
    return say(err, 2, error.what());
  } catch (const ChipError& error) {
    return say(err, 3, error.what());
  } catch (const std::bad_alloc&) {
    return say(err, 2, "there is not enough memory for this");
  } catch (const std::exception& error) {
    return say(err, 70, std::string("internal error: ") + error.what());
  }
}

}  // namespace twill::cli
