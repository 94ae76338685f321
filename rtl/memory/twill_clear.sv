// SPDX-License-Identifier: Apache-2.0
// After a reset the memories hold noise, which are no code words. So a machine with ECC writes 0 to all of them first, a row of every
// memory in each cycle: busy_o in Rows cycles from the reset's end. Smaller memories are cleared more than once.
module twill_clear #(
  parameter int unsigned Rows = 1024   // of the deepest memory; a power of two
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        busy_o,
  output logic [15:0] row_o
);
  if (Rows > 65536 || (Rows & (Rows - 1)) != 0) begin : gen_refuse
    $error("twill_clear: Rows is a power of two up to 65536");
  end

  logic [15:0] row_q;
  logic        busy_q;

  always_ff @(posedge clk_i) begin
    if (busy_q) begin
      row_q <= row_q + 16'd1;
      busy_q <= row_q != 16'(Rows - 1);
    end
    if (!rst_ni) begin
      row_q <= '0;
      busy_q <= 1'b1;
    end
  end

  assign busy_o = busy_q;
  assign row_o = row_q;
endmodule
