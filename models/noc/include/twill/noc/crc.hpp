// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "twill/contract.hpp"

namespace twill::noc {

/// A frame is what a link carries: 224 bits and their checksum, the bits 0 to 239 of a flit (spec/twill.toml, [flit]).
constexpr unsigned frame_bits = 240, frame_checked_bits = 224;

/// x^16 + x^14 + x^12 + x^11 + x^8 + x^5 + x^4 + x^2 + 1: every 4 wrong bits in a frame are found (Hamming distance 5), which the better
/// known 0x1021 does not do at this length (4). The register starts with ones: a wire that stands at 0 or at 1 brings no frame that counts.
constexpr std::uint16_t crc_polynomial = 0x5935;

/// Of the bits 0 to 223, in the order of their numbers.
std::uint16_t frame_crc(const contract::Flit& frame);

inline void seal(contract::Flit& frame) { frame.set_crc(frame_crc(frame)); }
inline bool intact(const contract::Flit& frame) { return frame.crc() == frame_crc(frame); }

/// Patterns of 5 and of 6 wrong bits in a frame that the checksum takes for none. There are none of 1 to 4.
constexpr std::uint64_t undetected_5 = 99'880, undetected_6 = 3'878'665;

/// Probability that a frame arrives wrong and its checksum right when every bit is wrong with probability `bit_error_rate`: exact for up
/// to 6 wrong bits, and 2^-16 of those with more.
double undetected_rate(double bit_error_rate);

}  // namespace twill::noc
