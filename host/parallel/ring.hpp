// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "rank.hpp"
#include "twill/row_split.hpp"

namespace twill::parallel {

/// Rows [first, first + count) of the result.
struct RowBlock {
  int first = 0, count = 0;
};

/// What a rank needs for its part of a ring product.
struct RingSeat {
  Weights weights;
  std::uint64_t records = 0;  ///< DRAM: requantization records of all columns
  std::uint64_t result = 0;   ///< DRAM: where its result starts
  int first_column = 0;       ///< of the result it keeps
  std::uint64_t pitch = 0;    ///< bytes of a row there
  Places results;             ///< packed int8 tiles in the scratchpad
  std::uint32_t dump = 0;     ///< scratchpad: room for a tile nobody wants
};

/// A product whose K is split over the ranks, emitted for all of them in one common order of steps; that every wait depends only on
/// what is earlier in this order is why it cannot deadlock.
///
/// The N tiles of a row block are dealt in groups of n, one of each owner. At step s of a group rank r computes its part of the tile owned
/// by r-1-s; the sums of the ranks before it come from r-1, are added to that bank, and the bank is added to the one of r+1: after n-1
/// hops the owner has the sum. Rank r lets r-1 add when its own part is complete. This grant is given for the tile of step t + 1 before the tile of
/// step t is sent, so a network queue never has a grant standing behind a send that waits for one.
///
/// With all_reduce the finished sums go round once more, now into one bank of every chip, which holds two tiles: with one place a rank,
/// a full ring could not move.
class Ring {
 public:
  Ring(const Machine& machine, std::vector<Rank>& ranks, std::vector<RingSeat>& seats, RowResult result, int columns, int tile_rows);

  /// Called for a rank before its first tile of a block; emits what brings the first operand and tells where it is.
  using Operand = std::function<Rows(unsigned rank, std::size_t block)>;

  /// Emits the products of some row blocks; tiles of one block follow those of the one before without a pause.
  void run(const std::vector<RowBlock>& blocks, const Operand& operand);

  /// After the last run(): nobody ends before all results have come.
  void end();

  /// Banks that products may use, and rows a tile may have.
  static int compute_banks(RowResult result, unsigned ranks);
  static int most_rows(const Machine& machine, RowResult result, unsigned ranks);

 private:
  /// A tile at one rank.
  struct Tile {
    int number = -1;  ///< N tile; -1: none
    std::size_t block = 0;
    RowBlock rows;
    bool owned = false, next_owns = false, starts = false;
    Bank bank;
  };
  /// Finished sums on their way round, at one rank.
  struct Final {
    Tile tile;
    int hops = -1;           ///< already made; -1: none here
    std::uint32_t word = 0;  ///< accumulator word where it lies
  };
  /// A finished int8 tile that its owner sends to the others, one a step.
  struct Gather {
    Tile tile;
    unsigned to = 0;  ///< distance to the next rank it goes to; 0: none
    std::uint32_t from = 0;
  };

  unsigned n() const { return static_cast<unsigned>(ranks_.size()); }
  unsigned after(unsigned rank, unsigned steps = 1) const { return (rank + steps) % n(); }
  int lanes(const Tile& tile) const;
  Tile tile_of(unsigned rank, std::size_t step, const std::vector<RowBlock>& blocks) const;
  void compute(unsigned rank, Tile& tile, const Rows& rows);
  void pass_on(unsigned rank, const Tile& tile, const Bank& there);
  void finish_owned(unsigned rank, const Tile& tile);
  void move_final(unsigned rank);
  void take_final(unsigned rank);
  void gather(unsigned rank);
  std::uint32_t requantize(unsigned rank, const Tile& tile, std::uint32_t word, contract::Slots slots);
  contract::Send send_sums(unsigned to, std::uint32_t from_word, std::uint32_t to_word, int rows) const;
  void signal(unsigned rank, unsigned to, unsigned semaphore, contract::Slots slots);

  const Machine& machine_;
  std::vector<Rank>& ranks_;
  std::vector<RingSeat>& seats_;
  RowResult result_;
  int columns_, tile_rows_, tiles_;
  std::vector<Final> finals_, arriving_;
  std::vector<Gather> gathers_;
  std::vector<std::uint32_t> finished_;     ///< by rank: scratchpad address of the tile it requantized last as its owner
  int first_label_ = 0;                     ///< of the next run's first block
  std::vector<std::uint64_t> places_used_;  ///< by rank: finished tiles that came
};

/// Moves the finished programs into the job.
void finish(SplitJob& job, std::vector<Rank>& chips, const std::vector<std::string>& names);

}  // namespace twill::parallel
