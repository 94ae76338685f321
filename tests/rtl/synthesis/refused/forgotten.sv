// SPDX-License-Identifier: Apache-2.0
// A latch by oversight: a branch that assigns nothing.
module forgotten (input logic open_i, x_i, output logic y_o);
  always_comb if (open_i) y_o = x_i;
endmodule
