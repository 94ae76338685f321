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

WorkerPool::WorkerPool(unsigned threads, unsigned items, std::function<void(unsigned)> work)
    : items_(items), threads_(threads), work_(std::move(work)), claims_(std::make_unique<Claim[]>(items)) {
  for (unsigned thread = 1; thread < threads; ++thread) workers_.emplace_back([this, thread] { serve(thread); });
}

WorkerPool::~WorkerPool() {
  stop_ = true;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::run() {
  if (workers_.empty()) {
    for (unsigned item = 0; item < items_; ++item) work_(item);
    return;
  }
  left_.store(items_, std::memory_order_relaxed);
  const std::uint64_t round = round_.fetch_add(1) + 1;  // sequentially consistent with sleepers_: either they see the round or are seen here
  if (sleepers_.load() != 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_.notify_all();
  }
  take_items(0, round);
  while (!wait_awake([this] { return left_.load(std::memory_order_acquire) == 0; }, yields)) {
  }
}

/// An item whose last round is an earlier one is free. A thread that comes late finds all items of its round taken and touches nothing.
void WorkerPool::take_items(unsigned thread, std::uint64_t round) {
  const unsigned first = items_ * thread / threads_;
  for (unsigned i = 0; i < items_; ++i) {
    const unsigned item = (first + i) % items_;
    std::uint64_t last = round - 1;
    if (!claims_[item].round.compare_exchange_strong(last, round, std::memory_order_acq_rel, std::memory_order_relaxed)) continue;
    work_(item);
    left_.fetch_sub(1, std::memory_order_acq_rel);
  }
}

bool WorkerPool::wait_for_round(std::uint64_t done) {
  const auto there = [this, done] { return round_.load() != done || stop_.load(); };
  if (!wait_awake(there, yields)) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1);
    awake_.wait(lock, there);
    sleepers_.fetch_sub(1);
  }
  return !stop_.load();
}

void WorkerPool::serve(unsigned thread) {
  for (std::uint64_t round = 0; wait_for_round(round);) {
    round = round_.load();  // rounds in which it was not needed are passed over
    take_items(thread, round);
  }
}

}  // namespace twill::tb
