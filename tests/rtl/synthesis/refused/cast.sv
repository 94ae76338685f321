// SPDX-License-Identifier: Apache-2.0
// A complement that Yosys 0.23 loses.
module cast (input logic [7:0] x_i, y_i, output logic [7:0] y_o);
  assign y_o = 8'(x_i && 8'(y_i) != 8'd0 || 8'(x_i) == 8'd1) - 8'(x_i) & ~8'(y_i);
endmodule
