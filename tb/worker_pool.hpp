// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace twill::tb {

/// Threads that do the same items of work over and over together with the caller, in rounds of some microseconds. Every thread begins
/// with its own items, so that they stay in its caches; then it takes over what others have not begun, so a thread that the host keeps
/// from running holds nobody up. Who waits spins, then yields, and only after milliseconds goes to sleep.
class WorkerPool {
 public:
  /// `work(item)` for item 0 .. items - 1, each once a round; must not throw.
  WorkerPool(unsigned threads, unsigned items, std::function<void(unsigned item)> work);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// A round; back when all items are done. What the caller wrote before is seen by all, and what they wrote by it.
  void run();

  unsigned threads() const { return threads_; }

 private:
  struct alignas(64) Claim {
    std::atomic<std::uint64_t> round{0};  ///< the last one in which somebody took the item
  };

  void serve(unsigned thread);
  void take_items(unsigned thread, std::uint64_t round);
  bool wait_for_round(std::uint64_t done);

  const unsigned items_, threads_;
  std::function<void(unsigned)> work_;
  std::unique_ptr<Claim[]> claims_;
  alignas(64) std::atomic<std::uint64_t> round_{0};
  alignas(64) std::atomic<unsigned> left_{0};
  alignas(64) std::atomic<unsigned> sleepers_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable awake_;
  std::vector<std::thread> workers_;  // last: they use all of the above
};

}  // namespace twill::tb
