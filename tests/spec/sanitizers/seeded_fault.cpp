// SPDX-License-Identifier: Apache-2.0
// seeded_fault <fault>: does what a sanitizer has to report. Operands come from the command line, beyond what the compiler sees through.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "worker_pool.hpp"

namespace {

/// Items that share a variable. Both threads are at work before either writes, so that nothing comes before anything.
long race() {
  long sum = 0;
  std::atomic<int> begun{0};
  twill::tb::WorkerPool pool(2, 2, [&](unsigned item) {
    begun.fetch_add(1, std::memory_order_relaxed);
    while (begun.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    sum += item;
  });
  pool.run();
  return sum;
}

long run(const std::string& fault, int one) {
  if (fault == "race") return race();
  std::vector<int> four(4u * static_cast<unsigned>(one));
  if (fault == "overflow") return four.data()[4 * one];
  if (fault == "index") {
    four.reserve(8);
    return four[4u * static_cast<unsigned>(one)];
  }
  if (fault == "leak") {
    long sum = 0;
    for (int i = 0; i < 10; ++i) sum += *new volatile int(one);  // a register may still hold the last
    return sum;
  }
  if (fault == "shift") return one << 40 * one;
  if (fault == "conversion") return static_cast<std::int32_t>(1e30 * one);
  std::cerr << "no such fault: " << fault << '\n';
  std::exit(2);
}

}  // namespace

int main(int argc, char* argv[]) { std::cout << run(argc == 2 ? argv[1] : "", argc - 1) << '\n'; }
