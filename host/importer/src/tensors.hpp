// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "budget.hpp"
#include "tflite_generated.h"
#include "twill/graph.hpp"

namespace twill::importer {

/// The tensors of a subgraph, with the data of those that are constant. Checks everything about a tensor that does not
/// depend on the operators that use it. Throws InputError.
std::vector<Tensor> import_tensors(const tflite::Model& model, const tflite::SubGraph& subgraph, const std::string& file, Budget& budget);

}  // namespace twill::importer
