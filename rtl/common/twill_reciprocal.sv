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
  logic [15:0] divisor_q;           // of the running division
  logic [15:0] normal_q;            // the same, leading one in bit 15
  logic [4:0]  bits_q;
  logic [16:0] remainder_q;         // below twice the divisor
  logic [30:0] quotient_q;
  logic [5:0]  steps_q;

  assign busy_o = steps_q != 6'd0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      steps_q    <= 6'd0;
      done_o     <= 1'b0;
      divisor_o  <= 16'd0;          // no count is 0: nothing matches it
      quotient_o <= 31'd0;
      bits_o     <= 5'd0;
    end else begin
      done_o <= 1'b0;
      if (busy_o) begin : divide
        logic        bit_one;
        logic [16:0] rest;
        bit_one     = remainder_q >= {1'b0, normal_q};
        rest        = bit_one ? remainder_q - {1'b0, normal_q} : remainder_q;
        remainder_q <= rest << 1;
        quotient_q  <= {quotient_q[29:0], bit_one};
        steps_q     <= steps_q - 6'd1;
        if (steps_q == 6'd1) begin
          done_o     <= 1'b1;
          divisor_o  <= divisor_q;
          quotient_o <= {quotient_q[29:0], bit_one};
          bits_o     <= bits_q;
        end
      end else if (start_i) begin : load
        logic [4:0] length;
        length = 5'd0;
        for (int unsigned i = 0; i < 16; i++) if (divisor_i[i]) length = 5'(i + 1);
        divisor_q   <= divisor_i;
        normal_q    <= divisor_i << (5'd16 - length);
        bits_q      <= length;
        remainder_q <= 17'h08000;
        steps_q     <= 6'd31;
      end
    end
  end
endmodule
