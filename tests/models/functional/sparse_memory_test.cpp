// SPDX-License-Identifier: Apache-2.0
#include "twill/memory/sparse_memory.hpp"

#include <map>

#include "support.hpp"

using namespace test;
using memory::SparseMemory;

TEST_CASE("sparse memory behaves as a map of bytes that reads zero", "[memory]") {
  Random random(1);
  SparseMemory memory;
  std::map<std::uint64_t, std::int8_t> model;
  const std::uint64_t bases[] = {0, SparseMemory::page_bytes - 40, (std::uint64_t{1} << 40) - 3 * SparseMemory::page_bytes};
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t address = bases[random.in(0, 2)] + static_cast<std::uint64_t>(random.in(0, 100));
    const auto bytes = static_cast<std::size_t>(random.in(0, 80));
    if (random.flip()) {
      const auto data = random.bytes(bytes);
      memory.write(address, data.data(), bytes);
      for (std::size_t b = 0; b < bytes; ++b) model[address + b] = data[b];
    } else {
      std::vector<std::int8_t> data(bytes, 1);
      memory.read(address, data.data(), bytes);
      for (std::size_t b = 0; b < bytes; ++b) {
        INFO("seed " << seed() << ", address " << address + b);
        const auto found = model.find(address + b);
        REQUIRE(data[b] == (found == model.end() ? 0 : found->second));
      }
    }
  }
}

TEST_CASE("sparse memory holds only pages that were written", "[memory]") {
  SparseMemory memory;
  std::vector<std::uint8_t> data(3 * SparseMemory::page_bytes, 7);
  memory.read(123, data.data(), data.size());
  CHECK(memory.pages() == 0);
  CHECK(data == std::vector<std::uint8_t>(data.size(), 0));
  data.assign(data.size(), 9);
  memory.write(SparseMemory::page_bytes / 2, data.data(), data.size());
  CHECK(memory.pages() == 4);
  std::uint8_t byte = 0;
  memory.read(SparseMemory::page_bytes * 7 / 2 - 1, &byte, 1);
  CHECK(int{byte} == 9);
  memory.clear();
  CHECK(memory.pages() == 0);
  memory.read(SparseMemory::page_bytes, &byte, 1);
  CHECK(int{byte} == 0);
}
