// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "case.hpp"
#include "footprint.hpp"
#include "interpreter.hpp"
#include "random.hpp"

namespace twill::fuzz {

/// A field of a command by its name; nothing when it has no such.
std::optional<std::uint64_t> field(const contract::Command& command, std::string_view name);

/// Draws commands, one at a time, of shapes that layers have. What comes out may still be illegal or reach outside its space: whoever asks
/// looks.
class Draw {
 public:
  Draw(Random& random, const contract::Configuration& machine, unsigned chips) : random_(random), m_(machine), chips_(chips) {}

  /// A command of this opcode.
  contract::Command command(contract::Opcode opcode);

  /// A REQUANT of just what CONV or DEPTHWISE `command` leaves.
  contract::Command requant_of(const contract::Command& command);

  /// The same command with so many of its fields at the limits of what they hold, or of what the machine has.
  contract::Command at_limits(const contract::Command& command, unsigned changes);

  /// The same command with one thing changed that the chip may have to refuse.
  contract::Command spoiled(const contract::Command& command);

  /// Where something was left that the next command may want; it is used again by some of the commands that follow.
  void remember(std::uint32_t address) { recent_.push_back(address); }

  /// Records of REQUANT, `tiles` times the columns of the machine.
  std::vector<std::uint8_t> records(std::uint32_t tiles);

 private:
  std::uint32_t spot(std::int64_t bytes);
  std::uint32_t pitch(std::uint32_t run) { return run + (random_.percent(50) ? 0 : random_.from(0, 20)); }
  std::uint32_t multiplier();
  std::int32_t byte() { return static_cast<std::int32_t>(random_.in(-128, 127)); }
  template <class C>
  void limits(C& c);
  template <class C>
  C over_banks(C c);
  template <class C>
  void runs(C& c);
  template <class C>
  void operands(C& c);
  bool walk(Walk& walk, const std::vector<std::int64_t>& factors, std::int64_t unit, std::int64_t low, std::int64_t bytes, bool reads);
  struct Sides {
    Walk local, far;
    std::uint32_t space;
  };
  Sides sides(bool local_reads, bool words, contract::Space far_space);

  contract::Command load();
  contract::Command fill();
  contract::Command store();
  contract::Command requant();
  contract::Command add();
  contract::Command mul();
  contract::Command pool();
  contract::Command lookup();
  contract::Command move();
  template <class C>
  contract::Command send(bool add);

  Random& random_;
  contract::Configuration m_;
  unsigned chips_;
  std::vector<std::uint32_t> recent_;
};

}  // namespace twill::fuzz
