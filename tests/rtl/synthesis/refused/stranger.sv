// SPDX-License-Identifier: Apache-2.0
// An instance of a module that does not exist.
module stranger (input logic x_i, output logic y_o);
  nobody u_nobody (.x_i, .y_o);
endmodule
