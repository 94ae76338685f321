// SPDX-License-Identifier: Apache-2.0
//
// A first-in first-out buffer of Depth (a power of two) entries. What is pushed in cycle t can be popped from t + 1 on.
// in_ready_o and out_valid_o come from registers alone: a full buffer takes nothing even in a cycle in which it is popped,
// which keeps long ready chains out of the chip.
module twill_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // in
  input  logic             in_valid_i,
  input  logic [Width-1:0] in_data_i,
  output logic             in_ready_o,
  // out
  output logic             out_valid_o,
  output logic [Width-1:0] out_data_o,
  input  logic             out_ready_i
);
  localparam int unsigned PointerBits = $clog2(Depth);

  if (Depth < 2 || Depth != (1 << PointerBits)) begin : gen_bad_depth
    $error("twill_fifo: Depth must be a power of two, 2 or more");
  end

  logic [Width-1:0] store [Depth];
  logic [PointerBits:0] head_q, tail_q;  // one bit more than an index: equal means empty, half a turn apart means full

  assign out_valid_o = head_q != tail_q;
  assign in_ready_o = (tail_q ^ head_q) != {1'b1, {PointerBits{1'b0}}};
  assign out_data_o = store[head_q[PointerBits-1:0]];

  always_ff @(posedge clk_i) begin
    if (in_valid_i && in_ready_o) begin
      store[tail_q[PointerBits-1:0]] <= in_data_i;
      tail_q <= tail_q + 1'b1;
    end
    if (out_valid_o && out_ready_i) head_q <= head_q + 1'b1;
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end
  end
endmodule
