// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "share.hpp"
#include "stream.hpp"
#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/program.hpp"

namespace twill::parallel {

using mapper::Range;

/// Scratchpad buffers of one size that take turns.
class Places {
 public:
  Places() = default;
  Places(std::uint32_t base, std::uint32_t bytes, int count) : base_(base), bytes_(bytes), count_(count) {}

  std::uint32_t next() { return base_ + static_cast<std::uint32_t>(turn_++ % count_) * bytes_; }
  std::uint32_t bytes() const { return bytes_; }

 private:
  std::uint32_t base_ = 0, bytes_ = 0;
  int count_ = 1, turn_ = 0;
};

/// The part of a fully connected layer's weights that one rank multiplies by, in its DRAM: for each N tile, the passes of its K
/// slice, word x word bytes each.
struct Weights {
  std::uint64_t address = 0;
  int k = 0;         ///< rows of the slice, at least 1
  int passes = 0;    ///< of an N tile
  int together = 0;  ///< passes whose weights come in one piece
};

/// Rows of the first operand: in the scratchpad, or in DRAM, from where each piece of K comes anew for every tile.
struct Rows {
  bool resident = true;
  std::uint64_t address = 0;  ///< of the first byte of the first row
  int count = 0;
  std::uint32_t pitch = 0;    ///< bytes from row to row
};

/// A tile of sums: where it lies and what it is.
struct Bank {
  std::uint32_t word = 0;  ///< first accumulator word
  int rows = 0;
};

/// One chip's program while it is written.
class Rank {
 public:
  Rank(const Machine& machine, unsigned number, int compute_banks) : machine_(machine), number_(number), compute_banks_(compute_banks) {}

  unsigned number() const { return number_; }
  mapper::Stream& stream() { return stream_; }

  /// Takes DRAM for `bytes` bytes; the address. Ranks that ask for the same in the same order get the same.
  std::uint64_t reserve(std::uint64_t bytes);
  /// Bytes that lie in DRAM when the job starts; their address.
  std::uint64_t image(std::vector<std::uint8_t> bytes);

  /// DRAM to scratchpad, `count` runs `pitch` bytes apart to contiguous bytes.
  void load(std::uint64_t from, std::uint32_t to, std::uint32_t run, int count = 1, std::uint32_t pitch = 0);
  /// Contiguous bytes of the scratchpad to runs in DRAM.
  void store(std::uint32_t from, std::uint64_t to, std::uint32_t run, int count, std::uint64_t pitch);

  /// rows x weights of N tile `tile` into the next accumulator bank. Queue `full` (post or network) is told when it is full; `freed`
  /// will tell when it is free again.
  Bank multiply(const Rows& rows, const Weights& weights, int tile, contract::Queue full, contract::Queue freed);

  /// Requantizes a tile with the records of `tile` (in DRAM, one behind the other) to packed rows of `lanes` bytes at `to`.
  /// `slots` come with the waits and signals that concern banks and other chips. Rows beyond `skip` are what is wanted; those before, which
  /// a tile that does not start at a bank drags along, go to `dump`.
  struct Requantization {
    std::uint32_t word = 0;
    int rows = 0, skip = 0, lanes = 0;
    std::uint64_t record = 0;
    std::uint32_t to = 0, dump = 0;
    contract::Slots slots;
  };
  void requantize(const Requantization& r);

  void set_pools(Places weights, Places operands, Places records) {
    weights_ = weights;
    operands_ = operands;
    records_ = records;
  }
  /// The next scratchpad place for rows of the first operand.
  std::uint32_t next_operand() { return operands_.next(); }
  void set_label(int label) { label_ = label; }
  int label() const { return label_; }
  std::uint64_t array_words() const { return array_words_; }
  std::uint64_t sent = 0;

  /// The program, ended by a MARK that waits for everything. `names` are the labels' texts.
  Program finish(std::vector<std::string> names);

 private:
  const Machine& machine_;
  unsigned number_;
  int compute_banks_;
  mapper::Stream stream_;
  std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> images_;
  std::uint64_t dram_ = 0, array_words_ = 0;
  Places weights_, operands_, records_;
  int label_ = 0;
  std::uint64_t products_ = 0;                               ///< tiles begun
  std::array<contract::Slot, contract::accumulator_banks> freed_{};  ///< by bank: what tells that it is free
};

/// Throws InputError when so many commands do not fit a ring.
void require_ring(std::uint64_t commands);

/// Weights of a slice of a fully connected layer ([N, K] bytes) in the order of the passes, for N tiles [tiles.first, tiles.end()) and
/// K [k.first, k.end()); columns and rows beyond the layer are zero. An empty slice of K becomes one row of zeros.
std::vector<std::uint8_t> weight_tiles(const std::vector<std::uint8_t>& weights, int n, int k, Share tiles, Share slice, int word);

}  // namespace twill::parallel
