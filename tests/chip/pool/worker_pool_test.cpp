// SPDX-License-Identifier: Apache-2.0
// The worker pool by itself. What it promises about memory is promised to plain variables, so that ThreadSanitizer sees it broken.
#include "worker_pool.hpp"

#include <chrono>
#include <cstdint>
#include <numeric>
#include <set>

#include "catch.hpp"

namespace {

using twill::tb::WorkerPool;

}  // namespace

TEST_CASE("every item is done once a round, and rounds see each other's writes") {
  for (const unsigned threads : {1u, 2u, 3u, 5u}) {
    for (const unsigned items : {1u, 2u, 7u}) {
      INFO(threads << " threads, " << items << " items");
      std::uint64_t round = 0;  // written by the caller between rounds, read by all in them
      std::vector<std::uint64_t> done(items), sums(items);
      WorkerPool pool(threads, items, [&](unsigned item) {
        ++done[item];
        sums[item] += round * (item + 1);
      });
      CHECK(pool.threads() == threads);
      constexpr std::uint64_t rounds = 2000;
      while (round < rounds) {
        ++round;
        pool.run();
        REQUIRE(std::accumulate(done.begin(), done.end(), std::uint64_t{0}) == round * items);
      }
      for (unsigned item = 0; item < items; ++item) {
        CHECK(done[item] == rounds);
        CHECK(sums[item] == rounds * (rounds + 1) / 2 * (item + 1));
      }
    }
  }
}

TEST_CASE("a thread that stays away leaves its other items to the rest") {
  std::atomic<unsigned> others{0};
  std::set<std::thread::id> took;
  WorkerPool pool(2, 6, [&](unsigned item) {
    if (item != 0) {
      took.insert(std::this_thread::get_id());  // all by the one thread that is not held up
      ++others;
      return;
    }
    while (others < 5) std::this_thread::yield();
  });
  pool.run();
  CHECK(others == 5);
  CHECK(took.size() == 1);
}

TEST_CASE("threads that went to sleep are there in the next round") {
  std::atomic<unsigned> begun{0};
  WorkerPool pool(3, 3, [&](unsigned) {
    ++begun;
    while (begun < 3) std::this_thread::yield();  // so every thread has to take one
  });
  for (int round = 0; round < 3; ++round) {
    begun = 0;
    pool.run();
    CHECK(begun == 3);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

TEST_CASE("a pool may end before its first round, and after it while its threads sleep") {
  for (int i = 0; i < 20; ++i) WorkerPool(4, 4, [](unsigned) {});
  unsigned done[4] = {};
  {
    WorkerPool pool(4, 4, [&](unsigned item) { ++done[item]; });
    pool.run();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  for (const unsigned d : done) CHECK(d == 1);
}
