// SPDX-License-Identifier: Apache-2.0
// Raises error_o when nothing has moved for limit_i cycles while there is work to do; while a queue waits for another chip
// (remote_i), for remote_limit_i cycles. A limit of 0 turns it off.
module twill_watchdog (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        run_i,
  input  logic [15:0] elapsed_i,     // cycles this edge stands for
  input  logic [31:0] limit_i,
  input  logic [31:0] remote_limit_i,
  input  logic        waiting_i,     // a queue is not empty or commands are still to be fetched
  input  logic        remote_i,      // one of them waits for another chip
  input  logic        progress_i,    // something moves or computes in this cycle
  output logic        error_o,
  output logic        far_o          // it will not bark within two catch-ups of SleepMax cycles and a few more
);
  localparam logic [32:0] Far = 33'd8300;

  logic [31:0] still_q, limit;
  assign limit = remote_i ? remote_limit_i : limit_i;

  always_comb begin
    error_o = 1'b0;
    if (!progress_i) error_o = limit != '0 && still_q >= limit;
  end

  always_ff @(posedge clk_i) begin
    if (!progress_i && rst_ni) begin
      far_o <= !waiting_i || limit == '0 || {1'b0, still_q} + Far < {1'b0, limit};
      still_q <= !waiting_i || !run_i ? '0 : still_q + {16'd0, elapsed_i};
    end else begin
      still_q <= '0;     // far_o stays: what moves does not sleep
    end
  end
endmodule
