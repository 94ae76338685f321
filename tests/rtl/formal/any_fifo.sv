// SPDX-License-Identifier: Apache-2.0
// Stands in for twill_fifo in the proofs of blocks with wide ones: it does anything, and the properties assume of it what fifo_properties
// proves.
module twill_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  input  logic [Width-1:0] in_data_i,
  output logic             in_ready_o,
  output logic             out_valid_o,
  output logic [Width-1:0] out_data_o,
  input  logic             out_ready_i
);
  assign in_ready_o = $anyseq;
  assign out_valid_o = $anyseq;
  assign out_data_o = $anyseq;
endmodule
