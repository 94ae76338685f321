// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace twill::memory {

/// A 64-bit byte address space that occupies only the pages written to; every other byte reads as zero. Addresses and
/// sizes are in bytes; an access may cross pages but not the end of the address space. Not thread-safe, not even for two
/// readers: reads move the last-page cache.
class SparseMemory {
 public:
  static constexpr std::size_t page_bytes = 64 * 1024;

  SparseMemory() = default;
  SparseMemory(SparseMemory&&) = delete;  // the cache points into the pages

  void read(std::uint64_t address, void* data, std::size_t bytes) const;
  void write(std::uint64_t address, const void* data, std::size_t bytes);

  /// Forgets everything written.
  void clear();

  /// Pages that occupy host memory.
  std::size_t pages() const { return pages_.size(); }
  /// Where they begin, in order.
  std::vector<std::uint64_t> page_addresses() const;

 private:
  using Page = std::array<std::uint8_t, page_bytes>;

  Page* find(std::uint64_t number) const;
  Page& make(std::uint64_t number);

  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  // Accesses come in runs; most of them hit the page of the one before.
  mutable std::uint64_t last_number_ = ~std::uint64_t{0};
  mutable Page* last_page_ = nullptr;
};

}  // namespace twill::memory
