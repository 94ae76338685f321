// SPDX-License-Identifier: Apache-2.0
#include "worker_pool.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace twill::tb {
namespace {

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#endif
}

constexpr unsigned spins = 2000, yields = 5000;

/// Whether `there()` came true while it was worth waiting awake.
template <class There>
bool wait_awake(There there, unsigned most_yields) {
  for (unsigned i = 0; i < spins; ++i) {
    if (there()) return true;
    relax();
  }
  for (unsigned i = 0; i < most_yields; ++i) {
    if (there()) return true;
    std::this_thread::yield();
  }
  return there();
}

}  // namespace

WorkerPool::WorkerPool(unsigned threads, std::function<void(unsigned)> work) : work_(std::move(work)) {
  for (unsigned share = 1; share < threads; ++share) workers_.emplace_back([this, share] { serve(share); });
}

WorkerPool::~WorkerPool() {
  stop_ = true;
  round_.fetch_add(1);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::run() {
  if (workers_.empty()) {
    work_(0);
    return;
  }
  busy_.store(static_cast<unsigned>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1);  // sequentially consistent with sleepers_: either it sees the round or is seen here
  if (sleepers_.load() != 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }
  work_(0);
  while (!wait_awake([this] { return busy_.load(std::memory_order_acquire) == 0; }, yields)) {
  }
}

std::uint64_t WorkerPool::wait_for_round(std::uint64_t done) {
  if (!wait_awake([this, done] { return round_.load(std::memory_order_acquire) != done; }, yields)) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    awake_.wait(lock, [this, done] { return round_.load() != done; });
    sleepers_.fetch_sub(1);
  }
  return done + 1;
}

void WorkerPool::serve(unsigned share) {
  for (std::uint64_t done = 0;;) {
    done = wait_for_round(done);
    if (stop_) return;
    work_(share);
    busy_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace twill::tb
