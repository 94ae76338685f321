// SPDX-License-Identifier: Apache-2.0
// A cover point that holds in reset, one that holds out of it, one that never does.
`include "twill_cover.svh"
module cover_bench (
  input logic       clk_i,
  input logic       rst_ni,
  input logic [1:0] in_i
);
  `TWILL_COVER(InReset, in_i == 2'd1)
  `TWILL_COVER(AtWork, in_i == 2'd2)
  `TWILL_COVER(Never, in_i == 2'd3)
endmodule
