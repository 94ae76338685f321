// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "twill/functional/state.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill::functional {

/// One side of a move as a byte stream: `run` contiguous bytes, repeated by up to four counts (the inner first) with their
/// strides in bytes.
struct WalkShape {
  std::int64_t base = 0;
  std::uint32_t run = 1;
  std::array<std::uint32_t, 4> count{1, 1, 1, 1};
  std::array<std::int64_t, 4> stride{};

  /// Throws Fault(address_range) unless every byte of the walk lies in [0, space_bytes).
  void require_inside(std::uint64_t space_bytes, const char* space) const;
};

/// A position in such a stream.
class StridedWalk {
 public:
  explicit StridedWalk(const WalkShape& shape) : shape_(shape) {}

  bool done() const { return done_; }
  /// Address of the next byte, and how many contiguous ones follow from it.
  std::int64_t address() const { return run_address_ + shape_.base + offset_; }
  std::uint32_t contiguous() const { return shape_.run - offset_; }
  /// Steps over `bytes` (at most contiguous()) bytes.
  void advance(std::uint32_t bytes);

 private:
  WalkShape shape_;
  std::array<std::uint32_t, 4> index_{};
  std::int64_t run_address_ = 0;  // of the run, relative to base
  std::uint32_t offset_ = 0;
  bool done_ = false;
};

/// The DRAM and the local side of a LOAD, STORE, FILL or SEND.
template <typename Command>
WalkShape dram_side(const Command& c) {
  return {static_cast<std::int64_t>(c.dram_base), c.dram_run, {c.dram_count0, c.dram_count1, c.dram_count2, 1}, {c.dram_stride0, c.dram_stride1, c.dram_stride2, 0}};
}
template <typename Command>
WalkShape local_side(const Command& c) {
  return {c.local_base, c.local_run, {c.local_count0, c.local_count1, c.local_count2, 1}, {c.local_stride0, c.local_stride1, c.local_stride2, 0}};
}

inline constexpr std::uint64_t dram_bytes = std::uint64_t{1} << 40;

/// Addresses in DRAM count modulo its bytes, so every walk lies inside.
void read_dram(const memory::SparseMemory& dram, std::int64_t address, void* data, std::size_t bytes);
void write_dram(memory::SparseMemory& dram, std::int64_t address, const void* data, std::size_t bytes);

/// The bytes of a local space. Accumulators are seen as little-endian int32, so this host must be little-endian.
struct LocalSpace {
  LocalSpace(State& state, std::uint32_t space);
  std::uint8_t* data;
  std::size_t bytes;
  const char* name;
};

/// The little-endian int32 at `from` is added to the one at `to`, modulo 2^32.
void add_int32(std::uint8_t* to, const std::uint8_t* from);

}  // namespace twill::functional
