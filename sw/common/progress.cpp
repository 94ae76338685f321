// SPDX-License-Identifier: Apache-2.0
#include "common/progress.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>

#include "common/format.hpp"

namespace twill::cli {
namespace {

constexpr double silence = 2, interval = 0.2;  // seconds

double steady_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Progress::Progress(std::string what, std::uint64_t total, std::string unit, bool quiet)
    : Progress(std::move(what), total, std::move(unit), std::cerr, !quiet && isatty(STDERR_FILENO) == 1, steady_seconds) {}

Progress::Progress(std::string what, std::uint64_t total, std::string unit, std::ostream& out, bool shown, Clock clock)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      out_(out),
      shown_(shown),
      clock_(std::move(clock)),
      start_(clock_()),
      next_(start_ + silence) {}

void Progress::update(std::uint64_t done) {
  if (!shown_) return;
  const double now = clock_();
  if (now < next_) return;
  next_ = now + interval;
  const double speed = static_cast<double>(done) / (now - start_);
  std::string line = what_ + "  " + grouped(done) + " " + unit_ + "  " + rate(speed) + unit_ + "/s";
  if (total_ > 0) {
    // The total is a prediction; what goes beyond it is nearly done.
    const double share = static_cast<double>(done) / static_cast<double>(total_);
    line += share < 1 ? "  " + decimal(100 * share, 0) + " %  " + duration(static_cast<double>(total_ - done) / speed) + " left"
                      : "  nearly done";
  } else {
    line += "  " + duration(now - start_) + " so far";
  }
  const std::size_t width = line.size();
  if (width < width_) line.append(width_ - width, ' ');
  out_ << '\r' << line << std::flush;
  width_ = width;
}

void Progress::wipe() {
  if (width_ > 0) out_ << '\r' << std::string(width_, ' ') << '\r' << std::flush;
  width_ = 0;
}

}  // namespace twill::cli
