// SPDX-License-Identifier: Apache-2.0
#include "common/progress.hpp"

#include <sstream>

#include "catch.hpp"

namespace {

using twill::cli::Progress;

struct Fixture {
  std::ostringstream out;
  double now = 100;
  Progress::Clock clock() {
    return [this] { return now; };
  }
  /// What was written since the last call.
  std::string written() {
    const std::string text = out.str();
    out.str("");
    return text;
  }
};

TEST_CASE("progress says nothing for two seconds, then rate, share and time left") {
  Fixture f;
  Progress progress("running", 4'000'000, "cycles", f.out, true, f.clock());
  f.now += 1.9;
  progress.update(900'000);
  CHECK(f.written().empty());
  f.now = 102;
  progress.update(1'000'000);
  CHECK(f.written() == "\rrunning  1,000,000 cycles  500.0 k cycles/s  25 %  0:06 left");
}

TEST_CASE("progress shows at most five lines a second and wipes what it wrote") {
  Fixture f;
  std::size_t width = 0;
  {
    Progress progress("running", 0, "cycles", f.out, true, f.clock());
    f.now += 3;
    progress.update(3000);
    width = f.written().size() - 1;
    f.now += 0.1;
    progress.update(3100);
    CHECK(f.written().empty());
  }
  CHECK(f.written() == "\r" + std::string(width, ' ') + "\r");
}

TEST_CASE("progress beyond the prediction is nearly done, not more than 100 %") {
  Fixture f;
  Progress progress("running", 1000, "cycles", f.out, true, f.clock());
  f.now += 4;
  progress.update(1200);
  CHECK(f.written() == "\rrunning  1,200 cycles  300.0 cycles/s  nearly done");
}

TEST_CASE("progress that is not shown writes nothing") {
  Fixture f;
  {
    Progress progress("running", 1000, "cycles", f.out, false, f.clock());
    f.now += 10;
    progress.update(500);
  }
  CHECK(f.written().empty());
}

}  // namespace
