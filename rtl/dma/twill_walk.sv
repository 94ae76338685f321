// SPDX-License-Identifier: Apache-2.0
//
// Walks one side of a move: `run` contiguous bytes, repeated by three counts, inner first, each with its stride. It shows where
// the next bytes lie and how many follow contiguously; the engine takes as many as suit it, cut by its limit, and goes on.
//
// start_i loads a walk (only while active_o is low). While active_o: addr_o and left_o tell the rest of the current run, bytes_o
// = min(left_o, limit_i), final_o says that those are the last ones of the walk. take_i takes bytes_o bytes. A piece a cycle.
// With a limit of 0 nothing is asked: bytes_o and final_o are 0, and a walk that waits costs the simulator next to nothing.
module twill_walk #(
  parameter int unsigned AddressBits = 24,
  parameter int unsigned StrideBits = 24,
  parameter int unsigned LimitBits = 8
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // the walk
  input  logic                    start_i,
  input  logic [AddressBits-1:0]  base_i,
  input  logic [23:0]             run_i,
  input  logic [47:0]             counts_i,    // {outer, middle, inner}
  input  logic [3*StrideBits-1:0] strides_i,   // likewise; two's complement
  // the next piece
  output logic                    active_o,
  output logic [AddressBits-1:0]  addr_o,
  output logic [23:0]             left_o,
  input  logic [LimitBits-1:0]    limit_i,
  output logic [LimitBits-1:0]    bytes_o,
  output logic                    final_o,
  input  logic                    take_i
);
  logic [AddressBits-1:0]  inner_q, middle_q, outer_q;  // where the current run, its row of runs, its plane of rows began
  logic [15:0]             more0_q, more1_q, more2_q;   // steps of each count still to go
  logic [23:0]             run_q;
  logic [31:0]             counts_q;
  logic [3*StrideBits-1:0] strides_q;
  logic                    ends_run;

  always_comb begin
    ends_run = 1'b0;
    bytes_o = limit_i;
    final_o = 1'b0;
    if (limit_i != '0 && left_o <= 24'(limit_i)) begin
      ends_run = 1'b1;
      bytes_o = left_o[LimitBits-1:0];
      final_o = more0_q == '0 && more1_q == '0 && more2_q == '0;
    end
  end

  // All registers are read before any is written: the simulator then needs no copies of them.
  task automatic step;
    logic [AddressBits-1:0] addr, inner, middle, outer;
    logic [23:0]            left;
    logic [15:0]            more0, more1, more2;
    addr = addr_o;
    left = left_o;
    {inner, middle, outer} = {inner_q, middle_q, outer_q};
    {more0, more1, more2} = {more0_q, more1_q, more2_q};
    if (!ends_run) begin
      addr = addr + AddressBits'(limit_i);
      left = left - 24'(limit_i);
    end else begin
      if (more0 != '0) begin
        more0 = more0 - 16'd1;
        inner = inner + AddressBits'($signed(strides_q[0 +: StrideBits]));
      end else begin
        more0 = counts_q[15:0] - 16'd1;
        if (more1 != '0) begin
          more1 = more1 - 16'd1;
          middle = middle + AddressBits'($signed(strides_q[StrideBits +: StrideBits]));
        end else begin
          more1 = counts_q[31:16] - 16'd1;
          more2 = more2 - 16'd1;
          outer = outer + AddressBits'($signed(strides_q[2*StrideBits +: StrideBits]));
          middle = outer;
        end
        inner = middle;
      end
      addr = inner;
      left = run_q;
    end
    addr_o <= addr;
    left_o <= left;
    {inner_q, middle_q, outer_q} <= {inner, middle, outer};
    {more0_q, more1_q, more2_q} <= {more0, more1, more2};
    active_o <= !final_o;
  endtask

  task automatic start;
    addr_o <= base_i;
    left_o <= run_i;
    {inner_q, middle_q, outer_q} <= {3{base_i}};
    more0_q <= counts_i[15:0] - 16'd1;
    more1_q <= counts_i[31:16] - 16'd1;
    more2_q <= counts_i[47:32] - 16'd1;
    run_q <= run_i;
    counts_q <= counts_i[31:0];
    strides_q <= strides_i;
    active_o <= 1'b1;
  endtask

  always_ff @(posedge clk_i) begin
    if (take_i) step();
    if (start_i) start();   // never both: a walk is taken from only while active
    if (!rst_ni) active_o <= 1'b0;
  end
endmodule
