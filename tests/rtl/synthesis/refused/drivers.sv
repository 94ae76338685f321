// SPDX-License-Identifier: Apache-2.0
// Two drivers of one wire.
module drivers (input logic clk_i, x_i, output logic y_o);
  always_ff @(posedge clk_i) y_o <= x_i;
  assign y_o = ~x_i;
endmodule
