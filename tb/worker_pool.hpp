// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace twill::tb {

/// Threads that do the same piece of work over and over, each its own share, together with the caller. Rounds of some microseconds:
/// who waits spins, then yields, and only after milliseconds goes to sleep.
class WorkerPool {
 public:
  /// `work(share)` for share 0 .. threads - 1; must not throw. Share 0 is the caller's.
  WorkerPool(unsigned threads, std::function<void(unsigned share)> work);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Does all shares once; back when all are done. What the caller wrote before is seen by all, and what they wrote by it.
  void run();

  unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

 private:
  void serve(unsigned share);
  std::uint64_t wait_for_round(std::uint64_t done);

  std::function<void(unsigned)> work_;
  std::vector<std::thread> workers_;
  alignas(64) std::atomic<std::uint64_t> round_{0};
  alignas(64) std::atomic<unsigned> busy_{0};
  alignas(64) std::atomic<unsigned> sleepers_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable awake_;
};

}  // namespace twill::tb
