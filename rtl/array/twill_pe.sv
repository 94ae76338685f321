// SPDX-License-Identifier: Apache-2.0
// One processing element: a stationary weight, one multiply-add, registers to the neighbours on the left and below.
//
// In a step, CONV takes the operand (with its flag) from the right-hand neighbour, DEPTHWISE takes the row's broadcast word. Where a
// `first` flag comes with the operand, the shadow weight takes over for this very product; in DEPTHWISE the sum starts from zero too.
module twill_pe (
    input  logic clk_i,
    input  logic step_i,
    input  logic depthwise_i,

    input  logic signed [7:0] operand_i,    // from the right
    input  logic              first_i,
    input  logic signed [7:0] broadcast_i,  // the row's word, and the array's flag
    input  logic              broadcast_first_i,
    input  logic signed [31:0] sum_i,       // from above

    input  logic              weight_valid_i,
    input  logic signed [7:0] weight_i,     // into the shadow register

    output logic signed [ 7:0] operand_o,
    output logic               first_o,
    output logic signed [31:0] sum_o,
    output logic signed [ 7:0] weight_o,    // for the proof
    output logic signed [ 7:0] shadow_o
);
  logic signed [7:0] weight_q, shadow_q, operand, weight;
  logic signed [31:0] above;
  logic first;
  assign operand = depthwise_i ? broadcast_i : operand_i;
  assign first = depthwise_i ? broadcast_first_i : first_i;
  assign weight = first ? shadow_q : weight_q;
  assign above = depthwise_i && first ? '0 : sum_i;

  always_ff @(posedge clk_i) begin
    if (step_i) begin
      operand_o <= operand;
      weight_q <= weight;
      sum_o <= above + 32'(operand) * 32'(weight);
      if (!depthwise_i) first_o <= first_i;
    end
    if (weight_valid_i) shadow_q <= weight_i;
  end
  assign weight_o = weight_q;
  assign shadow_o = shadow_q;
endmodule
