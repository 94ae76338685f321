// SPDX-License-Identifier: Apache-2.0
// How busy the links between chips were, for eyes and for programs. The keys are documented in docs/command-line.md.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "twill/noc/fabric.hpp"
#include "twill/system.hpp"

namespace twill::cli {

/// The links of a system since its reset; none where the network has no time.
std::vector<noc::LinkReport> links_of(System& system);

/// What the protocol of a link has counted; null for a link without.
nlohmann::ordered_json counts_json(const noc::LinkReport& link);

/// A line: how many, the busiest, the mean of those used; nothing without links. One more of what they had to repeat where they do.
void print_links(std::ostream& out, const std::vector<noc::LinkReport>& links, std::uint64_t cycles);

nlohmann::ordered_json links_json(const std::vector<noc::LinkReport>& links, std::uint64_t cycles);

}  // namespace twill::cli
