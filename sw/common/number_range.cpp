// SPDX-License-Identifier: Apache-2.0
#include "common/number_range.hpp"

#include <charconv>
#include <cmath>

#include "common/format.hpp"
#include "twill/error.hpp"

namespace twill::cli {
namespace {

constexpr int most_steps = 1000;

/// -1 for what is no plain decimal number.
double plain_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? value : -1;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ':')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

std::vector<double> number_range(const std::string& text, const std::string& what, double high) {
  const auto refuse = [&](const std::string& why) {
    throw InputError(what + " takes LOW:HIGH:STEP or one number, above 0 and at most " + decimal(high, 0) + ", not '" + text + "'" + why);
  };
  std::vector<double> numbers;
  for (const std::string& part : parts_of(text)) numbers.push_back(plain_number(part));
  if (numbers.size() != 1 && numbers.size() != 3) refuse("");
  for (const double number : numbers)
    if (!(number > 0 && number <= high)) refuse("");
  if (numbers.size() == 1) return numbers;
  const double low = numbers[0], last = numbers[1], step = numbers[2];
  if (last < low) refuse(": HIGH is below LOW");
  const double steps = std::floor((last - low) / step + 1e-6);
  if (steps >= most_steps) refuse(": that is more than " + std::to_string(most_steps) + " numbers");
  std::vector<double> range;
  for (int i = 0; i <= static_cast<int>(steps); ++i) range.push_back(std::min(last, low + i * step));
  return range;
}

}  // namespace twill::cli
