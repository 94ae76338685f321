// SPDX-License-Identifier: Apache-2.0
// What holds only before the end of a reset is not covered.
#include <fstream>
#include <string>

#include <verilated.h>
#include <verilated_cov.h>

#include "Vcover_bench.h"
#include "catch.hpp"

TEST_CASE("a cover point that holds only in reset does not count") {
  VerilatedContext context;
  Vcover_bench model(&context);
  const auto cycles = [&](int reset, int in, int n) {
    model.rst_ni = reset, model.in_i = static_cast<unsigned char>(in);
    for (int i = 0; i < n; i++) {
      model.clk_i = 0, model.eval();
      model.clk_i = 1, model.eval();
    }
  };
  cycles(0, 1, 5);
  cycles(1, 0, 5);
  cycles(1, 2, 3);
  cycles(0, 1, 5);
  model.final();
  const std::string file = "cover_test.dat";
  context.coveragep()->write(file.c_str());
  std::ifstream in(file);
  int points = 0;
  for (std::string line; std::getline(in, line);) {
    const auto says = [&](const std::string& text) { return line.find(text) != std::string::npos; };
    points += says("InReset") + says("AtWork") + says("Never");
    if (says("InReset") || says("Never")) CHECK(line.substr(line.rfind(' ')) == " 0");
    if (says("AtWork")) CHECK(line.substr(line.rfind(' ')) == " 3");
  }
  CHECK(points == 3);
}
