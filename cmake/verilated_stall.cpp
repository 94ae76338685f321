// SPDX-License-Identifier: Apache-2.0
// What a model with assertions asks at each of its stall points in each cycle.
#include "verilated_stall.hpp"

namespace twill {
thread_local InnerStalls* InnerStalls::current = nullptr;
}

extern "C" unsigned char twill_stall() { return twill::InnerStalls::current && twill::InnerStalls::current->stalled() ? 1 : 0; }
