// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tflite_generated.h"

namespace twill::importer {

/// The root of a flatbuffer in which every offset, vector and string has been checked to lie inside `bytes`. Throws
/// InputError naming the first part that does not, with its offset.
const tflite::Model& verified_model(const std::vector<std::uint8_t>& bytes, const std::string& file);

}  // namespace twill::importer
