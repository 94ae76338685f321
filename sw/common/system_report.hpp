// SPDX-License-Identifier: Apache-2.0
// What a job on several chips cost each of them, for eyes and for programs. The keys are documented in docs/command-line.md.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "twill/program.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {

/// One chip's share of a job.
struct ChipCost {
  Span span;                ///< from the start of all to its last MARK
  NetworkCounters network;
  std::optional<int> columns;  ///< of a product split by columns: those it makes

  /// Cycles in which the network queue had something to do - to send, or to wait for another chip. Exposed are those in which neither
  /// array nor post was busy (the chip counts them: NETWORK), hidden the others, which ran beside work.
  std::uint64_t communication() const;
  std::uint64_t exposed() const { return network.exposed; }
  std::uint64_t hidden() const { return communication() - exposed(); }

  double port_use() const;  ///< flits sent a cycle: 1 is all the port can do
};

std::vector<ChipCost> chip_costs(const std::vector<Outcome>& outcomes);

/// From the start of all chips to the last MARK of the last one.
std::uint64_t longest(const std::vector<ChipCost>& costs);

/// A row for every chip: array, network port, bytes, communication exposed and hidden; and the names of their configurations where those are given.
void print_chips(std::ostream& out, const std::vector<ChipCost>& costs, const std::vector<std::string>& configurations = {});

nlohmann::ordered_json chips_json(const std::vector<ChipCost>& costs);

}  // namespace twill::cli
