// SPDX-License-Identifier: Apache-2.0
// Says when the chip sleeps: nothing has moved for Quiet cycles, long enough for whatever was in a pipeline to come out, nothing can but
// the free-running counters, and no input has come. So its clock may be stopped until one does.
module twill_sleep #(
  parameter int unsigned Quiet = 128
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic quiet_i,      // nothing moves in the chip
  input  logic input_i,      // something comes in at a pin
  output logic asleep_o
);
  logic [$clog2(Quiet)-1:0] quiet_q;

  always_ff @(posedge clk_i) begin
    asleep_o <= 1'b0;
    if (quiet_i) begin
      if (!input_i && rst_ni) begin
        asleep_o <= quiet_q == '1;
        quiet_q <= quiet_q == '1 ? '1 : quiet_q + 1'b1;
      end else begin
        quiet_q <= '0;
      end
    end else begin
      quiet_q <= '0;
    end
  end
endmodule
