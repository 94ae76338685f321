// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "twill/mapper.hpp"

namespace twill::mapper {

/// Fills in the predicted cycles of a plan: plays the command stream through a model of the five queues that knows the
/// commands' shapes, the machine and the latencies of docs/microarchitecture.md, but no data.
void predict(Plan& plan);

}  // namespace twill::mapper
