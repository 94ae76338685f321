// SPDX-License-Identifier: Apache-2.0
// What a job cost, for eyes and for programs. The keys are documented in docs/command-line.md.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "common/job.hpp"
#include "twill/graph.hpp"
#include "twill/mapper.hpp"

namespace twill::cli {

/// MACs / (cycles * multipliers of the array); 0 when there are no cycles.
double utilisation(std::uint64_t macs, std::uint64_t cycles, const Machine& machine);

std::uint64_t total_macs(const Graph& graph);

/// A row for every operator, and the total.
void print_layers(std::ostream& out, const Graph& graph, const Plan& plan, const JobReport& report);

/// Where the cycles of every engine went, behind a blank line; nothing where there are no cycles.
void print_engines(std::ostream& out, const Span& span);

/// "1,234 cycles in 0.5 s: 2.2 M chip cycles/s", or the time alone where there are no cycles.
std::string simulation_rate(const TimedJob& job);

nlohmann::ordered_json span_json(const Span& span);
nlohmann::ordered_json layers_json(const Graph& graph, const Plan& plan, const JobReport& report);
nlohmann::ordered_json total_json(const Graph& graph, const Plan& plan, const JobReport& report);
nlohmann::ordered_json simulation_json(const TimedJob& job);

/// The first keys of every report: what wrote it.
nlohmann::ordered_json report_head(const std::string& command);

}  // namespace twill::cli
