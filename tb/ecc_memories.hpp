// SPDX-License-Identifier: Apache-2.0
// Finds the code words of a Verilated design with ECC: cmake/ecc_memory.vlt lists its memories by the names they have in the RTL.
#pragma once
#include <string>

#include <verilated.h>
#include <verilated_sym_props.h>

#include "bit_in_memory.hpp"
#include "twill/error.hpp"
#include "twill/fault.hpp"

namespace twill::tb {

class EccMemories {
 public:
  /// `scratchpad` and so on: where each memory's module is, "dut.twill_chip.u_scratchpad"; empty: there is none. Word in bytes.
  EccMemories(const VerilatedContext& context, std::string scratchpad, std::string accumulators, std::string queues, unsigned word)
      : context_(context), scratchpad_(std::move(scratchpad)), accumulators_(std::move(accumulators)), queues_(std::move(queues)), word_(word) {}

  /// Throws InputError where there is no such code word or bit.
  BitInMemory at(const Fault& fault) const {
    const Place place = find(fault);
    const VerilatedVar* const words = memory(place.module);
    const unsigned bits = place.lane_bits + (place.lane_bits == 64 ? 8 : 7);
    if (!words || place.row >= depth(*words))
      throw InputError("address " + std::to_string(fault.address) + " lies beyond the " + std::string(contract::name(fault.memory)));
    if (fault.bit >= bits) throw InputError("a code word of " + std::to_string(bits) + " bits has no bit " + std::to_string(fault.bit));
    const unsigned bit = place.lane * bits + fault.bit;
    auto* const row = static_cast<std::uint8_t*>(words->datap()) + std::size_t{place.row} * words->entSize();
    return {row + bit / 8, static_cast<std::uint8_t>(1u << bit % 8)};  // whatever its type, the low byte comes first
  }
  void flip(const Fault& fault) const { at(fault).flip(); }

 private:
  struct Place {
    std::string module;
    std::uint32_t row;
    unsigned lane, lane_bits;
  };

  const VerilatedVar* memory(const std::string& module) const {
    const VerilatedScope* const scope = context_.scopeFind(module.c_str());
    if (scope) return scope->varFind("words");
    // A flat netlist has them under their whole names in its only module (cmake/TwillNetlist.cmake).
    const auto top = module.find('.'), inner = module.find('.', top + 1);
    const VerilatedScope* const flat = inner < module.size() ? context_.scopeFind((module.substr(0, top) + ".netlist").c_str()) : nullptr;
    return flat ? flat->varFind((module.substr(inner + 1) + ".words").c_str()) : nullptr;
  }
  static std::uint32_t depth(const VerilatedVar& words) { return static_cast<std::uint32_t>(words.elements(1)); }
  /// Of each of the memories that share an address space.
  std::uint32_t depth_of_first(const std::string& module) const {
    const VerilatedVar* const words = memory(module);
    if (!words) throw InputError("this machine has no SEC-DED memories to flip bits in; one with `ecc = true` in spec/configurations.toml has");
    return depth(*words);
  }

  Place find(const Fault& fault) const {
    const auto numbered = [](const std::string& of, std::uint32_t n) { return of + "[" + std::to_string(n) + "].u_memory"; };
    switch (fault.memory) {
      case contract::Space::scratchpad: {
        const std::string place = scratchpad_ + ".gen_ecc.u_places.gen_place";
        const std::uint32_t word = fault.address / word_, rows = depth_of_first(numbered(place, 0));
        return {numbered(place, word / 2 / rows * 2 + word % 2), word / 2 % rows, fault.address % word_ / 8, word_ < 8 ? 32u : 64u};
      }
      case contract::Space::accumulators: {
        const std::string bank = accumulators_ + ".gen_ecc.u_banks.gen_bank";
        const std::uint32_t word = fault.address / (word_ * 4), rows = depth_of_first(numbered(bank, 0));
        return {numbered(bank, word / rows), word % rows, fault.address % (word_ * 4) / 8, 64};
      }
      case contract::Space::queue_memory: {
        if (static_cast<std::uint32_t>(fault.queue) >= contract::queues)
          throw InputError("there is no command queue " + std::to_string(static_cast<unsigned>(fault.queue)) + "; there are 0 to " + std::to_string(contract::queues - 1));
        const std::string queue = queues_ + ".gen_queue[" + std::to_string(static_cast<unsigned>(fault.queue)) + "].gen_ecc.u_memory";
        const std::uint32_t entry = fault.address / 128, lane = fault.address % 128 / 8;
        depth_of_first(queue + ".u_command");
        if (lane > 8) throw InputError("address " + std::to_string(fault.address) + " of a command queue is no code word: of the 128 bytes of an entry 0 to 71 are");
        return lane < 8 ? Place{queue + ".u_command", entry, lane, 64} : Place{queue + ".u_index", entry, 0, 32};
      }
      default: throw InputError("bits are flipped in scratchpad, accumulators and queues, not in " + std::string(contract::name(fault.memory)));
    }
  }

  const VerilatedContext& context_;
  const std::string scratchpad_, accumulators_, queues_;
  const unsigned word_;
};

}  // namespace twill::tb
