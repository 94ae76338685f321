// SPDX-License-Identifier: Apache-2.0
// A combinational loop.
module loop (input logic x_i, output logic y_o);
  assign y_o = x_i ^ (y_o & ~x_i);
endmodule
