// SPDX-License-Identifier: Apache-2.0
// Chips joined by a network, stepped without SystemC: a test may have as many of these systems as it wants, each from another initial state.
#pragma once
#include "catch.hpp"
#include "twill/tb/bare_system.hpp"

namespace twill::test {

/// Chips of the first machine that is built in, or of a test's own.
class ChipSystem final : public tb::BareSystem {
 public:
  explicit ChipSystem(unsigned chips, const tb::ChipOptions& options = {}, const Make& make = make_first) : BareSystem(chips, {}, options, make) {}

 private:
  static std::unique_ptr<tb::Chip> make_first(const tb::ChipOptions& options) { return tb::make_chip(tb::built_configurations().front(), options); }
};

}  // namespace twill::test
