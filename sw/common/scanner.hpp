// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <charconv>
#include <string>

namespace twill::cli {

/// Reads whole numbers, decimal or behind 0x, off a text from left to right: those of "2-3@5000". The text must outlive it.
class Scanner {
 public:
  explicit Scanner(const std::string& text, std::size_t from = 0) : at_(text.data() + from), end_(text.data() + text.size()) {}

  /// Whether a number that fits stands here with `behind` after it, or with '\0' the end; goes on behind both.
  template <class T>
  bool number(T& value, char behind) {
    const bool hex = end_ - at_ > 2 && at_[0] == '0' && at_[1] == 'x';
    const auto [stop, error] = std::from_chars(hex ? at_ + 2 : at_, end_, value, hex ? 16 : 10);
    const bool right = error == std::errc() && (behind == '\0' ? stop == end_ : stop != end_ && *stop == behind);
    at_ = right && behind != '\0' ? stop + 1 : stop;
    return right;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace twill::cli
