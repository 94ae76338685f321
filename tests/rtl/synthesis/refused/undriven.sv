// SPDX-License-Identifier: Apache-2.0
// A wire that nothing drives.
module undriven (input logic x_i, output logic y_o);
  logic forgotten;
  assign y_o = x_i & forgotten;
endmodule
