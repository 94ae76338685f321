// SPDX-License-Identifier: Apache-2.0
// What is refused, and what the states say.
#include "engine_bench.hpp"

using namespace twill;
using namespace twill::post_test;

namespace {

template <class C>
void refused(const C& command, contract::Error expected, std::optional<std::uint32_t> info = std::nullopt) {
  TheBench bench(seed());
  bench.grant_percent = 70;
  contract::Move before;                                  // work in flight is finished, what comes after is not begun
  before.run = 64;
  before.out_base = half;
  before.fill = 1;
  before.value = 0x5a;
  bench.commands = {before.encode(), command.encode(), before.encode()};
  bench.run(100000);
  for (int i = 0; i < 60; ++i) bench.step();
  bench.settle();
  REQUIRE(bench.error.has_value());
  CHECK(contract::name(static_cast<contract::Error>(*bench.error)) == contract::name(expected));
  if (info) CHECK(bench.error_info == *info);
  CHECK(bench.done.size() == 1);
  CHECK(bench.accepted.size() == 2);
  for (unsigned i = 0; i < 64; ++i) REQUIRE(bench.scratchpad[half + i] == 0x5a);
}

}  // namespace

TEST_CASE("fields that do not fit the machine or each other are refused as bad_field") {
  using contract::Error;
  contract::Requant q = plain_requant(4);
  q.last_lanes = word + 1;
  refused(q, Error::bad_field);
  q = plain_requant(4);
  q.param_base = records_base + 1;
  refused(q, Error::bad_field);
  q = plain_requant(4);
  q.acc_base = 1;
  refused(q, Error::bad_field);
  q.acc_base = acc_words;
  refused(q, Error::bad_field);
  q = plain_requant(acc_words / 2);
  q.out_h = 3;
  refused(q, Error::bad_field);
  contract::Add a;
  a.b_shift = 32;
  refused(a, Error::bad_field);
  contract::Mul m;
  m.out_shift = 31;
  refused(m, Error::bad_field);
  m.out_shift = -32;
  refused(m, Error::bad_field);
  contract::Lookup l;
  l.table_base = tables_base + 1;
  refused(l, Error::bad_field);
  contract::Pool p;
  p.in_rows = p.in_cols = p.out_h = p.out_w = p.kernel_y = p.kernel_x = 2;
  p.channels = 1;
  for (int turn = 0; turn < 8; ++turn) {
    contract::Pool bad = p;
    if (turn == 0) bad.mode = 3;
    if (turn == 1) bad.out_h = 0;
    if (turn == 2) bad.out_w = 0;
    if (turn == 3) bad.channels = 0;
    if (turn == 4) bad.kernel_y = 0;
    if (turn == 5) bad.kernel_x = 0;
    if (turn == 6) bad.mode = 2, bad.shift = 31;
    if (turn == 7) bad.x_start = 2;                       // a window beside the image
    refused(bad, Error::bad_field);
  }
}

TEST_CASE("a byte outside the scratchpad is refused before it is touched, bytes beyond a run or masked are not looked at") {
  using contract::Error;
  contract::Move m;
  m.run = 2 * word + 1;
  m.in_base = size - 2 * word;
  refused(m, Error::address_range, size);
  m.in_base = 0;
  m.out_base = size - word;
  refused(m, Error::address_range, size);
  m.out_base = 0;
  m.run = 1;
  m.count0 = 2;
  m.in_base = 5;
  m.in_stride0 = -6;
  refused(m, Error::address_range, 0xffffff);
  contract::Add a;
  a.run = 2;
  a.b_base = size - 1;
  refused(a, Error::address_range, size - 1);
  a.b_base = 0;
  a.out_base = size - 1;
  refused(a, Error::address_range, size - 1);
  contract::Mul u;
  u.a_base = size;
  refused(u, Error::address_range, size);
  contract::Lookup l;
  l.table_base = size - 128;
  refused(l, Error::address_range, size);
  l.table_base = 0;
  l.in_base = size;
  refused(l, Error::address_range, size);
  contract::Pool p;
  p.in_rows = p.in_cols = p.out_h = p.out_w = p.kernel_y = p.kernel_x = 1;
  p.channels = word;
  p.in_base = size - word + 1;
  refused(p, Error::address_range, size - word + 1);
  contract::Requant q = plain_requant(4, size - 4 * word + 1);
  refused(q, Error::address_range, size - word + 1);
  q = plain_requant(4);
  q.param_base = size - 15 * word;
  refused(q, Error::address_range, size - 15 * word);
  q.param_base = size - 16 * word;                        // fits; the second tile's records do not
  q.tiles = 2;
  refused(q, Error::address_range, size);

  // Each bit of each address for itself.
  for (std::uint32_t at = size; at < 1u << 24; at *= 2) {
    CAPTURE(at);
    const auto outside = [&](auto command, auto field) {
      command.*field = at;
      refused(command, Error::address_range, at);
    };
    outside(contract::Move{}, &contract::Move::in_base);
    outside(contract::Move{}, &contract::Move::out_base);
    outside(contract::Add{}, &contract::Add::a_base);
    outside(contract::Add{}, &contract::Add::b_base);
    outside(contract::Add{}, &contract::Add::out_base);
    outside(contract::Lookup{}, &contract::Lookup::in_base);
    outside(contract::Lookup{}, &contract::Lookup::table_base);
    outside(contract::Lookup{}, &contract::Lookup::out_base);
    outside(plain_requant(4), &contract::Requant::param_base);
    outside(plain_requant(4), &contract::Requant::out_base);
  }

  // The last byte, and words whose trailing lanes lie outside.
  Generator generator(seed());
  TheBench bench(seed());
  Reference reference;
  fill(bench, generator.random);
  m = contract::Move{};
  m.run = 1;
  m.in_base = size - 1;
  contract::Move to_end;
  to_end.run = 3;
  to_end.out_base = size - 3;
  p.in_base = size - 1;
  p.channels = 1;
  p.min = -128;
  p.max = 127;
  p.out_base = 16;
  compare(bench, reference, {{m.encode(), {}}, {to_end.encode(), {}}, {p.encode(), {}}});
  // Rows end at the last byte; the lanes beyond row_bytes are masked.
  q = plain_requant(4, size - 4 * word + 2);
  q.row_bytes = 4 * word - 2;
  q.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
  q.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
  compare(bench, reference, {{q.encode(), {std::vector<std::int32_t>(bank * word, 77)}}});
}

TEST_CASE("the four states of a cycle add up, and name what the engine waits for") {
  TheBench bench(1);
  fill(bench, *std::make_unique<Random>(1));
  for (int i = 0; i < 20; ++i) bench.step();
  CHECK(bench.state_cycles[0] == 20);
  contract::Requant c = plain_requant(bank);
  c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
  bench.commands.push_back(c.encode());
  for (int i = 0; i < 200; ++i) bench.step();             // nobody fills the bank
  CHECK(bench.state_cycles[2] > 150);
  bench.fills.push_back({0, std::vector<std::int32_t>(bank * word)});
  bench.run();
  CHECK(bench.state_cycles[1] >= bank);
  CHECK(bench.state_cycles[0] + bench.state_cycles[1] + bench.state_cycles[2] + bench.state_cycles[3] == bench.cycle);
}
