// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill::cli {

/// The inputs of a network from .npy files. Throws InputError when their number, an element type or a shape is not the network's.
std::vector<std::vector<std::uint8_t>> read_inputs(const Graph& graph, const std::vector<std::string>& files);

/// The value an element of a tensor stands for: dequantized where the tensor is quantized.
double real_value(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element);

/// The element itself, as text.
std::string element_text(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element);

/// The classes that a manifest.json beside the model names for it; empty when there is none.
std::vector<std::string> class_names(const std::string& model);

}  // namespace twill::cli
