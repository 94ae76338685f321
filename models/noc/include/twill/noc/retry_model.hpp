// SPDX-License-Identifier: Apache-2.0
// What is to be expected of a protected link, in closed form.
#pragma once
#include "twill/noc/fault.hpp"
#include "twill/noc/retry_link.hpp"

namespace twill::noc {

/// Share of its frames that deliver a new flit when a link always has one to send: go-back-N.
///
///     (1 - p) / (1 - p + p N)     p: a frame is wrong or dropped;  N: frames sent from a lost one to its repetition
///
/// N is the round trip in frames, one more when the frame was dropped (the next one tells), and one more for every answer lost on top.
double retry_goodput(const RetryTiming& timing, const LinkFaults& faults);

}  // namespace twill::noc
