// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

namespace twill {

/// SHA-256 of the bytes as 64 lower-case hexadecimal digits.
std::string sha256(const void* data, std::size_t bytes);

}  // namespace twill
