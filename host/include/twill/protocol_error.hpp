// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>

namespace twill {

/// A simulated chip did at one of its ports what no chip may do, or left records in memory that contradict themselves: of a chip as it was
/// made this is a bug in it, of one whose bits were flipped a way to notice. Any other std::logic_error is a bug in what simulates it.
class ProtocolError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace twill
