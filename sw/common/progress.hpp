// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace twill::cli {

/// A line on a terminal that says what runs, how fast, and how long it will take; silent for the first two seconds, for
/// --quiet and where standard error is no terminal. The line is wiped when this ends.
class Progress {
 public:
  using Clock = std::function<double()>;  ///< seconds since any start

  /// `total` units (0: not known, then there is no ETA), e.g. "cycles".
  Progress(std::string what, std::uint64_t total, std::string unit, bool quiet);
  Progress(std::string what, std::uint64_t total, std::string unit, std::ostream& out, bool shown, Clock clock);
  ~Progress() { wipe(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void what(std::string text) { what_ = std::move(text); }
  void update(std::uint64_t done);

  /// Removes the line, so that something else can be printed; the next update shows it again.
  void wipe();

 private:
  std::string what_, unit_;
  std::uint64_t total_;
  std::ostream& out_;
  bool shown_;
  Clock clock_;
  double start_, next_;
  std::size_t width_ = 0;  ///< characters on the line now
};

}  // namespace twill::cli
