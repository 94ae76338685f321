// SPDX-License-Identifier: Apache-2.0
// How many cycles commands take.
#include "engine_bench.hpp"

using namespace twill;
using namespace twill::post_test;

namespace {

/// Cycles from the first to the last write of the commands, and how many words those were.
std::pair<std::uint64_t, std::uint64_t> write_span(TheBench& bench) { return {bench.write_cycles.back() - bench.write_cycles.front() + 1, bench.writes}; }

std::uint64_t one_command_span(const contract::Command& command) {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  bench.commands.push_back(command);
  bench.run();
  const auto [cycles, words] = write_span(bench);
  std::cout << "  " << words << " words in " << cycles << " cycles\n";
  return cycles;
}

/// Cycles in which nothing is read between the last read of one command and the first read of the next.
std::uint64_t idle_between(const contract::Command& command, std::uint64_t reads_of_one) {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  bench.commands = {command, command, command};
  bench.run();
  REQUIRE(bench.read_cycles.size() == 3 * reads_of_one);
  std::uint64_t longest = 0;
  for (unsigned k = 1; k < 3; ++k) longest = std::max(longest, bench.read_cycles[k * reads_of_one] - bench.read_cycles[k * reads_of_one - 1] - 1);
  std::cout << "  " << longest << " cycles between commands\n";
  return longest;
}

}  // namespace

TEST_CASE("REQUANT writes a word a cycle, tiles follow without a gap, and so do commands") {
  // A tile of at least 20 words hides the fetch of the next records.
  contract::Requant c = plain_requant(bank);
  c.tiles = std::min(4u, records_bytes / (word * 16));
  c.n_step = bank * word;
  const std::uint64_t words = bank * c.tiles;
  if (bank >= 20) CHECK(one_command_span(c.encode()) == words);

  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  for (unsigned i = 0; i < 4; ++i) bench.commands.push_back(c.encode());
  bench.run();
  std::uint64_t longest = 0;
  for (std::size_t i = words; i < bench.acc_cycles.size(); i += words) longest = std::max(longest, bench.acc_cycles[i] - bench.acc_cycles[i - 1] - 1);
  std::cout << "  " << longest << " cycles between commands, records fetched ahead\n";
  if (bank >= 24) CHECK(longest <= 2);
  CHECK(bench.acc_cycles.size() == 4 * words);
  // Accumulator read granted to scratchpad write.
  CHECK(bench.write_cycles.front() - bench.acc_cycles.front() == 5);
}

TEST_CASE("ADD takes three cycles a word, MUL two, LOOKUP and MOVE one, a run shorter than a word one") {
  contract::Add add;
  add.run = 100 * word;
  add.out_base = half;
  add.left_shift = 20;
  CHECK(one_command_span(add.encode()) <= 300);
  CHECK(idle_between(add.encode(), 200) <= 9);            // the last sum goes round once more
  contract::Mul mul;
  mul.run = 100 * word;
  mul.out_base = half;
  CHECK(one_command_span(mul.encode()) <= 200);
  CHECK(idle_between(mul.encode(), 200) <= 6);
  contract::Lookup lookup;
  lookup.run = 100 * word;
  lookup.out_base = half;
  lookup.table_base = tables_base;
  CHECK(one_command_span(lookup.encode()) == 100);
  lookup.keep_table = 1;
  CHECK(idle_between(lookup.encode(), 100) <= 6);
  contract::Move move;
  move.run = 100 * word;
  move.out_base = half;
  CHECK(one_command_span(move.encode()) == 100);
  CHECK(idle_between(move.encode(), 100) <= 6);
  move.run = 3;
  move.count0 = 10;
  move.count1 = 30;
  move.in_stride0 = -7;
  move.in_base = 9 * 7;
  move.in_stride1 = 3;
  move.out_stride0 = 3;
  move.out_stride1 = 30;
  CHECK(one_command_span(move.encode()) == 300);
}

TEST_CASE("POOL takes a cycle a tap, and one division a change of the number of taps") {
  contract::Pool c;
  c.in_rows = c.in_cols = 9;
  c.in_pix_pitch = word;
  c.in_row_pitch = 9 * word;
  c.channels = word;
  c.kernel_y = c.kernel_x = 3;
  c.stride_y = c.stride_x = 2;
  c.out_h = c.out_w = 4;
  c.out_pix_pitch = word;
  c.out_row_pitch = 4 * word;
  c.out_base = half;
  c.min = -128;
  c.max = 127;
  const std::uint64_t taps = 16 * 9;
  CHECK(one_command_span(c.encode()) == taps - 8);        // from the last tap of the first window on
  CHECK(idle_between(c.encode(), taps) <= 8);             // the first window is clipped in two cycles
  c.mode = 1;
  CHECK(one_command_span(c.encode()) == taps - 8);
  c.y_start = c.x_start = -1;                             // 4 taps, then 6, 6, 6, then 6, 9, 9, 9 in each of three rows
  c.out_h = c.out_w = 4;
  const std::uint64_t changes = 1 + 1 + 2 + 1 + 1 + 1;    // 4-6, (6)-6, 6-9, 9-6-9, 9-6-9
  const std::uint64_t span = one_command_span(c.encode());
  CHECK(span <= 4 + 3 * 6 + 3 * (6 + 27) + 34 * changes);
}
