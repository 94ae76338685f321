// SPDX-License-Identifier: Apache-2.0
// The array engine against the text of the contract: random commands back to back, reads granted reluctantly, and every
// accumulator word compared.
#include "engine_checks.hpp"

using namespace engine_checks;
using twill::contract::Conv;

TEST_CASE("random commands at 4 x 4") { batches<Bench4>(seed(4), 600, 6); }
TEST_CASE("random commands at 8 x 8") { batches<Bench8>(seed(8), 400, 6); }
TEST_CASE("random commands at 16 x 16") { batches<Bench16>(seed(16), 100, 6); }
TEST_CASE("random commands at 32 x 32") { batches<Bench32>(seed(32), 40, 4); }
TEST_CASE("banks are handed over at 4 x 4") { handover<Bench4>(seed(104), 600); }
TEST_CASE("banks are handed over at 8 x 8") { handover<Bench8>(seed(108), 400); }
TEST_CASE("banks are handed over at 16 x 16") { handover<Bench16>(seed(116), 60); }

TEST_CASE("the word one command ends on is the word the next begins with") {
  // 17 outputs from bank 3 on wrap around to word 0; the next command adds to word 0 with its very first operand.
  Bench4 b(5);
  command_model::Machine m = mirror(b);
  m.scratchpad = b.scratchpad;
  Conv c;
  c.run_bytes = 4;
  c.row_bytes = 4096;
  c.in_rows = 1;
  c.x_step = 4;
  c.out_w = 17;
  c.acc_base = 48;
  c.accumulate = 1;
  for (int i = 0; i < 6; ++i) {
    b.commands.push_back(c.encode());
    command_model::run(m, c, [](int) {});
    c.acc_base = 48 - c.acc_base;
    c.in_base += 100;
  }
  b.finish();
  CHECK(b.done == 6);
  compare(b, m, 0, Bench4::acc_words, "wrapped");
}
