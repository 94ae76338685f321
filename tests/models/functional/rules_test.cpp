// SPDX-License-Identifier: Apache-2.0
// The rules between fields: legal at the limit, refused one beyond, with the field in the reason.
#include "support.hpp"

using namespace test;
using contract::Error;

namespace {

template <typename C>
void legal(const C& command, std::string_view on = "base") {
  const auto verdict = functional::check_command(command.encode(), machine(on));
  INFO(verdict.reason);
  CHECK(verdict.legal());
}

template <typename C>
void refused(const C& command, const std::string& word, Error error = Error::bad_field, std::string_view on = "base") {
  const auto verdict = functional::check_command(command.encode(), machine(on));
  INFO(verdict.reason);
  CHECK(verdict.error == error);
  CHECK(verdict.reason.find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("accumulator rectangles", "[rules]") {
  contract::Conv c;
  c.out_w = 32, c.out_h = 32;
  c.acc_base = 768;
  legal(c);
  c.out_h = 33;
  refused(c, "out_h * out_w");
  c.out_h = 1;
  c.acc_base = 128;
  refused(c, "acc_base");
  c.acc_base = 1024;
  refused(c, "acc_base");
}

TEST_CASE("depthwise kernels", "[rules]") {
  contract::Depthwise c;
  c.rows = 4, c.kernel_w = 4, c.stream_w = 260;
  legal(c);
  c.stream_w = 261;
  refused(c, "line buffers");
  c.rows = 1;
  legal(c);
  c.rows = 4;
  c.kernel_w = 5;
  c.stream_w = 100;
  refused(c, "rows * kernel_w");
  c.kernel_w = 3;
  c.stream_w = 2;
  refused(c, "kernel_w");
  c.stream_w = 8;
  c.out_w = 9;
  refused(c, "out_w");
  c = {};
  c.rows = 2, c.kernel_w = 3, c.stream_w = 9;
  legal(c);
  refused(c, "rows * kernel_w", Error::bad_field, "tiny");
}

TEST_CASE("alignment and lanes", "[rules]") {
  contract::Requant r;
  r.last_lanes = 16;
  legal(r);
  refused(r, "last_lanes", Error::bad_field, "tiny");
  r.param_base = 8;
  refused(r, "param_base");
  contract::Lookup l;
  l.table_base = 15;
  refused(l, "table_base");
  l.keep_table = 1;
  legal(l);
}

TEST_CASE("moves", "[rules]") {
  contract::Load c;
  c.local_run = 6, c.dram_run = 2, c.dram_count0 = 3;
  legal(c);
  c.dram_count0 = 2;
  refused(c, "lengths", Error::walk_mismatch);
  c.dram_count0 = 3;
  c.add = 1;
  refused(c, "local_run");
  c = {};
  c.space = 1, c.local_run = c.dram_run = 4, c.local_stride1 = 2;
  refused(c, "local_stride1");
  // Lengths of 2^72 and 2^64 would agree in 64 bits.
  c = {};
  c.local_run = 1 << 23, c.local_count0 = 1 << 15, c.local_count1 = 1 << 13, c.local_count2 = 1 << 14;
  c.dram_run = 1 << 1;
  refused(c, "lengths", Error::walk_mismatch);
  contract::Fill f;
  f.space = 1;
  refused(f, "local_run");
  f.local_run = 4;
  legal(f);
  contract::Store s;
  s.local_run = 2;
  refused(s, "lengths", Error::walk_mismatch);
}

TEST_CASE("shifts and pools", "[rules]") {
  contract::Add a;
  legal(a);
  a.out_shift = 31;
  legal(a);
  a.out_shift = 32;
  refused(a, "out_shift");
  contract::Mul m;
  m.out_shift = 31;
  refused(m, "out_shift");
  contract::Pool p;
  refused(p, "zero count");
  p.in_rows = p.in_cols = p.out_h = p.out_w = p.channels = p.kernel_y = p.kernel_x = 1;
  legal(p);
  p.y_start = -1;
  refused(p, "outside");
  p.kernel_y = 2;
  legal(p);
  p.shift = 31;
  legal(p);
  p.mode = 2;
  refused(p, "shift");
  p.mode = 3;
  refused(p, "mode");
}
