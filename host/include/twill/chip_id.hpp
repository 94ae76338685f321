// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace twill {

/// What register ID of every chip reads: its reset value in spec/twill.toml, "TWIL".
inline constexpr std::uint32_t chip_id = 0x5457494c;

}  // namespace twill
