// SPDX-License-Identifier: Apache-2.0
#include "common/nearest.hpp"

#include "catch.hpp"

namespace {

using namespace twill::cli;

TEST_CASE("the nearest name is one begun, or one with a letter or two wrong") {
  const std::vector<std::string> names{"json", "output-dir", "seed", "top", "device"};
  CHECK(nearest("out", names) == "output-dir");
  CHECK(nearest("jsno", names) == "json");
  CHECK(nearest("ouput-dri", names) == "output-dir");
  CHECK(nearest("sed", names) == "seed");
  CHECK(nearest("x", names) == std::nullopt);
  CHECK(nearest("", names) == std::nullopt);
  CHECK(nearest("weight", names) == std::nullopt);
}

TEST_CASE("lists read as a sentence") {
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
  CHECK(suggestion("rnu", {"run", "verify"}) == "did you mean run?");
  CHECK(suggestion("fly", {"run", "verify"}) == "there are run and verify");
}

}  // namespace
