// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "twill/mapper.hpp"

namespace twill::parallel {

/// Cycles a rank takes for so many columns; 0 columns may take some, too, and more columns may take fewer.
using ColumnCost = std::function<std::uint64_t(unsigned rank, int columns)>;

/// Deals columns to machines that need not be alike so that the slowest rank takes few cycles: how many each gets, by rank. In whole words of the machines,
/// but for what is left over; none for a rank that would only slow the others down. As few cycles as can be where more columns never take fewer;
/// else not more than any one rank takes for all of them.
std::vector<int> deal_columns(int columns, const std::vector<Machine>& machines, const ColumnCost& cost);

}  // namespace twill::parallel
