// SPDX-License-Identifier: Apache-2.0
// Nothing a synthesizer can build.
module unsynthesizable (input logic x_i, output real y_o);
  initial y_o = $sqrt(2.0);
endmodule
