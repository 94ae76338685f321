// SPDX-License-Identifier: Apache-2.0
#include "common/table.hpp"

#include <sstream>

#include "catch.hpp"
#include "common/format.hpp"

namespace {

using namespace twill::cli;

TEST_CASE("a table aligns its columns and leaves out empty ones") {
  Table table({{"name", Table::Side::left}, {"cycles"}, {"never"}, {"note", Table::Side::left}});
  table.row({"first", "1,234", "", "x"});
  table.rule();
  table.row({"a", "5"});
  std::ostringstream out;
  table.print(out);
  CHECK(out.str() ==
        "name   cycles  note\n"
        "-----  ------  ----\n"
        "first   1,234  x\n"
        "-----  ------  ----\n"
        "a           5\n");
}

TEST_CASE("numbers for eyes") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(12501632) == "12,501,632");
  CHECK(byte_count(1023) == "1023 B");
  CHECK(byte_count(77926) == "76.1 KiB");
  CHECK(byte_count(99 << 10) == "99.0 KiB");
  CHECK(byte_count(204 << 10) == "204 KiB");
  CHECK(byte_count(5 << 20) == "5.0 MiB");
  CHECK(percent(0.5834) == "58.3 %");
  CHECK(rate(2213000) == "2.21 M ");
  CHECK(duration(6.2) == "0:07");
  CHECK(duration(3723) == "1:02:03");
  CHECK(extents({1, 24, 24, 3}) == "1x24x24x3");
  CHECK(coordinates({1, 4, 5, 3}, 2 * 15 + 3 * 3 + 1) == "[0, 2, 3, 1]");
}

}  // namespace
