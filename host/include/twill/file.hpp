// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace twill {

/// All bytes of a file. Throws InputError when it is missing, is no regular file or cannot be read.
std::vector<std::uint8_t> read_file(const std::string& path);

/// Replaces a file. Throws InputError when it cannot be written.
void write_file(const std::string& path, const std::vector<std::uint8_t>& bytes);

}  // namespace twill
