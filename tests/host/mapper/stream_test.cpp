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

TEST_CASE("no command overtakes one it depends on, in any interleaving of the queues") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    INFO("seed " << seed);
    Stream stream;
    std::vector<Access> accesses;
    for (int i = 0; i < 120; ++i) {
      Access a;
      a.queue = random() % 4;
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
      stream.emit(n, a.reads, a.writes, -1);
    }
    const auto entries = stream.finish();
    REQUIRE(entries.size() == accesses.size());

    // Random interleavings; a command is done some time after it started, in order within its queue.
    for (int trial = 0; trial < 20; ++trial) {
      std::vector<int> tokens(contract::semaphores, 0);
      std::vector<std::vector<std::size_t>> queue(4);
      std::vector<std::size_t> started(4, 0), done(4, 0);
      std::vector<bool> finished(entries.size(), false);
      for (std::size_t i = 0; i < entries.size(); ++i) queue[accesses[i].queue].push_back(i);
      std::size_t left = entries.size();
      int idle = 0;
      while (left > 0) {
        REQUIRE(++idle < 100000);
        const unsigned q = random() % 4;
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
        for (std::size_t earlier = 0; earlier < i; ++earlier)
          if (accesses[earlier].queue != q && must_follow(accesses[i], accesses[earlier])) {
            INFO("command " << i << " started before command " << earlier << " was done");
            REQUIRE(finished[earlier]);
          }
        ++started[q];
      }
      REQUIRE(std::all_of(tokens.begin(), tokens.end(), [](int t) { return t == 0; }));
    }
  }
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
