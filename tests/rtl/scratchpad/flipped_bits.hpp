// SPDX-License-Identifier: Apache-2.0
// Which code words of a Verilated scratchpad have a bit flipped, as the tests flip them.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bench.hpp"
#include "ecc_memories.hpp"

namespace scratchpad {

struct Write {
  std::uint32_t addr;
  std::vector<std::uint8_t> data;
  std::uint64_t be;
};

class FlippedBits {
 public:
  FlippedBits(std::uint32_t word, std::uint32_t size)
      : memories_(*Verilated::threadContextp(), "TOP.twill_scratchpad", "", "", word), word_(word), size_(size), lane_(word < 8 ? word : 8) {}

  /// Of code words with all bits right only: two would be lost.
  void flip_one(std::uint32_t address, unsigned bit) {
    if (flipped_.insert(address / lane_).second) flip(address, bit);
  }
  void flip(std::uint32_t address, unsigned bit) const {
    twill::Fault fault;
    fault.address = address;
    fault.bit = bit;
    memories_.flip(fault);
  }

  int at(std::uint32_t code_word) const { return static_cast<int>(flipped_.count(code_word)); }
  void forget(std::uint32_t code_word) { flipped_.erase(code_word); }
  /// The memory a code word lies in, as memories() has it.
  std::uint32_t memory(std::uint32_t code_word) const { return memories(code_word * lane_ / word_ * word_, word_, size_); }

  /// In the words a read at this address touches: they are read whole.
  int in_words(std::uint32_t address) const {
    int count = 0;
    for (const std::uint32_t at : code_words(address)) count += static_cast<int>(flipped_.count(at));
    return count;
  }
  /// Code words of all the words an access touches.
  std::set<std::uint32_t> code_words(std::uint32_t address) const {
    std::set<std::uint32_t> all;
    for (const std::uint32_t byte : {address, (address + word_ - 1) % size_})
      for (std::uint32_t i = 0; i < word_; i += lane_) all.insert((byte / word_ * word_ + i) / lane_);
    return all;
  }
  /// Code words of which a write enables some bytes and not all.
  std::set<std::uint32_t> partly(std::uint32_t address, std::uint64_t be) const {
    std::set<std::uint32_t> some = enabled(address, be);
    for (auto at = some.begin(); at != some.end();) {
      std::uint32_t bytes = 0;
      for (std::uint32_t i = 0; i < word_; ++i) bytes += (be >> i & 1) && (address + i) % size_ / lane_ == *at;
      at = bytes == lane_ ? some.erase(at) : std::next(at);
    }
    return some;
  }
  /// Code words these writes make anew.
  std::set<std::uint32_t> written(const std::vector<Write>& writes) const {
    std::set<std::uint32_t> all;
    for (const Write& w : writes)
      for (const std::uint32_t at : enabled(w.addr, w.be)) all.insert(at);
    return all;
  }

 private:
  std::set<std::uint32_t> enabled(std::uint32_t address, std::uint64_t be) const {
    std::set<std::uint32_t> some;
    for (std::uint32_t i = 0; i < word_; ++i)
      if (be >> i & 1) some.insert((address + i) % size_ / lane_);
    return some;
  }

  twill::tb::EccMemories memories_;
  std::uint32_t word_, size_, lane_;
  std::set<std::uint32_t> flipped_;  // code words by address / lane_
};

}  // namespace scratchpad
