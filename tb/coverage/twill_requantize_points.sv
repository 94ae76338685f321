// SPDX-License-Identifier: Apache-2.0
// The arithmetic of lane 0: ties of the rounding right shift, saturation of the left shift and of the sum, both limits, extreme shifts. By
// kind of beat: REQUANT with its record in place, a first operand or result (phases 0 and 2), a second operand (1).
`include "twill_cover.svh"
module twill_requantize_points (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        h_valid,
  input logic        h_requant,
  input logic        h_fresh,
  input logic        h_add,
  input logic [1:0]  h_phase,
  input logic [31:0] h,                // before the right shift
  input logic [31:0] right_record,
  input logic [4:0]  right0,
  input logic [4:0]  right1,
  input logic [4:0]  right2,
  input logic        x_valid,
  input logic        x_requant,
  input logic [31:0] x,                // after the left shift
  input logic        lefts,
  input logic        valid,
  input logic [7:0]  opcode,
  input logic        result_valid,
  input logic [7:0]  result,
  input logic [7:0]  min,
  input logic [7:0]  max
);
  logic        known;                  // the shift is: a new record comes with the beat
  logic [4:0]  right;
  logic [31:0] mask, half, part;
  assign known = h_valid && !(h_requant && h_fresh);
  assign right = h_requant ? right_record[4:0] : h_phase == 2'd0 ? right0 : h_phase == 2'd1 ? right1 : right2;
  assign mask = ~(32'hffff_ffff << right);
  assign half = (mask >> 1) + 32'd1;
  assign part = h & mask;

  for (genvar k = 0; k < 2; k++) begin : gen_kind                // vector commands, REQUANT
    `TWILL_COVER(TieUp, known && h_requant == 1'(k) && right != '0 && part == half && !h[31])
    `TWILL_COVER(TieDown, known && h_requant == 1'(k) && right != '0 && part == half && h[31])
    `TWILL_COVER(Exact, known && h_requant == 1'(k) && right != '0 && part == '0)
    `TWILL_COVER(RoundsDown, known && h_requant == 1'(k) && right != '0 && part != '0 && part < half)
    `TWILL_COVER(RoundsUp, known && h_requant == 1'(k) && part > half)
    `TWILL_COVER(Right0, known && h_requant == 1'(k) && right == '0)
    `TWILL_COVER(Right31, known && h_requant == 1'(k) && right == 5'd31)
    `TWILL_COVER(SaturatesHigh, x_valid && lefts && x_requant == 1'(k) && x == 32'h7fff_ffff)
    `TWILL_COVER(SaturatesLow, x_valid && lefts && x_requant == 1'(k) && x == 32'h8000_0000)
  end
  for (genvar p = 0; p < 3; p++) begin : gen_phase               // of an ADD
    `TWILL_COVER(Phase, h_valid && h_add && h_phase == 2'(p))
  end
  `TWILL_COVER(Lowest, result_valid && result == min && valid && opcode != twill_pkg::OpRequant)
  `TWILL_COVER(Highest, result_valid && result == max && valid && opcode != twill_pkg::OpRequant)
endmodule

bind twill_requantize twill_requantize_points u_points (
  .clk_i, .rst_ni, .h_valid, .h_requant, .h_fresh, .h_add, .h_phase, .h(h[0]), .right_record(right[0]), .right0(right0_i), .right1(right1_i),
  .right2(right2_i), .x_valid, .x_requant, .x(x[0]), .lefts, .valid(valid_i), .opcode(opcode_i), .result_valid(result_valid_o),
  .result(result_o[7:0]), .min(min_i), .max(max_i));
