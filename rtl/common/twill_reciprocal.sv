// SPDX-License-Identifier: Apache-2.0
// The reciprocal of a small count as a multiplier: quotient = floor(2^(29 + b) / divisor), b the bit length of the divisor.
//
// start_i takes divisor_i (at least 1) and the division runs one bit a cycle: done_o pulses 32 cycles after start_i, when
// quotient_o, in 2^29 .. 2^30, and bits_o = b are new. They and divisor_o hold until the next done_o. start_i while busy_o is lost.
//
// The divisor is first moved up so that its leading one stands in the top bit; then 31 steps of restoring division always
// give a full-precision quotient, whatever the divisor.
module twill_reciprocal (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,
  input  logic [15:0] divisor_i,
  output logic        busy_o,
  output logic        done_o,

  output logic [15:0] divisor_o,
  output logic [30:0] quotient_o,
  output logic [4:0]  bits_o
);
  // Private to the block, updated in place.
  logic [15:0] divisor;             // of the running division
  logic [15:0] normal;              // the same, leading one in bit 15
  logic [4:0]  bits;
  logic [16:0] rest;                // below twice the divisor
  logic [30:0] quotient;
  logic [5:0]  steps;

  task automatic load;
    divisor = divisor_i;
    bits = 5'd0;
    for (int unsigned i = 0; i < 16; i++) if (divisor[i]) bits = 5'(i + 1);
    normal = divisor << (5'd16 - bits);
    rest = 17'h08000;
    steps = 6'd31;
  endtask

  task automatic step;
    quotient = {quotient[29:0], rest >= {1'b0, normal}};
    if (quotient[0]) rest = rest - {1'b0, normal};
    rest = rest << 1;
    steps = steps - 6'd1;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      steps = 6'd0;
      busy_o    <= 1'b0;
      done_o    <= 1'b0;
      divisor_o <= 16'd0;           // no count is 0: nothing matches it
    end else begin
      done_o <= steps == 6'd1;
      if (steps != 6'd0) begin
        step();
        if (steps == 6'd0) begin
          divisor_o  <= divisor;
          quotient_o <= quotient;
          bits_o     <= bits;
        end
      end else if (start_i) begin
        load();
      end
      busy_o <= steps != 6'd0;
    end
  end
endmodule
