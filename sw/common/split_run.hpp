// SPDX-License-Identifier: Apache-2.0
// Layers split by rows over chips: run, compared with the golden model and with one chip, reported.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/options.hpp"
#include "common/system_choice.hpp"
#include "twill/graph.hpp"
#include "twill/row_split.hpp"

namespace twill::cli {

/// The options --result and --baseline.
void add_split_options(Options& options);

/// What --result names; throws InputError for anything else.
RowResult row_result(const Values& values);

using Splitter = SplitJob (*)(const Graph&, const Machine&, unsigned, RowResult, const std::vector<std::uint8_t>&);

/// Runs `graph` as `split` splits it over the chips, and on a chip by itself what the mapper makes of it. Prints and reports; the exit code.
int run_split(const std::string& command, const Values& values, const std::string& title, nlohmann::ordered_json shape, const SystemChoice& choice,
              const Graph& graph, std::uint64_t seed, Splitter split);

}  // namespace twill::cli
