// SPDX-License-Identifier: Apache-2.0
// What a covered chip has seen goes to the folder TWILL_COVERAGE_DIR names, for tests/coverage/coverage.py: two files a chip, with a number
// no other chip of the folder has.
//   *.dat    Verilator's lines, branches and cover points, each with its count
//   *.ports  a line for each instance:  module | port names | port widths | bits that rose | bits that fell   (32-bit words, the lowest first)
#pragma once
class VerilatedContext;

namespace twill::tb {

/// Forgets what was counted so far: state before the first reset is random.
void coverage_starts(VerilatedContext& context);

/// After final() of the context's model, in the same thread. Nothing without TWILL_COVERAGE_DIR. Ends the program if the folder cannot be written.
void coverage_ends(VerilatedContext& context) noexcept;

}  // namespace twill::tb
