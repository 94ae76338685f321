// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill {

/// Reads an int8 TFLite model with one subgraph and derives the integer parameters of every operator's arithmetic, to
/// the bit those of the TensorFlow Lite reference kernels. What it promises of the graph: every operator reads constants,
/// graph inputs and outputs of earlier operators only; shapes, types and quantization of operands fit the operator; weights,
/// biases and everything that went into attributes are constant. The graph's name is the path.
///
/// Throws InputError, one sentence naming the file, the operator (or the offset in the file) and what would be accepted,
/// for a file that is malformed or uses what Twill does not support.
Graph import_tflite(const std::string& path);

/// The same from memory; `name` stands for the file.
Graph import_tflite(const std::vector<std::uint8_t>& bytes, const std::string& name);

}  // namespace twill
