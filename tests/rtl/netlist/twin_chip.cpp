// SPDX-License-Identifier: Apache-2.0
// The tiny chip that is RTL and netlist.
#include "Vtwill_tiny.h"
#include "Vtwill_tiny___024root.h"
#include "twin.hpp"
#include "verilated_chip.hpp"

namespace twill::tb {
std::unique_ptr<Chip> make_chip_tiny(const ChipOptions& options) {
  return std::make_unique<VerilatedChip<netlist::Twin<Vtwill_tiny>, 4, false>>(options);
}
}  // namespace twill::tb
