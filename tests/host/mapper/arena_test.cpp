// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <vector>

#include "arena.hpp"
#include "catch.hpp"

using twill::mapper::Arena;

TEST_CASE("buffers whose lives meet never share bytes") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    struct Buffer {
      std::uint32_t bytes, address = ~0u;
      int first, last;
    };
    std::vector<Buffer> buffers(1 + random() % 40);
    Arena arena(64 * 1024, 16);
    for (Buffer& b : buffers) {
      b.bytes = 1 + random() % 4000;
      b.first = static_cast<int>(random() % 20);
      b.last = b.first + static_cast<int>(random() % 5);
      arena.add(b.bytes, b.first, b.last, random() % 2 == 0, &b.address);
    }
    INFO("seed " << seed);
    if (arena.place()) continue;
    for (const Buffer& a : buffers) {
      REQUIRE(a.address % 16 == 0);
      REQUIRE(a.address + a.bytes <= 64 * 1024);
      for (const Buffer& b : buffers) {
        const bool alive_together = a.first <= b.last && b.first <= a.last;
        const bool overlap = a.address < b.address + b.bytes && b.address < a.address + a.bytes;
        REQUIRE((&a == &b || !alive_together || !overlap));
      }
    }
  }
}

TEST_CASE("a buffer that finds no place is named by its life") {
  std::uint32_t a = 0, b = 0;
  Arena arena(1024, 16);
  arena.add(700, 0, 3, false, &a);
  arena.add(600, 2, 5, false, &b);
  const auto failure = arena.place();
  REQUIRE(failure);
  REQUIRE(failure->first == 2);
  REQUIRE(failure->last == 5);
}
