// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "twill/contract.hpp"
#include "twill/error.hpp"

namespace twill::mapper {

/// Bytes [begin, end) of a space that a command reads or writes.
struct Range {
  enum class Space { scratchpad, dram };
  Space space = Space::scratchpad;
  std::uint64_t begin = 0, end = 0;

  static Range sp(std::uint64_t begin, std::uint64_t bytes) { return {Space::scratchpad, begin, begin + bytes}; }
  static Range dram(std::uint64_t begin, std::uint64_t bytes) { return {Space::dram, begin, begin + bytes}; }
};

constexpr std::size_t largest_ring = 65536;  ///< commands of a job

class TooManyCommands : public InputError {
 public:
  TooManyCommands() : InputError("the network needs more than " + std::to_string(largest_ring) + " commands, which is what a ring holds") {}
};

/// The command stream being written. Commands are meant to act as if they ran one after the other in the order of emission;
/// the stream finds from their ranges which ones must really wait for which, and synchronizes the queues with one token
/// semaphore per pair of queues (source * 5 + destination). Since every queue completes in order, waiting for a command
/// means having waited for all before it; vector clocks leave out every wait that another one implies.
///
/// What other chips do enters through slots set beforehand. A receive is a NOP whose wait slot names the semaphore the other chip
/// signals and which "writes" the bytes that came; a grant is a SIGNAL_REMOTE that "writes" the bytes the other chip may fill. Waits on
/// and signals of other chips are outside this order: the programs of all chips together must be free of cycles, as they are when all are emitted
/// in one common order of steps.
class Stream {
 public:
  /// Throws TooManyCommands as soon as there are more than `most`: a small file can ask for billions.
  explicit Stream(std::size_t most = SIZE_MAX) : most_(most) {}

  static constexpr unsigned bank_full = 25;  ///< array to post: an accumulator bank holds finished sums
  static constexpr unsigned bank_free = 26;  ///< post to array: a bank may be overwritten; starts at the number of banks

  struct Entry {
    contract::Command command;
    contract::Queue queue;
    int layer;
  };

  /// Appends a command; `command` is one of the structs of twill/contract.hpp, tile slots already set, and perhaps wait or signal slots
  /// that concern other chips or accumulator banks. Where it needs more waits than it has slots, a NOP before it takes the rest.
  template <class C>
  void emit(const C& command, const std::vector<Range>& reads, const std::vector<Range>& writes, int layer) {
    append(command.encode(), command.queue, reads, writes, layer);
  }

  /// A command of `queue` that waits for everything emitted so far (MARK at the end of a job).
  void emit_after_all(const contract::Command& command, contract::Queue queue, int layer);

  /// The commands with their semaphore slots filled in.
  std::vector<Entry> finish() const;

  std::size_t size() const { return nodes_.size(); }

 private:
  static constexpr unsigned queues = contract::queues;
  using Clock = std::array<std::uint32_t, queues>;  ///< how many commands of each queue are known to be complete

  struct Node {
    Entry entry;
    std::uint32_t position;               ///< in its queue
    Clock before;                         ///< complete before this command starts
    std::uint8_t waits = 0, signals = 0;  ///< bit q: token from / to queue q
    unsigned wait_room = 3, signal_room = 3;  ///< slots left
  };
  struct Interval {
    std::uint64_t end;
    int writer = -1;  ///< node index
    std::array<int, queues> readers{-1, -1, -1, -1, -1};
  };
  using Map = std::map<std::uint64_t, Interval>;

  void append(const contract::Command& command, contract::Queue queue, const std::vector<Range>& reads, const std::vector<Range>& writes,
              int layer);
  Node make_node(const contract::Command& command, contract::Queue queue, int layer) const;
  int add(const Node& node);
  void synchronize(Node& node, Clock needed);
  int source_of_token(unsigned from, unsigned to, std::uint32_t needed);
  void take_ahead(contract::Queue queue, int layer, unsigned room, const Clock& needed);
  int add_after(const Clock& needed, const contract::Command& command, contract::Queue queue, int layer);
  static Map::iterator split(Map& map, std::uint64_t at);
  static void cover(Map& map, std::uint64_t begin, std::uint64_t end);

  const std::size_t most_;
  std::vector<Node> nodes_;
  std::array<std::vector<int>, queues> by_queue_;
  std::array<Clock, queues> known_{};
  std::array<std::array<std::vector<int>, queues>, queues> takers_;  ///< from, to: the commands that take a token, in order
  Map scratchpad_, dram_;
};

}  // namespace twill::mapper
