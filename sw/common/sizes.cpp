// SPDX-License-Identifier: Apache-2.0
#include "common/sizes.hpp"

#include "common/options.hpp"
#include "twill/error.hpp"

namespace twill::cli {

std::uint64_t parse_bytes(const std::string& text, const std::string& what) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30;
  std::string number = text;
  std::uint64_t unit = 1;
  const std::pair<std::string, std::uint64_t> units[] = {{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}};
  for (const auto& [suffix, times] : units)
    if (text.size() > 3 && text.substr(text.size() - 3) == suffix) number = text.substr(0, text.size() - 3), unit = times;
  try {
    return parse_number(number, what, 0, most / unit) * unit;
  } catch (const InputError&) {
    throw InputError(what + " takes a number of bytes up to 1GiB, such as 4096, 128KiB or 1MiB, not '" + text + "'");
  }
}

std::pair<int, int> parse_kernel(const std::string& text, const std::string& what, int most) {
  const auto x = text.find('x');
  const std::string height = text.substr(0, x), width = x == std::string::npos ? height : text.substr(x + 1);
  const auto number = [&](const std::string& part) { return static_cast<int>(parse_number(part, what, 1, static_cast<std::uint64_t>(most))); };
  try {
    return {number(height), number(width)};
  } catch (const InputError&) {
    throw InputError(what + " takes KHxKW, or one number for both, each from 1 to " + std::to_string(most) + ", not '" + text + "'");
  }
}

}  // namespace twill::cli
