// SPDX-License-Identifier: Apache-2.0
#include "common/table.hpp"

#include <algorithm>

namespace twill::cli {

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> width(columns_.size(), 0);
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i) width[i] = std::max(width[i], cells[i].size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (width[i] > 0) width[i] = std::max(width[i], columns_[i].title.size());

  const auto print_line = [&](const auto& cell) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (width[i] == 0) continue;
      const std::string text = cell(i);
      const std::string space(width[i] - text.size(), ' ');
      line += (line.empty() ? "" : "  ") + (columns_[i].side == Side::left ? text + space : space + text);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  const auto print_rule = [&] { print_line([&](std::size_t i) { return std::string(width[i], '-'); }); };

  print_line([&](std::size_t i) { return columns_[i].title; });
  print_rule();
  for (const auto& cells : rows_) {
    if (cells.empty())
      print_rule();
    else
      print_line([&](std::size_t i) { return i < cells.size() ? cells[i] : std::string(); });
  }
}

}  // namespace twill::cli
