// SPDX-License-Identifier: Apache-2.0
// Scratchpad and accumulators as the DMA engines see them: bytes, reads that answer two cycles after their grant and only
// then, writes that later reads see after a stated number of cycles and not one earlier.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

class LocalMemory {
 public:
  /// A read granted `visible` or more cycles after a write's grant sees it.
  LocalMemory(std::size_t size, unsigned visible) : bytes(size), visible_(visible) {}

  std::vector<std::uint8_t> bytes;

  void write(std::uint64_t cycle, std::size_t addr, std::uint8_t value) { writes_.push_back({cycle + visible_, addr, value, false}); }
  void add(std::uint64_t cycle, std::size_t addr, std::uint32_t value) { writes_.push_back({cycle + visible_, addr, value, true}); }

  /// Before the requests of a cycle: what was written early enough is there.
  void settle(std::uint64_t cycle) {
    for (; !writes_.empty() && writes_.front().seen <= cycle; writes_.pop_front()) {
      const Write& w = writes_.front();
      if (!w.add) {
        bytes[w.addr % bytes.size()] = static_cast<std::uint8_t>(w.value);
        continue;
      }
      std::uint32_t sum = w.value;
      for (unsigned i = 0; i < 4; ++i) sum += static_cast<std::uint32_t>(bytes[w.addr + i]) << (8 * i);
      for (unsigned i = 0; i < 4; ++i) bytes[w.addr + i] = static_cast<std::uint8_t>(sum >> (8 * i));
    }
  }

  std::vector<std::uint8_t> read(std::size_t addr, std::size_t count) const {
    std::vector<std::uint8_t> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = bytes[(addr + i) % bytes.size()];
    return out;
  }

 private:
  struct Write {
    std::uint64_t seen;
    std::size_t addr;
    std::uint32_t value;
    bool add;
  };
  unsigned visible_;
  std::deque<Write> writes_;
};
