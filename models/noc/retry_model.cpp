// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/retry_model.hpp"

#include <cmath>

namespace twill::noc {

double retry_goodput(const RetryTiming& timing, const LinkFaults& faults) {
  const double wrong = -std::expm1(frame_bits * std::log1p(-faults.bit_error_rate));  // of a frame that was not dropped
  const double lost = faults.drop_rate + (1 - faults.drop_rate) * wrong;              // p, of answers as of frames
  if (lost == 0) return 1;
  const double frames = (timing.round_trip + timing.occupied - 1) / timing.occupied;
  const double repeated_after = frames + faults.drop_rate / lost + lost / (1 - lost);
  return (1 - lost) / (1 - lost + lost * repeated_after);
}

}  // namespace twill::noc
