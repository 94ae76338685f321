// SPDX-License-Identifier: Apache-2.0
// A latch, asked for in so many words.
module latch (input logic open_i, x_i, output logic y_o);
  always_latch if (open_i) y_o = x_i;
endmodule
