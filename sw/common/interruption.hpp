// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace twill::cli {

/// While there is one, the first interrupt from the terminal (SIGINT) does not end the program: a long command looks at it between two
/// steps, prints what it has, and returns `code`. The second one ends the program at once. One at a time.
class Interruption {
 public:
  static constexpr int code = 130;  ///< as shells have it

  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool came() const;
};

}  // namespace twill::cli
