// SPDX-License-Identifier: Apache-2.0
// What the lanes need to know of a vector command, the same for every lane: latched by latch_i, when no beat of the command
// before is in the lanes any more. MAX, LOOKUP and MOVE pass the requantizer unchanged: the lanes
// take multipliers as unsigned, so 2^31 is a one (no record may hold it).
//
// The average pool is exact on the same path. With t taps (b bits long) and m = floor(2^(29 + b) / t) the lanes form
//     h = round((sum << (20 - b)) * m / 2^31)   ~   sum / t * 2^18        and shift right by 18, ties away from zero.
// h is off by less than 0.5 + |h| * 2^-29 < 1. A true tie is a whole number and h hits it, because there only the 2^-29 part
// remains; any other quotient lies at least 2^18 / (2 t) >= 2 from the nearest tie. So the second rounding is that of sum / t itself.
module twill_post_settings (
  input  logic         clk_i,

  input  logic         latch_i,
  input  logic [511:0] command_i,
  input  logic         divided_i,          // a new reciprocal, for the pool that runs
  input  logic [30:0]  reciprocal_i,
  input  logic [4:0]   bits_i,

  output logic [31:0]  multiplier0_o,
  output logic [31:0]  multiplier1_o,
  output logic [31:0]  multiplier2_o,
  output logic [4:0]   left0_o,
  output logic [4:0]   left1_o,
  output logic [4:0]   right0_o,
  output logic [4:0]   right1_o,
  output logic [4:0]   right2_o,
  output logic [7:0]   zero_o,
  output logic [7:0]   min_o,
  output logic [7:0]   max_o,
  output logic [7:0]   a_zero_o,
  output logic [7:0]   b_zero_o,
  output logic [31:0]  bias_o,
  output logic         largest_o,
  output logic         subtract_o
);
  twill_pkg::add_t  add;
  twill_pkg::mul_t  mul;
  twill_pkg::pool_t pool;
  twill_pkg::move_t move;
  assign add  = command_i;
  assign mul  = command_i;
  assign pool = command_i;
  assign move = command_i;

  always_ff @(posedge clk_i) begin
    if (latch_i) begin
      multiplier0_o <= 32'h80000000;
      multiplier1_o <= 32'h80000000;
      left0_o       <= 5'd0;
      left1_o       <= 5'd0;
      right0_o      <= 5'd0;
      right1_o      <= 5'd0;
      zero_o        <= 8'd0;
      min_o         <= 8'h80;
      max_o         <= 8'h7f;
      subtract_o    <= add.subtract;
      case (command_i[7:0])
        twill_pkg::OpAdd, twill_pkg::OpMul: begin    // the same places, as far as both have them
          a_zero_o <= add.a_zero;
          b_zero_o <= add.b_zero;
          zero_o   <= add.out_zero;
          min_o    <= add.min;
          max_o    <= add.max;
          if (add.opcode == twill_pkg::OpAdd) begin
            multiplier0_o <= add.a_multiplier;
            multiplier1_o <= add.b_multiplier;
            multiplier2_o <= add.out_multiplier;
            left0_o       <= add.left_shift;
            left1_o       <= add.left_shift;
            right0_o      <= add.a_shift[4:0];
            right1_o      <= add.b_shift[4:0];
            right2_o      <= add.out_shift[4:0];
          end else begin                             // the product goes in with the second operand
            multiplier1_o <= mul.out_multiplier;
            left1_o       <= mul.out_shift[7] ? 5'd0 : mul.out_shift[4:0];
            right1_o      <= mul.out_shift[7] ? 5'd0 - mul.out_shift[4:0] : 5'd0;
          end
        end
        twill_pkg::OpPool: begin
          largest_o <= pool.mode == twill_pkg::PoolModeMax;
          bias_o    <= 32'd0;
          min_o     <= pool.min;
          max_o     <= pool.max;
          if (pool.mode == twill_pkg::PoolModeMean) begin
            multiplier0_o <= pool.multiplier;
            left0_o       <= pool.shift[7] ? 5'd0 : pool.shift[4:0];
            right0_o      <= pool.shift[7] ? 5'd0 - pool.shift[4:0] : 5'd0;
            bias_o        <= pool.bias;
            zero_o        <= pool.out_zero;
          end else if (pool.mode == twill_pkg::PoolModeAverage) begin
            multiplier0_o <= {1'b0, reciprocal_i};
            left0_o       <= 5'd20 - bits_i;
            right0_o      <= 5'd18;
          end
        end
        twill_pkg::OpMove: a_zero_o <= move.value;
        default: ;
      endcase
    end else if (divided_i) begin
      multiplier0_o <= {1'b0, reciprocal_i};
      left0_o       <= 5'd20 - bits_i;
    end
  end
endmodule
