// SPDX-License-Identifier: Apache-2.0
//
// A memory of Depth words of Bytes bytes with one read and one write port, as a compiled SRAM macro has them. What is read
// in cycle t is on rdata_o from t + 1 until the next read; a read in the cycle of a write to the same word gets the old word.
//
// The write is a single assignment of the whole word, into which the bytes not enabled are merged: Verilator pays for every
// non-blocking assignment to an array in every cycle. Yosys (opt_mem_feedback) turns the merge back into byte enables.
module twill_ram #(
  parameter int unsigned Bytes = 4,
  parameter int unsigned Depth = 16
) (
  input  logic                     clk_i,
  // read port
  input  logic                     re_i,
  input  logic [$clog2(Depth)-1:0] raddr_i,
  output logic [Bytes*8-1:0]       rdata_o,
  // write port
  input  logic                     we_i,
  input  logic [$clog2(Depth)-1:0] waddr_i,
  input  logic [Bytes*8-1:0]       wdata_i,
  input  logic [Bytes-1:0]         be_i
);
  logic [Bytes*8-1:0] store [Depth];

  always_ff @(posedge clk_i) begin : write
    logic [Bytes*8-1:0] merged, old;
    if (we_i) begin
      merged = wdata_i;
      if (be_i != '1) begin
        old = store[waddr_i];
        for (int unsigned i = 0; i < Bytes; i++) begin
          if (!be_i[i]) merged[i*8 +: 8] = old[i*8 +: 8];
        end
      end
      store[waddr_i] <= merged;
    end
  end

  always_ff @(posedge clk_i) begin
    if (re_i) rdata_o <= store[raddr_i];
  end
endmodule
