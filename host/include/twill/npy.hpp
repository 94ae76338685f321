// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill {

/// A dense array in C order, little-endian.
struct Array {
  DataType type = DataType::int8;
  std::vector<int> shape;  ///< every extent at least 1; empty for a scalar
  std::vector<std::uint8_t> data;
};

/// Reads NumPy's .npy, format 1.0 or 2.0: int8, uint8, little-endian int32 and float32, C order. Throws InputError for anything
/// else, for a header that does not parse, and for a file whose length does not fit its shape.
Array read_npy(const std::string& path);

/// The same from memory; `name` stands for the file in messages.
Array parse_npy(const std::vector<std::uint8_t>& bytes, const std::string& name);

/// Writes format 1.0. Throws InputError when the file cannot be written, std::invalid_argument when data and shape disagree.
void write_npy(const std::string& path, const Array& array);

/// What write_npy writes.
std::vector<std::uint8_t> format_npy(const Array& array);

}  // namespace twill
