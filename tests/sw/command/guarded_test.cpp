// SPDX-License-Identifier: Apache-2.0
#include "common/guarded.hpp"

#include <new>
#include <sstream>
#include <stdexcept>

#include "catch.hpp"
#include "twill/error.hpp"

namespace {

template <class Error>
void check_code(int code, const std::string& said) {
  std::ostringstream err;
  CHECK(twill::cli::guarded([]() -> int { throw Error("it broke.\n"); }, err) == code);
  CHECK(err.str() == said);
}

TEST_CASE("each kind of error has its exit code and one sentence") {
  check_code<twill::InputError>(2, "twill: it broke\n");
  check_code<twill::ChipError>(3, "twill: it broke\n");
  check_code<std::logic_error>(70, "twill: internal error: it broke\n");
  std::ostringstream err;
  CHECK(twill::cli::guarded([]() -> int { throw twill::InputError("a\nname\x1b[2J"); }, err) == 2);
  CHECK(err.str() == "twill: a name?[2J\n");
  err.str("");
  CHECK(twill::cli::guarded([]() -> int { throw std::bad_alloc(); }, err) == 2);
  CHECK(err.str() == "twill: there is not enough memory for this\n");
  err.str("");
  CHECK(twill::cli::guarded([] { return 1; }, err) == 1);
  CHECK(err.str().empty());
}

}  // namespace
