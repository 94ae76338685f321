// SPDX-License-Identifier: Apache-2.0
// Layers split over chips: run, compared with the golden model and with one chip, reported.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/options.hpp"
#include "common/system_choice.hpp"
#include "twill/graph.hpp"
#include "twill/row_split.hpp"

namespace twill::cli {

/// How a product is split: made from the options, so that what is refused is refused before anything runs.
struct Splitting {
  std::string split, result;  ///< "row" or "column"; what becomes of the sums or columns
  std::function<SplitJob(const Graph&, const std::vector<Machine>& machines, const std::vector<std::uint8_t>& input)> make;  ///< machines by rank
};

/// The options --result and --baseline; gemm has --split as well.
void add_split_options(Options& options, bool with_split);

/// --split and --result for a GEMM. Throws InputError for what they do not take, and for a split by rows over chips that differ.
Splitting gemm_splitting(const Values& values, const Graph& graph, const SystemChoice& choice);
/// --result for an MLP, whose first product is always split by columns and whose second by rows. Throws InputError as gemm_splitting() does.
Splitting mlp_splitting(const Values& values, const SystemChoice& choice);

/// Runs `graph` split over the chips, and on the fastest chip by itself what the mapper makes of it. Prints and reports; the exit code.
int run_split(const std::string& command, const Values& values, const std::string& title, nlohmann::ordered_json shape, const SystemChoice& choice,
              const Graph& graph, std::uint64_t seed, const Splitting& splitting);

}  // namespace twill::cli
