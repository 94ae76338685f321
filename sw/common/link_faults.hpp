// SPDX-License-Identifier: Apache-2.0
// Links that repeat what was lost, and what is done to their wires: --retry, --bit-error-rate and their like. The keys are documented in
// docs/command-line.md.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/options.hpp"
#include "twill/noc/fabric.hpp"

namespace twill::cli {

void add_link_faults(Options& options);

/// Names of these options.
const std::vector<std::string>& link_fault_options();

/// Fills in what these options say. Throws InputError, naming the option, for what is no number or out of range, for what is no pair of
/// routers, and for --fault-seed and --replay-limit where nothing makes use of them.
void read_link_faults(const Values& values, noc::NetworkOptions& network);

/// null for links without the protocol.
nlohmann::ordered_json retry_json(const noc::NetworkOptions& network);

/// Share of a link's cycles that brought a new flit.
double goodput(const noc::LinkReport& link, const noc::NetworkOptions& network, std::uint64_t cycles);
/// What is expected of it on a link that always has a flit to send, by closed form.
double goodput_model(const noc::NetworkOptions& network);

}  // namespace twill::cli
