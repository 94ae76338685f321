// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// A block that promises one thing of each kind, and keeps none: the test drives what it speaks of.
module assertion_bench (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       always_i,
  input logic       driven_i,
  input logic       valid_i,
  input logic       ready_i,
  input logic [7:0] data_i,
  input logic [3:0] count_i,
  input logic [4:0] grants_i,
  input logic       push_i,
  input logic       room_i
);
  `TWILL_ASSERT(Always, always_i)
  `TWILL_ASSUME(Driven, driven_i)
  `TWILL_ASSERT_STABLE(Stable, valid_i, ready_i, data_i)
  `TWILL_ASSERT_COUNT(Count, count_i, 8)
  `TWILL_ASSERT_ONEHOT0(OneHot, grants_i)
  `TWILL_ASSERT_ROOM(Room, push_i, room_i)
endmodule
