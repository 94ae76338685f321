// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace twill::parallel::semaphore {

// The semaphores of a row-split product. Each has one giver and one taker, both in order, so that counting is enough.

// Within a chip. Accumulator banks are finished and freed for one queue or the other; the array knows which.
constexpr unsigned full_for_post = 25;     ///< array to post
constexpr unsigned freed_by_post = 26;     ///< post to array
constexpr unsigned full_for_network = 24;  ///< array to network
constexpr unsigned freed_by_network = 30;  ///< network to array
constexpr unsigned requantized = 6;        ///< post to network: finished sums may be passed on

// From rank r - 1.
constexpr unsigned partial = 27;        ///< its sums have been added to a tile that goes on
constexpr unsigned last_partial = 29;   ///< its sums have been added to a tile owned here
constexpr unsigned final_sums = 31;     ///< a finished tile has come
// From rank r + 1.
constexpr unsigned partial_grant = 28;  ///< its own sums are complete: ours may be added
constexpr unsigned final_grant = 0;     ///< it has a place for a finished tile
// From all.
constexpr unsigned gathered = 12;       ///< a rank has sent all its results

constexpr std::uint32_t remote =
    1u << partial | 1u << last_partial | 1u << final_sums | 1u << partial_grant | 1u << final_grant | 1u << gathered;

}  // namespace twill::parallel::semaphore
