// SPDX-License-Identifier: Apache-2.0
// A collective as it is planned, for all ranks at once: what lies where (cells) and what goes from cell to cell when (hops).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/communicator.hpp"

namespace twill::collective {

/// Bytes at one rank that take part. In the scratchpad they are where the buffer has them; in DRAM a cell is a slot of the staging
/// for as long as it is in use, unless it is a home cell, which is never read and so may be DRAM itself.
struct Cell {
  unsigned rank = 0;
  std::uint64_t address = 0;  ///< in the buffer's space
  std::uint64_t bytes = 0;
  bool load = false;          ///< starts as what the buffer holds there
  bool store = false;         ///< the buffer is to hold what it ends as
  bool home = false;          ///< what arrives is final: straight into the buffer
};

/// One message stream from a cell to another, which must be of the same size. `time` orders everything: a hop's bytes may be read by hops of
/// later times only. Channel: which of the receiver's data semaphores tells that it has arrived.
struct Hop {
  int from = -1, to = -1;
  bool add = false;
  int time = 0;
  unsigned channel = 0;
  bool signal = true;  ///< false: a later hop to the same rank and channel tells of this one, too
};

/// How a rank learns that others are ready to be written to.
enum class Opening {
  edges,    ///< whoever is written to tells every one who writes, once (each staging slot by itself)
  outward,  ///< the root is written to: it tells everyone, along the ring
  inward,   ///< the root writes: everyone tells it, along the ring
  all,      ///< everyone waits for everyone
};

constexpr unsigned channels = 3;

/// A signal that is to come: which semaphore, and the bytes that came before it.
struct Wait {
  unsigned semaphore = 0;
  std::vector<int> cells;
};

/// One command of a rank's share, before it is in a stream.
struct Step {
  enum class Kind { load, store, grant, send, wait, copy } kind = Kind::wait;
  std::vector<Wait> waits;    ///< taken before
  int hop = -1;               ///< send; wait: that this hop has arrived (resolved by schedule())
  int cell = -1, to = -1;     ///< load, store, send, copy (from, to); grant: the cell to be filled, or -1
  bool add = false;
  unsigned chip = 0;          ///< grant, send: to whom
  int signal = -1;            ///< send, grant: semaphore there
  bool all_homes = false;     ///< grant: all cells of this rank that others write to may be
};

/// What a plan needs to know of the group it is for.
struct Shape {
  std::vector<unsigned> chips;  ///< by rank
  std::vector<unsigned> ring;   ///< ranks in an order in which neighbours are close
  unsigned rows = 0, columns = 0;  ///< ranks are row * columns + column of a grid; 0: no grid
  unsigned size() const { return static_cast<unsigned>(chips.size()); }
  unsigned position(unsigned rank) const;
  unsigned at(unsigned position) const { return ring[position % size()]; }
};

/// The semaphores of a world, all chips alike where they can be.
class Semaphores {
 public:
  Semaphores(std::uint32_t allowed, unsigned chips);
  unsigned data(unsigned channel) const { return list_[channel]; }
  /// That of `chip` on which `giver` says that it may be written to. Throws InputError when the chip has none left.
  unsigned grant(unsigned chip, unsigned giver);
  const std::vector<std::vector<unsigned>>& givers() const { return givers_; }
  unsigned grant_semaphore(unsigned index) const { return list_[channels + index]; }

 private:
  std::vector<unsigned> list_;
  std::vector<std::vector<unsigned>> givers_;  ///< by chip
};

class Flow {
 public:
  Flow(const Shape& shape, bool dram) : shape_(shape), dram_(dram) {}

  Opening opening = Opening::edges;
  unsigned root = 0;
  int lag = 1;        ///< from a hop's time to when it should have arrived
  int load_lead = 2;  ///< times a load starts ahead of its grant, or of the hop that reads it

  int cell(unsigned rank, std::uint64_t address, std::uint64_t bytes, bool load, bool store, bool home = false);
  void hop(int from, int to, bool add, int time, unsigned channel = 0, bool signal = true);
  void copy(int from, int to, int time) { copies_.push_back({from, to, time}); }  ///< within a rank

  const std::vector<Cell>& cells() const { return cells_; }
  const std::vector<Hop>& hops() const { return hops_; }

  /// Puts it all into an order for every rank. Staging slots are of `slot_bytes`. `slots` returns how many there must be.
  std::vector<std::vector<Step>> schedule(Semaphores& semaphores);
  unsigned slots() const { return slots_; }
  int slot(int cell) const { return slot_[static_cast<std::size_t>(cell)]; }  ///< of a staged cell
  bool staged(int cell) const { return dram_ && !cells_[static_cast<std::size_t>(cell)].home; }
  std::vector<int> written(unsigned rank) const;  ///< cells of the rank that others write to, those of one address once
  /// Signals one semaphore of a rank can be ahead by.
  unsigned most_signals() const;

 private:
  void assign_slots();
  friend class Scheduler;

  const Shape& shape_;
  bool dram_;
  std::vector<Cell> cells_;
  std::vector<Hop> hops_;
  struct Copy {
    int from, to, time;
  };
  std::vector<Copy> copies_;
  std::vector<int> slot_, begin_, end_;
  unsigned slots_ = 0;
};

}  // namespace twill::collective
