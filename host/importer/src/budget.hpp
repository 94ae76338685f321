// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "twill/error.hpp"

namespace twill::importer {

/// What the graph may take of memory. Parts of a file may be listed any number of times - one buffer by a hundred thousand tensors, one tensor by
/// a list of as many - and every listing becomes a copy, so a small file could ask for any amount.
class Budget {
 public:
  Budget(std::size_t file_bytes, const std::string& file) : left_(4 * std::uint64_t{file_bytes} + spare), most_(left_), file_(file) {}

  /// Throws InputError when there is no more.
  void spend(std::uint64_t bytes) {
    if (bytes > left_)
      throw InputError(file_ + ": the model lists its parts so many times that they take more than " + std::to_string(most_) +
                       " bytes; 64 MiB and four times the size of the file are accepted.");
    left_ -= bytes;
  }

 private:
  static constexpr std::uint64_t spare = 64 << 20;
  std::uint64_t left_, most_;
  const std::string& file_;
};

}  // namespace twill::importer
