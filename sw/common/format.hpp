// SPDX-License-Identifier: Apache-2.0
// Numbers and shapes as people read them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill::cli {

std::string grouped(std::uint64_t number);                           ///< 12,501,632
std::string counted(std::uint64_t number, const std::string& what);  ///< 1 seed, 2,000 seeds
std::string byte_count(std::uint64_t bytes);                         ///< 712 B, 76.1 KiB, 1.2 MiB
std::string percent(double share);                                   ///< 0.583 -> "58.3 %"
std::string decimal(double number, int digits);
std::string rate(double per_second);                 ///< 2,213,000 -> "2.21 M ", to be followed by a unit
std::string duration(double seconds);                ///< 0:07, 12:34, 1:02:03
std::string extents(const std::vector<int>& shape);  ///< 1x24x24x3; "scalar" when empty
std::string type_name(DataType type);                ///< int8, uint8, int32, float32

/// Indices of an element of a tensor, as [0, 3, 17, 2].
std::string coordinates(const std::vector<int>& shape, std::size_t element);

}  // namespace twill::cli
