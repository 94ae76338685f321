// SPDX-License-Identifier: Apache-2.0
// A test case: what the commands do and what memory holds first. Which semaphores join them, and in which order they stand in the rings, is
// made from it each time (weave.hpp), so whatever is left out of a case leaves a case that is as sound.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/contract.hpp"

namespace twill::fuzz {

inline contract::Opcode opcode_of(const contract::Command& command) { return static_cast<contract::Opcode>(command.words[0] & 0xff); }

/// A command without semaphores, one of the sequence that a case means.
struct Op {
  std::uint32_t id = 0;  ///< also the stream of random numbers that say how it is joined with others
  unsigned chip = 0;
  bool fixed = false;       ///< part of every case: memory is filled and read back
  bool refused = false;     ///< the chip is to stop at it
  std::uint32_t after = 0;  ///< goes on bank by bank: REQUANT as the CONV or DEPTHWISE of this id leaves them, CONV or DEPTHWISE as the
                            ///< REQUANT does; 0: as a whole
  contract::Command command;
};

/// Bytes that lie in a chip's DRAM before it starts.
struct Image {
  unsigned chip = 0;
  std::uint64_t address = 0;
  std::vector<std::uint8_t> bytes;  ///< or, when it is empty:
  std::uint64_t seed = 0, random_bytes = 0;

  std::vector<std::uint8_t> contents() const;
};

/// Everything around the chips that may take longer than it has to.
struct Delays {
  unsigned dram_latency = 100, dram_bandwidth = 0;
  unsigned link_latency = 16, link_width = 16, vcs = 4;
  double stalls = 0;  ///< share of cycles in which a valid or ready at a boundary is held back, up to memory::Stalls::most
};

struct Case {
  std::uint64_t seed = 0;
  std::string config = "tiny", topology = "ring:1";
  unsigned chips = 1;
  Delays delays;
  std::vector<Image> images;
  std::vector<Op> ops;
};

const contract::Configuration& configuration(const std::string& name);  ///< throws InputError

/// Where a case may use DRAM. The rings, and what is read back of scratchpad and accumulators, lie elsewhere.
struct Window {
  std::uint64_t address, bytes;
};
inline constexpr Window windows[] = {
    {0, 0x4000}, {0x4000'2000, 0x4000}, {0xff'ffff'c000, 0x4000}};  // DRAM goes on from the last in the first
inline constexpr std::uint64_t ring_at = 0x10'0000'0000, marks_at = 0x20'0000'0000, first_at = 0x30'0000'0000, blobs_at = 0x38'0000'0000,
                               last_at = 0x40'0000'0000;
inline constexpr std::uint32_t ring_size = 4096, mark_size = ring_size;
inline constexpr unsigned most_chips = 8;  // their signals have a semaphore each

}  // namespace twill::fuzz
