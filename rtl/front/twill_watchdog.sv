// SPDX-License-Identifier: Apache-2.0
// Raises error_o when nothing has moved for limit_i cycles while there is work to do. A limit of 0 turns it off.
module twill_watchdog (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        run_i,
  input  logic [31:0] limit_i,
  input  logic        waiting_i,     // a queue is not empty or commands are still to be fetched
  input  logic        progress_i,    // something moves or computes in this cycle
  output logic        error_o
);
  logic [31:0] still_q;

  always_comb begin
    error_o = 1'b0;
    if (!progress_i) error_o = limit_i != '0 && still_q >= limit_i;
  end

  always_ff @(posedge clk_i) begin
    if (progress_i || !waiting_i || !run_i || !rst_ni) still_q <= '0;
    else still_q <= still_q + 32'd1;
  end
endmodule
