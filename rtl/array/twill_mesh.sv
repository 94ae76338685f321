// SPDX-License-Identifier: Apache-2.0
// The array as a textbook draws it: Word x Word processing elements, operands from the right, sums downwards to row 0. Same
// ports, same machine as twill_array (which says what the ports mean and is what the simulator runs); tests/rtl/formal proves it.
//
// Nets are named after the element that drives them, [row][column]; what enters a row from the right has nets of its own.
module twill_mesh #(
    parameter int unsigned Word = 4
) (
    input  logic clk_i,

    input  logic                step_i,
    input  logic                depthwise_i,
    input  logic                first_i,
    input  logic [Word*8-1:0]   operand_i,
    input  logic [3*Word*8-1:0] lines_i,
    input  logic [2*Word-1:0]   tap_i,

    input  logic                    weight_valid_i,
    input  logic [$clog2(Word)-1:0] weight_row_i,
    input  logic [Word*8-1:0]       weight_i,

    input  logic               take_i,
    input  logic               bottom_i,
    output logic [Word*32-1:0] sums_o
`ifdef FORMAL
    ,
    output logic [Word*Word*(8+8+8+1+32+20)-1:0] state_o
`endif
);
  localparam int unsigned N = Word * Word;

  logic [7:0] operand[N];
  logic first[N];
  logic [31:0] sum[N];
  // verilator lint_off UNUSEDSIGNAL
  logic [7:0] weight[N];  // for the proof
  logic [7:0] shadow[N];
  // verilator lint_on UNUSEDSIGNAL
  logic [7:0] entering[Word];         // operand and flag of each row, from the right
  logic entering_first[Word];
  logic [Word*8-1:0] row_word[Word];  // what a row is broadcast
  logic [Word*32-1:0] aligned;

  logic conv_step;
  assign conv_step = step_i && !depthwise_i;

  for (genvar r = 0; r < Word; r++) begin : gen_row
    localparam int unsigned Late = Word - 1 - r;  // steps the operand of this row waits
    logic [1:0] tap;
    assign tap = tap_i[r*2+:2];
    assign row_word[r] = tap == 2'd0 ? operand_i : tap == 2'd1 ? lines_i[0+:Word*8] : tap == 2'd2 ? lines_i[Word*8+:Word*8] : lines_i[2*Word*8+:Word*8];

    if (Late == 0) begin : gen_enter
      assign entering[r] = operand_i[r*8+:8];
      assign entering_first[r] = first_i;
    end else begin : gen_skew
      logic [Late*8-1:0] wait_q;
      always_ff @(posedge clk_i) if (conv_step) wait_q <= (Late*8)'({operand_i[r*8+:8], wait_q} >> 8);
      assign entering[r] = wait_q[7:0];
      assign entering_first[r] = first[(r+1)*Word+Word-1];  // the flag of the row above, a step later
    end

    for (genvar c = 0; c < Word; c++) begin : gen_column
      logic [7:0] right;
      logic right_first;
      logic [31:0] above;
      if (c == Word - 1) begin : gen_edge
        assign right = entering[r];
        assign right_first = entering_first[r];
      end else begin : gen_neighbour
        assign right = operand[r*Word+c+1];
        assign right_first = first[r*Word+c+1];
      end
      if (r == Word - 1) begin : gen_top
        assign above = '0;
      end else begin : gen_below
        assign above = sum[(r+1)*Word+c];
      end
      twill_pe i_pe (
          .clk_i, .step_i, .depthwise_i, .operand_i(right), .first_i(right_first),
          .broadcast_i(row_word[r][c*8+:8]), .broadcast_first_i(first_i), .sum_i(above),
          .weight_valid_i(weight_valid_i && 32'(weight_row_i) == r), .weight_i(weight_i[c*8+:8]),
          .operand_o(operand[r*Word+c]), .first_o(first[r*Word+c]), .sum_o(sum[r*Word+c]),
          .weight_o(weight[r*Word+c]), .shadow_o(shadow[r*Word+c]));
    end
  end

  for (genvar c = 0; c < Word; c++) begin : gen_out
    if (c == 0) begin : gen_last
      assign aligned[31:0] = sum[0];
    end else begin : gen_deskew  // column c is ready c steps early
      logic [c*32-1:0] wait_q;
      always_ff @(posedge clk_i) if (conv_step) wait_q <= (c*32)'({sum[c], wait_q} >> 32);
      assign aligned[c*32+:32] = wait_q[31:0];
    end
    always_ff @(posedge clk_i) if (take_i) sums_o[c*32+:32] <= bottom_i ? sum[c] : aligned[c*32+:32];
  end

`ifdef FORMAL
  localparam int unsigned T = Word * Word / 2;
  for (genvar i = 0; i < N; i++) begin : gen_state
    assign state_o[i*8+:8] = operand[i];
    assign state_o[(N+i)*8+:8] = weight[i];
    assign state_o[(2*N+i)*8+:8] = shadow[i];
    assign state_o[24*N+i*32+:32] = sum[i];
    assign state_o[56*N+i] = first[i];
  end
  for (genvar k = 1; k < Word; k++) begin : gen_triangles
    assign state_o[57*N+k*(k-1)/2*8+:k*8] = gen_row[Word-1-k].gen_skew.wait_q;
    assign state_o[61*N+k*(k-1)/2*32+:k*32] = gen_out[k].gen_deskew.wait_q;
  end
  assign state_o[57*N+Word*(Word-1)/2*8+:Word/2*8] = '0;
  assign state_o[61*N+Word*(Word-1)/2*32+:Word/2*32] = '0;
`endif
endmodule
