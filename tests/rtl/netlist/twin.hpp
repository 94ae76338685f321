// SPDX-License-Identifier: Apache-2.0
// The chip's RTL and its netlist as one model: both get the same pins, and every output is compared and hashed in every cycle. What the test
// bench sees is the RTL, so a difference changes nothing of what comes after it.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "Vtwill_netlist.h"

namespace netlist {

/// FNV-1a over the outputs of all cycles.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;
  template <class Pin>
  void add(const Pin& pin) {
    unsigned char bytes[sizeof pin];
    std::memcpy(bytes, &pin, sizeof pin);
    for (unsigned char byte : bytes) value = (value ^ byte) * 0x100000001b3;
  }
};

/// Of all twins of the process.
struct Comparison {
  unsigned fault = 0;              ///< 1 to 8: one bit of the netlist is inverted
  bool exit_if_different = false;  ///< the process ends with code 1 at the first difference
  std::uint64_t cycles = 0;        ///< compared
  std::uint64_t different = 0;     ///< of these, cycles in which an output was not the same
  std::string first;               ///< the first: pin and cycle
  Hash rtl, netlist;
};
inline Comparison comparison;

template <class Rtl>
class Twin : public Rtl {
 public:
  Twin(VerilatedContext* context, const char* name) : Rtl(context, name), netlist_(context, "netlist") {}

  void eval() {
    Rtl::eval();
    const bool edge = this->clk_i && !netlist_.clk_i;
    netlist_.clk_i = this->clk_i;
    netlist_.fault_i = static_cast<std::uint8_t>(comparison.fault);
#define IN(pin) std::memcpy(&netlist_.pin, &this->pin, sizeof this->pin);
#define OUT(pin)
#include "netlist_pins.inc"
#undef IN
#undef OUT
    netlist_.eval();
    if (edge) compare();
  }
  void final() {
    Rtl::final();
    netlist_.final();
  }

 private:
  void compare() {
    comparison.cycles++;
    const char* wrong = nullptr;
#define IN(pin)
#define OUT(pin)                                                                                \
  static_assert(sizeof netlist_.pin == sizeof this->pin);                                       \
  comparison.rtl.add(this->pin);                                                                \
  comparison.netlist.add(netlist_.pin);                                                         \
  if (std::memcmp(&netlist_.pin, &this->pin, sizeof this->pin) != 0) wrong = #pin;
#include "netlist_pins.inc"
#undef IN
#undef OUT
    if (wrong && comparison.exit_if_different && comparison.rtl.value != comparison.netlist.value) std::_Exit(1);
    if (wrong && comparison.different++ == 0) comparison.first = std::string(wrong) + " in cycle " + std::to_string(comparison.cycles);
  }

  Vtwill_netlist netlist_;
};

}  // namespace netlist
