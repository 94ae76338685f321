// SPDX-License-Identifier: Apache-2.0
// Plain casts instead of Verilator's mask-and-shift sign extension for operands of 8, 16 and 32 bits: the compiler can then
// vectorize signed multiply-accumulates. Optional (TWILL_FAST_SIGN_EXTENSION): it touches Verilator internals.
#pragma once
#include "verilated.h"

static inline IData twill_extends_ii(int lbits, IData value) {
  return lbits == 8    ? static_cast<IData>(static_cast<int32_t>(static_cast<int8_t>(value)))
         : lbits == 16 ? static_cast<IData>(static_cast<int32_t>(static_cast<int16_t>(value)))
         : lbits == 32 ? value
                       : static_cast<IData>(static_cast<int32_t>(value << (32 - lbits)) >> (32 - lbits));
}
#undef VL_EXTENDS_II
#define VL_EXTENDS_II(obits, lbits, lhs) twill_extends_ii((lbits), (lhs))
#undef VL_MULS_III
#define VL_MULS_III(lbits, lhs, rhs) \
  static_cast<IData>(static_cast<int32_t>(twill_extends_ii((lbits), (lhs))) * static_cast<int32_t>(twill_extends_ii((lbits), (rhs))))
