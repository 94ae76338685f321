// SPDX-License-Identifier: Apache-2.0
// What a Verilated model calls when an assertion fails, instead of ending the process by a signal: Verilator has then printed the
// assertion's name and where in the chip it is.
#include <stdexcept>
#include <string>

#include <verilated.h>

void vl_stop(const char* file, int line, const char*) VL_MT_UNSAFE {
  Verilated::runFlushCallbacks();
  throw std::logic_error("the RTL's assertion at " + std::string(file) + ":" + std::to_string(line) + " failed (its name is printed above)");
}
