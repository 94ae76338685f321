// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "twill/contract.hpp"
#include "twill/graph.hpp"
#include "twill/noc/topology.hpp"
#include "twill/program.hpp"

namespace twill {

namespace mapper {
class Stream;
}

/// The program of one chip while it is written: its command stream and the names its commands go by.
class ProgramWriter {
 public:
  ProgramWriter();
  ~ProgramWriter();
  ProgramWriter(ProgramWriter&&) noexcept;
  ProgramWriter& operator=(ProgramWriter&&) noexcept;

  mapper::Stream& stream() { return *stream_; }

  /// The number to emit commands with that belong to `name` ("layer 3 (CONV_2D)"); the same name has the same number.
  int label(const std::string& name);

  void image(std::uint64_t address, std::vector<std::uint8_t> bytes);  ///< to be in DRAM when the program starts

  /// A MARK behind everything emitted so far.
  void mark(std::uint32_t tag);

  /// Adds what the chip is to know of a semaphore that other chips signal, and its value at the start.
  void remote_semaphore(unsigned semaphore, const std::string& awaited, unsigned initial = 0);

  /// The whole program, with a last MARK (tag 0xffffffff) that interrupts. Ring and marks go to these DRAM addresses (multiples of 64 and
  /// 128). Once only.
  Program finish(std::uint64_t ring_address, std::uint64_t mark_address);

 private:
  std::unique_ptr<mapper::Stream> stream_;
  Program program_;
};

/// Elements that lie one behind the other. The ranks of a communicator have them at the same address (symmetric memory).
struct Buffer {
  contract::Space space = contract::Space::scratchpad;  ///< scratchpad or dram
  std::uint64_t address = 0;
  std::uint64_t count = 0;  ///< elements
  DataType type = DataType::int32;

  std::uint64_t bytes() const { return count * size_of(type); }
  /// First element of part `part` of `parts`; that of part == parts is the count. Parts differ by an element at most.
  std::uint64_t begin(unsigned part, unsigned parts) const { return count * part / parts; }
};

enum class Collective { all_reduce, reduce_scatter, all_gather, broadcast, reduce, scatter, gather, all_to_all, barrier, send, recv };
const char* name_of(Collective operation);
std::vector<Collective> collectives();  ///< all but send and recv

/// How the bytes travel. Bytes through each chip's port are the same for ring, ring_both, dimension and direct; steps, and the links taken, are not.
enum class Algorithm {
  automatic,  ///< the one with the fewest estimated cycles
  ring,       ///< from chip to chip along a circle, one way (broadcast, reduce: a chain)
  ring_both,  ///< half the steps: both ways round
  tree,       ///< binomial: fewest steps, for few bytes
  direct,     ///< everyone with everyone
  dimension,  ///< along rows, then columns (mesh and torus)
};
const char* name_of(Algorithm algorithm);
std::vector<Algorithm> algorithms();  ///< all but automatic

/// What became of a call. Commands that touch the buffer later wait by themselves for what they need: there is no need to wait for a call.
struct CallInfo {
  std::string name;            ///< "all_reduce 2 of world"
  Algorithm algorithm = Algorithm::automatic;
  std::uint64_t bytes = 0;     ///< of the buffer
  std::uint64_t link_bound = 0;  ///< cycles of its bytes through these ports and links, and of the steps of a ring; fewer steps can undercut it
  std::string bound_text;      ///< its formula
  std::uint64_t dram_bound = 0;  ///< the same for each direction of the busiest DRAM; 0 in the scratchpad
  std::uint64_t estimate = 0;  ///< cycles, as the choice of the algorithm has it
  std::vector<std::uint64_t> sent;  ///< payload bytes by rank
  double busiest_link = 0;     ///< payload bytes of the link that has most of them
};

struct CommunicatorOptions {
  noc::TopologySpec topology;         ///< of all chips; sizes as many as there are programs
  unsigned link_latency = 16, link_width = 16;
  unsigned dram_bandwidth = 16;       ///< bytes a cycle each way
  std::uint64_t scratchpad = 0;       ///< bytes of a chip's scratchpad
  /// Scratchpad range of every chip through which bytes on their way from DRAM to DRAM pass. Only calls on DRAM need it.
  std::uint64_t staging_address = 0, staging_bytes = 0;
  /// Semaphores the communicator may use, a bit each; the contract keeps ten for other chips' signals.
  std::uint32_t semaphores = default_semaphores;
  static constexpr std::uint32_t default_semaphores = 0xf8000000u | 1u << 0 | 1u << 6 | 1u << 12 | 1u << 18 | 1u << 24;
};

namespace collective {
class World;
struct Group;
}

/// Chips that work together. Every rank of a communicator makes its own calls, which write commands into its chip's stream; the k-th calls
/// of all ranks are one operation. Nothing waits on the host: communication overlaps with whatever else is in the streams, held
/// back only by the bytes it reads and writes.
///
/// Every call throws InputError, naming ranks and calls, where it does not match what other ranks called (operation, buffer, root, algorithm), for a
/// buffer that lies outside its space, a reduction of anything but int32, or a buffer in DRAM without staging. All operations are in place:
///   all_reduce      every rank has the int32 sums of all ranks' elements
///   reduce_scatter  rank r has them in part r of size() (Buffer::begin); what its other parts hold is undefined
///   all_gather      part r of every rank's buffer becomes that of rank r
///   broadcast       the root's elements
///   reduce          the root has the sums, what others hold is undefined
///   scatter         rank r has part r of the root's buffer in its part r; its other parts stay
///   gather          the root has part r of every rank r
///   all_to_all      part r of `to` at rank q becomes part q of `from` at rank r; the two must not overlap
///   barrier         commands behind it on the network queue of any rank run after those before it on all ranks
/// Undefined holds for the scratchpad; in DRAM other parts stay as they are.
class Communicator {
 public:
  /// All chips: chip r runs programs[r]. The writers must outlive the communicator and all groups made from it.
  /// Throws InputError when the topology has another number of chips.
  Communicator(std::vector<ProgramWriter*> programs, const CommunicatorOptions& options, const std::string& name = "world");

  /// Some of the ranks, in this order (rank i of the group is ranks[i] here). Throws InputError for a rank that is not here or twice.
  Communicator group(const std::string& name, const std::vector<unsigned>& ranks) const;
  /// On mesh and torus, the chips of one row or column, in order; "row 2 of world". Only of a communicator of all chips.
  Communicator row(unsigned index) const;
  Communicator column(unsigned index) const;

  unsigned size() const;
  unsigned chip(unsigned rank) const;  ///< number of the chip that is `rank` here
  const std::string& name() const;

  // The call of one rank.
  CallInfo all_reduce(unsigned rank, const Buffer& buffer, Algorithm algorithm = Algorithm::automatic) const;
  CallInfo reduce_scatter(unsigned rank, const Buffer& buffer, Algorithm algorithm = Algorithm::automatic) const;
  CallInfo all_gather(unsigned rank, const Buffer& buffer, Algorithm algorithm = Algorithm::automatic) const;
  CallInfo broadcast(unsigned rank, const Buffer& buffer, unsigned root, Algorithm algorithm = Algorithm::automatic) const;
  CallInfo reduce(unsigned rank, const Buffer& buffer, unsigned root, Algorithm algorithm = Algorithm::automatic) const;
  CallInfo scatter(unsigned rank, const Buffer& buffer, unsigned root) const;
  CallInfo gather(unsigned rank, const Buffer& buffer, unsigned root) const;
  CallInfo all_to_all(unsigned rank, const Buffer& from, const Buffer& to) const;
  CallInfo barrier(unsigned rank) const;

  /// The k-th send of a rank to another and the k-th recv of that one from it are one operation. `buffer` is the receiver's in recv; in send
  /// it is the sender's, which goes to the same address over there.
  CallInfo send(unsigned rank, unsigned to, const Buffer& buffer) const;
  CallInfo recv(unsigned rank, unsigned from, const Buffer& buffer) const;

  /// Any of these by its name, for one rank, or for every rank in turn. `to` only for all_to_all.
  CallInfo call(Collective operation, unsigned rank, const Buffer& buffer, unsigned root = 0, Algorithm algorithm = Algorithm::automatic,
                const Buffer& to = {}) const;
  CallInfo call_all(Collective operation, const Buffer& buffer, unsigned root = 0, Algorithm algorithm = Algorithm::automatic,
                    const Buffer& to = {}) const;

  /// "rank 2 never called all_reduce 2 of world" for every call that some ranks made and others did not, in any group; empty when there is
  /// none. Such a job may run: the chips that called wait until their watchdog ends it.
  std::vector<std::string> unanswered() const;

  /// launch(), after a check that all chips make their calls of different groups in orders that fit together (InputError). When it ends in a
  /// wait for chips that never made a call, the ChipError says so: "rank 0, 1 and 3 wait in all_reduce 2 of world for rank 2, which never called it".
  std::vector<Outcome> run(System& system, const std::vector<Program>& programs, const LaunchOptions& options = {}) const;

 private:
  Communicator(std::shared_ptr<collective::World> world, std::shared_ptr<collective::Group> group);
  std::shared_ptr<collective::World> world_;
  std::shared_ptr<collective::Group> group_;
};

}  // namespace twill
