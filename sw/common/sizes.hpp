// SPDX-License-Identifier: Apache-2.0
// Sizes as options write them. All throw InputError that names `what`.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

namespace twill::cli {

/// "1MiB", "128KiB", "4096": bytes, at most 1 GiB.
std::uint64_t parse_bytes(const std::string& text, const std::string& what);

/// "3x5", or "3" for both: height and width, each from 1 to `most`.
std::pair<int, int> parse_kernel(const std::string& text, const std::string& what, int most);

}  // namespace twill::cli
