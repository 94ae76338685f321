// SPDX-License-Identifier: Apache-2.0
// What the blocks promise one another at their borders, written once and read three ways:
//
//   simulation   nothing: these macros are empty, and a model is as fast as without them
//   checked      (TWILL_CHECKED, with Verilator's --assert) assertions in every cycle out of reset; one that fails is printed with its name and ends the run (tb: an exception)
//   formal       (FORMAL, Yosys) TWILL_ASSERT is proven, TWILL_ASSUME assumed; what speaks of two cycles is left to the properties
//
// Synthesis sees none of them. A name stands for one promise of a module; expressions speak of registers and pins of the same cycle.
//
//   TWILL_ASSERT(name, property)                        holds in every cycle
//   TWILL_ASSUME(name, property)                        the same, promised by whoever drives the inputs
//   TWILL_ASSERT_STABLE(name, valid, ready, data)       handshake: what is offered stays, unchanged, until it is taken
//   TWILL_ASSERT_COUNT(name, count, most)               a FIFO's or credit counter's bounds
//   TWILL_ASSERT_ONEHOT0(name, bits)                    at most one bit is set
//   TWILL_ASSERT_ROOM(name, push, room)                 nothing is pushed where there is no room: nothing is lost
//
// And one that is no promise:
//
//   TWILL_STALL(name)                                   the bit `name`: 0, but in the checked chip a test may have it be 1 in random cycles. It holds back a
//                                                       ready or a grant, never what is offered
`ifndef TWILL_ASSERT_SVH
`define TWILL_ASSERT_SVH

`ifdef TWILL_CHECKED
import "DPI-C" function bit twill_stall();
`define TWILL_STALL(name) logic name; always_ff @(posedge clk_i) name <= twill_stall();
`else
`define TWILL_STALL(name) localparam logic name = 1'b0;
`endif

`ifdef TWILL_CHECKED
`define TWILL_CHECK_(name, property_) \
  name: assert property (@(posedge clk_i) disable iff (!rst_ni) (property_)) else $fatal(1, "assertion failed");
`define TWILL_ASSERT(name, property_) `TWILL_CHECK_(name, property_)
`define TWILL_ASSUME(name, property_) `TWILL_CHECK_(name, property_)
`define TWILL_ASSERT_STABLE(name, valid, ready, data) \
  `TWILL_CHECK_(name, !$past((valid) && !(ready) && rst_ni) || ((valid) && (data) == $past(data)))
`elsif FORMAL
`define TWILL_ASSERT(name, property_) always_comb if (rst_ni) name: assert (property_);
`define TWILL_ASSUME(name, property_) always_comb if (rst_ni) name: assume (property_);
`define TWILL_ASSERT_STABLE(name, valid, ready, data)
`else
`define TWILL_ASSERT(name, property_)
`define TWILL_ASSUME(name, property_)
`define TWILL_ASSERT_STABLE(name, valid, ready, data)
`endif

`define TWILL_ASSERT_COUNT(name, count, most) `TWILL_ASSERT(name, 32'(count) <= 32'(most))
`define TWILL_ASSERT_ONEHOT0(name, bits) `TWILL_ASSERT(name, ((bits) & ((bits) - 1'b1)) == '0)
`define TWILL_ASSERT_ROOM(name, push, room) `TWILL_ASSERT(name, !(push) || (room))
`endif
