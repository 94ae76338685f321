// SPDX-License-Identifier: Apache-2.0
#include "common/interruption.hpp"

#include <csignal>

#include "catch.hpp"

namespace {

TEST_CASE("the first Ctrl-C asks to stop, the second is left to end the program") {
  {
    const twill::cli::Interruption interruption;
    CHECK(!interruption.came());
    REQUIRE(std::raise(SIGINT) == 0);
    CHECK(interruption.came());
    CHECK(std::signal(SIGINT, SIG_DFL) == SIG_DFL);
  }
  const twill::cli::Interruption another;
  CHECK(!another.came());
}

}  // namespace
