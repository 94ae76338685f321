// SPDX-License-Identifier: Apache-2.0
// The stream's promise: whatever order the queues run in, a command starts only after every command it must follow.
#include <algorithm>
#include <random>
#include <vector>

#include "catch.hpp"
#include "stream.hpp"

using namespace twill;
using mapper::Range;
using mapper::Stream;

namespace {

struct Access {
  unsigned queue;
  std::vector<Range> reads, writes;
};

bool meet(const std::vector<Range>& a, const std::vector<Range>& b) {
  for (const Range& x : a)
    for (const Range& y : b)
      if (x.space == y.space && x.begin < y.end && y.begin < x.end) return true;
  return false;
}

bool must_follow(const Access& later, const Access& earlier) {
  return meet(later.reads, earlier.writes) || meet(later.writes, earlier.writes) || meet(later.writes, earlier.reads);
}

contract::Command nop(unsigned queue) {
  contract::Nop n;
  n.queue = static_cast<contract::Queue>(queue);
  return n.encode();
}

}  // namespace

namespace {

/// Emits random accesses on the first `queues` queues and plays the stream in random interleavings. `preset` wait and signal slots of each
/// command are used already: by a semaphore that is always there and one that nobody takes.
void check_order(unsigned seed, unsigned queues, unsigned preset) {
  constexpr unsigned endless = 31, unwanted = 30;
  constexpr int commands = 120;
  std::mt19937 random(seed);
  INFO("seed " << seed << ", " << queues << " queues, " << preset << " slots preset");
  Stream stream;
  std::vector<Access> accesses;  // by layer; the stream's own NOPs come before the command whose layer they have
  for (int i = 0; i < commands; ++i) {
    Access a;
    a.queue = random() % queues;
    const auto ranges = [&] {
      std::vector<Range> r;
      for (unsigned n = random() % 3; n > 0; --n) {
        const std::uint64_t begin = random() % 100;
        r.push_back(random() % 4 ? Range::sp(begin, 1 + random() % 20) : Range::dram(begin, 1 + random() % 20));
      }
      return r;
    };
    a.reads = ranges();
    a.writes = ranges();
    accesses.push_back(a);
    contract::Nop n;
    n.queue = static_cast<contract::Queue>(a.queue);
    if (preset > 0) n.slots.wait2 = contract::Slot::on(endless), n.slots.signal1 = contract::Slot::on(unwanted);
    if (preset > 1) n.slots.wait0 = contract::Slot::on(endless), n.slots.signal0 = contract::Slot::on(unwanted);
    if (preset > 2) n.slots.wait1 = contract::Slot::on(endless), n.slots.signal2 = contract::Slot::on(unwanted);
    stream.emit(n, a.reads, a.writes, i);
  }
  const auto entries = stream.finish();
  REQUIRE((preset > 0 || queues > 4 || entries.size() == accesses.size()));
  std::vector<std::size_t> own(commands);  // the entry of each access
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (static_cast<unsigned>(entries[i].queue) == accesses[static_cast<std::size_t>(entries[i].layer)].queue)
      own[static_cast<std::size_t>(entries[i].layer)] = i;
  std::vector<int> access_of(entries.size(), -1);
  for (int i = 0; i < commands; ++i) access_of[own[static_cast<std::size_t>(i)]] = i;

  // A command is done some time after it started, in order within its queue.
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<int> tokens(contract::semaphores, 0);
    std::vector<std::vector<std::size_t>> queue(queues);
    std::vector<std::size_t> started(queues, 0), done(queues, 0);
    std::vector<bool> finished(entries.size(), false);
    for (std::size_t i = 0; i < entries.size(); ++i) queue[static_cast<unsigned>(entries[i].queue)].push_back(i);
    std::size_t left = entries.size();
    int idle = 0;
    while (left > 0) {
      REQUIRE(++idle < 100000);
      tokens[endless] = 100;
      const unsigned q = random() % queues;
      if (random() % 2 && done[q] < started[q]) {
        const std::size_t i = queue[q][done[q]++];
        finished[i] = true;
        --left;
        const contract::Slots s = contract::slots(entries[i].command);
        for (contract::Slot slot : {s.signal0, s.signal1, s.signal2})
          if (slot.enabled()) ++tokens[slot.semaphore()];
        continue;
      }
      if (started[q] == queue[q].size()) continue;
      const std::size_t i = queue[q][started[q]];
      const contract::Slots s = contract::slots(entries[i].command);
      bool ready = true;
      for (contract::Slot slot : {s.wait0, s.wait1, s.wait2}) ready &= !slot.enabled() || tokens[slot.semaphore()] > 0;
      if (!ready) continue;
      for (contract::Slot slot : {s.wait0, s.wait1, s.wait2})
        if (slot.enabled()) --tokens[slot.semaphore()];
      for (int earlier = 0; earlier < access_of[i]; ++earlier) {
        const Access& before = accesses[static_cast<std::size_t>(earlier)];
        if (before.queue != q && must_follow(accesses[static_cast<std::size_t>(access_of[i])], before)) {
          INFO("access " << access_of[i] << " started before access " << earlier << " was done");
          REQUIRE(finished[own[static_cast<std::size_t>(earlier)]]);
        }
      }
      ++started[q];
    }
    tokens[endless] = tokens[unwanted] = 0;
    REQUIRE(std::all_of(tokens.begin(), tokens.end(), [](int t) { return t == 0; }));
  }
}

}  // namespace

TEST_CASE("no command overtakes one it depends on, in any interleaving of the queues") {
  for (unsigned seed = 1; seed <= 60; ++seed) check_order(seed, 4, 0);
}

TEST_CASE("nor with five queues and slots that other chips use: NOPs carry what has no slot") {
  for (unsigned seed = 1; seed <= 60; ++seed) check_order(seed, 5, seed % 4);
}

TEST_CASE("a wait that another one implies is left out") {
  Stream stream;
  const auto emit = [&](unsigned queue, std::vector<Range> reads, std::vector<Range> writes) {
    contract::Nop n;
    n.queue = static_cast<contract::Queue>(queue);
    stream.emit(n, reads, writes, -1);
  };
  emit(0, {}, {Range::sp(0, 10)});                     // load writes A
  emit(1, {Range::sp(0, 10)}, {Range::sp(20, 10)});    // array reads A, writes B: waits for load
  emit(2, {Range::sp(0, 10), Range::sp(20, 10)}, {});  // post reads both: the array implies the load
  const auto entries = stream.finish();
  REQUIRE(contract::slots(entries[1].command).wait0.enabled());
  REQUIRE(contract::slots(entries[2].command).wait0.enabled());
  REQUIRE_FALSE(contract::slots(entries[2].command).wait1.enabled());
}

TEST_CASE("a command after all waits for the last of every queue") {
  Stream stream;
  for (unsigned q = 0; q < 4; ++q) {
    contract::Nop n;
    n.queue = static_cast<contract::Queue>(q);
    stream.emit(n, {}, {}, -1);
  }
  stream.emit_after_all(nop(3), contract::Queue::store, -1);
  const auto s = contract::slots(stream.finish().back().command);
  REQUIRE(s.wait0.enabled());
  REQUIRE(s.wait1.enabled());
  REQUIRE(s.wait2.enabled());
}

TEST_CASE("a queue that runs far ahead never gives a semaphore more than it holds") {
  // Every LOAD has its own reader, and all readers stand behind all loads: the load queue may be done with everything before the
  // first reader starts.
  Stream stream;
  const auto emit = [&](unsigned queue, std::vector<Range> reads, std::vector<Range> writes) {
    contract::Nop n;
    n.queue = static_cast<contract::Queue>(queue);
    stream.emit(n, reads, writes, -1);
  };
  constexpr std::uint64_t many = 1000;
  for (std::uint64_t i = 0; i < many; ++i) emit(0, {}, {Range::sp(16 * i, 16)});
  for (std::uint64_t i = 0; i < many; ++i) emit(1, {Range::sp(16 * i, 16)}, {});
  const auto entries = stream.finish();
  unsigned given = 0;
  std::size_t last_giver = 0, needed_by = 0;
  for (std::size_t i = 0; i < many; ++i)
    if (contract::slots(entries[i].command).signal0.enabled()) ++given, last_giver = i;
  unsigned taken = 0;
  for (std::size_t i = many; i < 2 * many; ++i)
    if (contract::slots(entries[i].command).wait0.enabled()) ++taken, needed_by = i - many;
  REQUIRE(given == taken);
  REQUIRE(given <= contract::semaphore_max);
  REQUIRE(given > 100);             // as fine as it may be
  REQUIRE(last_giver == many - 1);  // and the last token stands for all loads
  REQUIRE(needed_by < last_giver);
}
