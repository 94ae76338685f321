// SPDX-License-Identifier: Apache-2.0
#include "common/format.hpp"

#include <cmath>
#include <cstdio>

namespace twill::cli {

std::string decimal(double number, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string counted(std::uint64_t number, const std::string& what) { return grouped(number) + " " + what + (number == 1 ? "" : "s"); }

std::string byte_count(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  const auto three_digits = [](double number) { return decimal(number, number < 99.95 ? 1 : 0); };
  const double kib = static_cast<double>(bytes) / 1024;
  return kib < 1024 ? three_digits(kib) + " KiB" : three_digits(kib / 1024) + " MiB";
}

std::string percent(double share) { return decimal(100 * share, 1) + " %"; }

std::string rate(double per_second) {
  if (per_second >= 1e9) return decimal(per_second / 1e9, 2) + " G ";
  if (per_second >= 1e6) return decimal(per_second / 1e6, 2) + " M ";
  if (per_second >= 1e3) return decimal(per_second / 1e3, 1) + " k ";
  return decimal(per_second, 1) + " ";
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  char text[32];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%u:%02u", static_cast<unsigned>(whole / 60), static_cast<unsigned>(whole % 60));
  else
    std::snprintf(text, sizeof text, "%u:%02u:%02u", static_cast<unsigned>(whole / 3600), static_cast<unsigned>(whole / 60 % 60),
                  static_cast<unsigned>(whole % 60));
  return text;
}

std::string extents(const std::vector<int>& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (int extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

std::string type_name(DataType type) {
  switch (type) {
    case DataType::int8: return "int8";
    case DataType::uint8: return "uint8";
    case DataType::int32: return "int32";
    case DataType::float32: return "float32";
  }
  return "?";
}

std::string coordinates(const std::vector<int>& shape, std::size_t element) {
  std::string text;
  for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
    text = std::to_string(element % static_cast<std::size_t>(*extent)) + (text.empty() ? "" : ", ") + text;
    element /= static_cast<std::size_t>(*extent);
  }
  return "[" + text + "]";
}

}  // namespace twill::cli
