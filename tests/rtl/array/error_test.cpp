// SPDX-License-Identifier: Apache-2.0
// What the array engine refuses: fields that contradict each other, and unmasked bytes outside the scratchpad. It answers once,
// for the oldest command, and stops.
#include "bench.hpp"
#include "catch.hpp"

using namespace bench;
using twill::contract::Conv;
using twill::contract::Depthwise;
using twill::contract::Error;

namespace {

Conv good_conv() {
  Conv c;
  c.run_bytes = 8;
  c.kernel_y = 2;
  c.dilation_y = 1;
  c.ky_step = 64;
  c.x_step = 8;
  c.out_w = 8;
  c.out_h = 2;
  c.stride_y = 1;
  c.y_step = 64;
  c.row_bytes = 64;
  c.in_rows = 3;
  c.in_base = 1024;
  return c;
}

Depthwise good_depthwise() {
  Depthwise d;
  d.rows = 2;
  d.kernel_w = 4;
  d.blocks = d.stride_x = d.stride_y = d.phases_x = d.phases_y = 1;
  d.x_step = 8;
  d.y_step = 64;
  d.stream_w = 8;
  d.in_cols = 8;
  d.in_rows = 4;
  d.channels = 8;
  d.out_w = 5;
  d.out_h = 3;
  d.in_base = 1024;
  return d;
}

/// Runs a good command and then this one; returns the bench when everything is over.
template <typename C>
std::unique_ptr<Bench8> run(const C& command) {
  auto b = std::make_unique<Bench8>(1);
  b->commands.push_back(good_conv().encode());
  b->commands.push_back(command.encode());
  b->commands.push_back(good_conv().encode());
  int done_before = -1;
  for (int i = 0; i < 2000; ++i) {
    b->step();
    if (b->errors && done_before < 0) done_before = b->done;
  }
  if (b->errors) {
    CHECK(b->errors == 1);
    CHECK(done_before == 1);  // the error is told after the command before is done, so the queue knows whose it is
    CHECK(b->done == 1);
    CHECK(!b->chip.feeder_req_o);
    CHECK(!b->chip.weights_req_o);
  } else {
    CHECK(b->done == 3);
  }
  return b;
}

template <typename C>
void refused(const C& command, Error code) {
  const auto b = run(command);
  CHECK(b->errors == 1);
  CHECK(b->error_code == static_cast<unsigned>(code));
}

template <typename C>
void outside(const C& command, unsigned address) {
  const auto b = run(command);
  CHECK(b->errors == 1);
  CHECK(b->error_code == static_cast<unsigned>(Error::address_range));
  CHECK(b->error_info == address);
}

template <typename C>
void accepted(const C& command) { CHECK(run(command)->errors == 0); }

}  // namespace

TEST_CASE("good commands pass") {
  accepted(good_conv());
  accepted(good_depthwise());
}

TEST_CASE("fields that contradict each other") {
  SECTION("acc_base within a bank") {
    auto c = good_conv();
    c.acc_base = 8;
    refused(c, Error::bad_field);
  }
  SECTION("acc_base behind the accumulators") {
    auto c = good_conv();
    c.acc_base = 64;
    refused(c, Error::bad_field);
  }
  SECTION("more outputs than accumulators") {
    auto c = good_conv();
    c.out_w = 13;
    c.out_h = 5;
    refused(c, Error::bad_field);
    c.out_w = 4095;
    c.out_h = 4095;
    refused(c, Error::bad_field);
    c.out_w = 8;
    c.out_h = 8;
    c.row_bytes = 64;
    accepted(c);
  }
  SECTION("a kernel taller than the array") {
    auto d = good_depthwise();
    d.rows = 3;
    d.kernel_w = 3;
    refused(d, Error::bad_field);
  }
  SECTION("a stream row narrower than the kernel or the output") {
    auto d = good_depthwise();
    d.stream_w = 3;
    d.out_w = 3;
    refused(d, Error::bad_field);
    d.stream_w = 4;
    d.out_w = 5;
    refused(d, Error::bad_field);
  }
  SECTION("a stream row longer than the line buffer") {
    auto d = good_depthwise();
    d.x_step = 0;
    for (const unsigned more : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048}) {
      CAPTURE(more);
      d.stream_w = 260 + more;
      refused(d, Error::bad_field);
    }
    d.stream_w = 260;
    accepted(d);
    d.stream_w = 300;
    d.rows = 1;
    accepted(d);
  }
}

TEST_CASE("unmasked bytes outside the scratchpad") {
  SECTION("operands beyond the end") {
    auto c = good_conv();
    c.in_base = scratchpad_bytes - 128;  // image row 2 is outside
    outside(c, scratchpad_bytes);
    c.in_rows = 2;  // and now it is masked
    accepted(c);
  }
  SECTION("the last byte of a word") {
    auto c = good_conv();
    c.in_base = scratchpad_bytes - 191;
    outside(c, scratchpad_bytes);
    c.in_base = scratchpad_bytes - 192;
    accepted(c);
  }
  SECTION("before the start") {
    auto c = good_conv();
    c.in_base = 0xfffffe;
    outside(c, 0xfffffe);
    c.x_start = -2;  // the two bytes before the start are padding now
    accepted(c);
  }
  SECTION("depthwise") {
    auto d = good_depthwise();
    d.in_base = scratchpad_bytes - 256 + 1;
    outside(d, scratchpad_bytes);
    d.in_base = scratchpad_bytes - 256;
    accepted(d);
    d.in_base = (1u << 24) - 64;
    d.y_start = -1;
    accepted(d);
  }
  SECTION("weights") {
    auto c = good_conv();
    for (int more = 1; more < 8; ++more) {
      CAPTURE(more);
      c.weight_base = scratchpad_bytes - 2 * 64 + more;
      outside(c, scratchpad_bytes - 8 + more);  // the row that leaves the scratchpad
    }
    c.weight_base = scratchpad_bytes - 2 * 64;
    accepted(c);
    for (unsigned more = 1; more < 1u << 23; more *= 2) {
      CAPTURE(more);
      c.weight_base = scratchpad_bytes - 64 + more;
      outside(c, c.weight_base + 56);
    }
  }
}
