// SPDX-License-Identifier: Apache-2.0
// twill_fifo is a queue of Depth entries: what it takes comes out once, in order and unchanged, and nothing else does.
// It says so of its count, and of one entry that may be any.
module fifo_properties #(
  parameter int unsigned Width = 4,
  parameter int unsigned Depth = 4
) (
  input logic                     clk_i,
  input logic                     rst_ni,
  input logic                     in_valid,
  input logic [Width-1:0]         in_data,
  input logic                     in_ready,
  input logic                     out_valid,
  input logic [Width-1:0]         out_data,
  input logic                     out_ready,
  input logic [$clog2(Depth)-1:0] head,
  input logic [$clog2(Depth)-1:0] tail,
  input logic [Depth*Width-1:0]   store
);
  localparam int unsigned Bits = $clog2(Depth);

  logic push, pop;
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

  logic             known_q = 1'b0;     // there has been a reset
  logic [Bits:0]    count_q;
  // One entry, taken at any time: what it holds and how many are before it.
  logic             pick, tracked_q;
  logic [Width-1:0] data_q;
  logic [Bits:0]    before_q;
  assign pick = $anyseq;

  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    count_q <= count_q + (Bits + 1)'(push) - (Bits + 1)'(pop);
    if (push && pick && !tracked_q) begin
      tracked_q <= 1'b1;
      data_q <= in_data;
      before_q <= count_q - (Bits + 1)'(pop);
    end else if (pop && tracked_q) begin
      before_q <= before_q - 1'b1;
      if (before_q == '0) tracked_q <= 1'b0;
    end
    if (!rst_ni) begin
      count_q <= '0;
      tracked_q <= 1'b0;
    end
  end

  logic [Bits-1:0] place;
  assign place = head + before_q[Bits-1:0];

  always_comb begin
    assume (known_q || !rst_ni);
    if (known_q) begin
      assert (count_q <= (Bits + 1)'(Depth));
      assert (out_valid == (count_q != '0));
      assert (in_ready == (count_q != (Bits + 1)'(Depth)));
      assert (tail == head + count_q[Bits-1:0]);
      if (out_valid) assert (out_data == store[head*Width +: Width]);
      if (tracked_q) begin
        assert (before_q < count_q);
        assert (store[place*Width +: Width] == data_q);
        if (before_q == '0) assert (out_data == data_q);
      end
    end
  end
endmodule

bind twill_fifo fifo_properties #(.Width(Width), .Depth(Depth)) i_properties (
  .clk_i, .rst_ni, .in_valid(in_valid_i), .in_data(in_data_i), .in_ready(in_ready_o), .out_valid(out_valid_o), .out_data(out_data_o),
  .out_ready(out_ready_i), .head(head_q), .tail(tail_q), .store({store[3], store[2], store[1], store[0]}));
