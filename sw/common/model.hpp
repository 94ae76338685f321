// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill::cli {

/// The inputs of a network from .npy files, as many as it has. Throws InputError when an element type or a shape is not the network's.
std::vector<std::vector<std::uint8_t>> read_inputs(const Graph& graph, const std::vector<std::string>& files);

/// The value an element of a tensor stands for: dequantized where the tensor is quantized.
double real_value(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element);

/// The element itself, as text.
std::string element_text(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element);

/// "1 input", "3 inputs".
std::string input_count(std::size_t count);

/// The manifest.json beside a model; empty when there is none.
std::string manifest_beside(const std::string& model);

/// The classes that the manifest.json beside a model names for it; empty when there are none. Throws InputError when it cannot be read or
/// no output has as many elements.
std::vector<std::string> class_names(const std::string& model, const Graph& graph);

}  // namespace twill::cli
