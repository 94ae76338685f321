// SPDX-License-Identifier: Apache-2.0
// Stands in for the multipliers of both machines in the proof (techmap of $mul). See prove.py.
(* techmap_celltype = "$mul" *)
module any_product (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 32;
  parameter B_WIDTH = 32;
  parameter Y_WIDTH = 32;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;
  wire _TECHMAP_FAIL_ = A_WIDTH != 32 || B_WIDTH != 32 || Y_WIDTH != 32;
`ifdef PRODUCT_LOW
  assign Y = {A[15:0], B[15:0]};
`elsif PRODUCT_HIGH
  assign Y = {A[31:16], B[31:16]};
`else
  assign Y = 0;
`endif
endmodule
