// SPDX-License-Identifier: Apache-2.0
// The flat array and the textbook mesh side by side on the same, unconstrained inputs: equal in every register after any
// number of steps, from any state in which they are equal.
module mesh_equals_array #(
    parameter int unsigned Word = 4
) (
    input logic clk_i,
    input logic step_i,
    input logic depthwise_i,
    input logic first_i,
    input logic [Word*8-1:0] operand_i,
    input logic [3*Word*8-1:0] lines_i,
    input logic [2*Word-1:0] tap_i,
    input logic weight_valid_i,
    input logic [$clog2(Word)-1:0] weight_row_i,
    input logic [Word*8-1:0] weight_i,
    input logic take_i,
    input logic bottom_i
);
  localparam int unsigned StateBits = Word * Word * (8 + 8 + 8 + 1 + 32 + 20);
  logic [StateBits-1:0] array_state, mesh_state;
  logic [Word*32-1:0] array_sums, mesh_sums;

  twill_array #(.Word(Word)) i_array (
      .clk_i, .step_i, .depthwise_i, .first_i, .operand_i, .lines_i, .tap_i, .weight_valid_i, .weight_row_i, .weight_i,
      .take_i, .bottom_i, .sums_o(array_sums), .state_o(array_state));

  twill_mesh #(.Word(Word)) i_mesh (
      .clk_i, .step_i, .depthwise_i, .first_i, .operand_i, .lines_i, .tap_i, .weight_valid_i, .weight_row_i, .weight_i,
      .take_i, .bottom_i, .sums_o(mesh_sums), .state_o(mesh_state));

  always_comb begin
    if ($initstate) begin
      assume (array_state == mesh_state);
      assume (array_sums == mesh_sums);
    end
    assert (array_state == mesh_state);
    assert (array_sums == mesh_sums);
  end
endmodule
