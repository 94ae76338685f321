// SPDX-License-Identifier: Apache-2.0
// The registers and memories of a Verilated model that shows them: what tb/registers.py found in the RTL.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include <verilated.h>
#include <verilated_sym_props.h>
#include <verilated_syms.h>

#include "bit_in_memory.hpp"
#include "twill/tb/chip.hpp"

namespace twill::tb {

class Registers {
 public:
  Registers() = default;

  /// All that the context's only model, a twill_chip named `chip`, shows.
  explicit Registers(VerilatedContext& context) {
    const std::string top = "chip.twill_chip";
    for (const auto& [scope_name, scope] : *context.scopeNameMap()) {
      const std::string path(scope_name);
      if (path.compare(0, top.size(), top) != 0 || !scope->varsp()) continue;
      for (const auto& [name, variable] : *scope->varsp()) {
        std::uint32_t elements = 1;
        for (int dimension = 1; dimension <= variable.udims(); ++dimension) elements *= static_cast<std::uint32_t>(variable.elements(dimension));
        list_.push_back({(path.size() > top.size() ? path.substr(top.size() + 1) + "." : "") + name, elements,
                         variable.dims() == 0 ? 1u : static_cast<unsigned>(variable.elements(0))});
        places_.push_back({static_cast<std::uint8_t*>(variable.datap()), variable.entSize()});
      }
    }
  }

  const std::vector<Register>& list() const { return list_; }

  /// Throws std::out_of_range where there is none.
  BitInMemory at(std::size_t reg, std::uint32_t element, unsigned bit) const {
    if (element >= list_.at(reg).elements || bit >= list_[reg].bits) throw std::out_of_range(list_[reg].name + " has no such bit");
    return {places_[reg].data + std::size_t{element} * places_[reg].entry + bit / 8, static_cast<std::uint8_t>(1u << bit % 8)};
  }

 private:
  struct Place {
    std::uint8_t* data;
    std::size_t entry;  // bytes from element to element
  };
  std::vector<Register> list_;
  std::vector<Place> places_;
};

}  // namespace twill::tb
