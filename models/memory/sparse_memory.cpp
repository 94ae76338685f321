// SPDX-License-Identifier: Apache-2.0
#include "twill/memory/sparse_memory.hpp"

#include <algorithm>
#include <cstring>

namespace twill::memory {

SparseMemory::Page* SparseMemory::find(std::uint64_t number) const {
  if (number == last_number_) return last_page_;
  const auto found = pages_.find(number);
  if (found == pages_.end()) return nullptr;  // not cached: the page may come into being later
  last_number_ = number;
  last_page_ = found->second.get();
  return last_page_;
}

SparseMemory::Page& SparseMemory::make(std::uint64_t number) {
  if (Page* page = find(number)) return *page;
  pages_.emplace(number, std::make_unique<Page>());  // zeroed
  return *find(number);
}

void SparseMemory::read(std::uint64_t address, void* data, std::size_t bytes) const {
  auto* to = static_cast<std::uint8_t*>(data);
  while (bytes > 0) {
    const std::size_t offset = address % page_bytes, take = std::min(bytes, page_bytes - offset);
    if (const Page* page = find(address / page_bytes)) {
      std::memcpy(to, page->data() + offset, take);
    } else {
      std::memset(to, 0, take);
    }
    address += take, to += take, bytes -= take;
  }
}

void SparseMemory::write(std::uint64_t address, const void* data, std::size_t bytes) {
  const auto* from = static_cast<const std::uint8_t*>(data);
  while (bytes > 0) {
    const std::size_t offset = address % page_bytes, take = std::min(bytes, page_bytes - offset);
    std::memcpy(make(address / page_bytes).data() + offset, from, take);
    address += take, from += take, bytes -= take;
  }
}

void SparseMemory::clear() {
  pages_.clear();
  last_number_ = ~std::uint64_t{0};
  last_page_ = nullptr;
}

std::vector<std::uint64_t> SparseMemory::page_addresses() const {
  std::vector<std::uint64_t> addresses;
  for (const auto& [number, page] : pages_) addresses.push_back(number * page_bytes);
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

}  // namespace twill::memory
