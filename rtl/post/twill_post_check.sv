// SPDX-License-Identifier: Apache-2.0
// What the decoder's field-by-field check cannot see: limits that depend on the machine or on several fields. Combinational, and
// idle unless check_i. bad_o: the command is refused as bad_field.
module twill_post_check #(
  parameter int unsigned Word = 16,
  parameter int unsigned AccWords = 1024
) (
  input  logic         check_i,
  input  logic [511:0] command_i,
  output logic         bad_o
);
  localparam logic [11:0] BankMask = 12'(AccWords / twill_pkg::AccumulatorBanks - 1);
  localparam logic [23:0] WordMask = 24'(Word - 1);

  twill_pkg::requant_t requant;
  twill_pkg::add_t     add;
  twill_pkg::mul_t     mul;
  twill_pkg::pool_t    pool;
  twill_pkg::lookup_t  lookup;
  assign requant = command_i;
  assign add     = command_i;
  assign mul     = command_i;
  assign pool    = command_i;
  assign lookup  = command_i;

  // A shift of -31 to 30.
  logic bad_mul_shift, bad_pool_shift;
  assign bad_mul_shift = ~(mul.out_shift[7] ? mul.out_shift > 8'he0 : mul.out_shift < 8'd31);
  assign bad_pool_shift = ~(pool.shift[7] ? pool.shift > 8'he0 : pool.shift < 8'd31);

  always_comb begin
    bad_o = 1'b0;
    if (check_i) begin
      case (command_i[7:0])
        twill_pkg::OpRequant:
          bad_o = requant.last_lanes > 8'(Word) | (requant.param_base & WordMask) != 24'd0 | (requant.acc_base & BankMask) != 12'd0
                | 13'(requant.acc_base) >= 13'(AccWords) | 24'(requant.out_h) * 24'(requant.out_w) > 24'(AccWords);
        twill_pkg::OpAdd: bad_o = add.a_shift[5] | add.b_shift[5] | add.out_shift[5];
        twill_pkg::OpMul: bad_o = bad_mul_shift;
        twill_pkg::OpPool:
          bad_o = pool.mode > twill_pkg::PoolModeMean | pool.out_h == 12'd0 | pool.out_w == 12'd0 | pool.channels == 16'd0
                | pool.kernel_y == 8'd0 | pool.kernel_x == 8'd0 | (pool.mode == twill_pkg::PoolModeMean & bad_pool_shift);
        twill_pkg::OpLookup: bad_o = ~lookup.keep_table & (lookup.table_base & WordMask) != 24'd0;
        twill_pkg::OpMove: bad_o = 1'b0;
        default: bad_o = 1'b1;                       // not a command of this engine
      endcase
    end
  end
endmodule
