// SPDX-License-Identifier: Apache-2.0
// A memory of 16 bytes, an address register of 4 bits and an output register of 8: their counts are known.
module known (input logic clk_i, write_i, input logic [3:0] address_i, input logic [7:0] x_i, output logic [7:0] y_o);
  logic [7:0] bytes_q [16];
  logic [3:0] address_q;
  always_ff @(posedge clk_i) begin
    address_q <= address_i;
    if (write_i) bytes_q[address_q] <= x_i;
    y_o <= x_i ^ bytes_q[address_q];
  end
endmodule
