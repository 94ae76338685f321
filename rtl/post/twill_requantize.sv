// SPDX-License-Identifier: Apache-2.0
// The lanes of the post unit: Word requantizers, one word a cycle, bit for bit as numerics.md; the vector commands run on the
// same multipliers. Nothing here stalls: a beat (the data of one read) enters when it is here, its result leaves 3 cycles later.
//
//   cycle 0   enter      what goes in, by command, then x' = x << left           -> x
//   cycle 1   multiply   h = (x' * m + 2^30) >> 31                               -> h
//   cycle 2   finish     y = h >> right, ties away from zero; zero point, clamp  -> result_o
//
// What wraps and what does not: acc + bias is the end of an int32 accumulation and wraps like one (exact whenever the true sum
// fits). Every scaling saturates to int32: the left shift (TFLite's reference would overflow) and the sum of ADD.
//
// Multiplying unsigned saves the sign corrections: with u = x' + 2^31 and m >= 0, (x' * m + 2^30) >> 31 = ((u * m + 2^30) >> 31) - m
// exactly, because m * 2^31 is a multiple of 2^31.
//
// Parameters. A REQUANT tile has one record per lane; they arrive a word at a time (record_i) in a shift register, and each stage
// copies its fields as the first word of the tile (fresh_i) passes through it, so that one tile follows the other without a gap. The
// shift register still holds them after other commands have used the lanes: that is keep_parameters. The shift register may
// move again in the cycle in which the first word finishes (2 cycles after it entered), not earlier.
// The vector commands give every lane the same setting: set phase_i (ADD has one for each operand and one for the sum).
//
// Signed comparisons and shifts are written on values with the top bit turned over (v + 2^31, compared and shifted as unsigned): the same
// gates, and loops the simulator's compiler can vectorize.
//
// All state lives in flat arrays, private to one block, updated in place (see docs: RTL that simulates fast).
module twill_requantize #(
  parameter int unsigned Word = 16
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // A beat: its data is on bytes_i, looked_i or sums_i in this cycle.
  input  logic               valid_i,
  input  logic [7:0]         opcode_i,
  input  logic [1:0]         phase_i,        // ADD, MUL: 0 first operand, 1 second, 2 sum, 3 nothing; MOVE: 1 is a fill; else 0
  input  logic               first_i,        // POOL: first tap of a window
  input  logic               final_i,        // POOL: last tap of a window
  input  logic               fresh_i,        // REQUANT: first word of a tile
  input  logic [Word*8-1:0]  bytes_i,        // from the scratchpad
  input  logic [Word*8-1:0]  looked_i,       // the same through the table
  input  logic [Word*32-1:0] sums_i,         // from the accumulators
  input  logic               record_i,       // bytes_i is the next word of the records instead

  // Settings of the vector command, stable while its beats are in the lanes. Shifts in 0 .. 31.
  input  logic [31:0]        multiplier0_i,
  input  logic [31:0]        multiplier1_i,
  input  logic [31:0]        multiplier2_i,
  input  logic [4:0]         left0_i,
  input  logic [4:0]         left1_i,
  input  logic [4:0]         right0_i,
  input  logic [4:0]         right1_i,
  input  logic [4:0]         right2_i,
  input  logic [7:0]         zero_i,
  input  logic [7:0]         min_i,
  input  logic [7:0]         max_i,
  input  logic [7:0]         a_zero_i,       // ADD, MUL; the value of a fill
  input  logic [7:0]         b_zero_i,
  input  logic [31:0]        bias_i,         // POOL
  input  logic               largest_i,      // POOL: max
  input  logic               subtract_i,     // ADD

  output logic               result_valid_o,
  output logic [Word*8-1:0]  result_o
);
  // Values between the stages.
  logic [31:0] x [Word];             // shifted input
  logic [31:0] h [Word];             // after the high multiply
  logic [31:0] pool [Word];          // sum or maximum of the taps so far
  logic [31:0] a [Word];             // MUL: first operand; ADD: first operand scaled
  logic [31:0] sum [Word];           // ADD: both operands scaled and added

  // Parameters in use, by the stage that uses them.
  logic [31:0] bias [Word], left [Word];
  logic        lefts;                // some lane shifts left: rare, and the shifters rest otherwise
  logic [31:0] multiplier [Word];
  logic [31:0] right [Word], low [Word], high [Word], zero [Word];   // clamp limits without the zero point, + 2^31

  // Records: word 4*r of lane r is the bias, then the multiplier, then {max, min, zero point, shift}, then nothing.
  logic [31:0] record [Word*4];

  // Beats in the stages.
  logic       x_valid, h_valid;
  logic       x_requant, h_requant, x_fresh, h_fresh, x_add, h_add;
  logic [1:0] x_phase, h_phase;

  // ------------------------------------------------------------------------------------------------ what goes in
  task automatic enter_sums;
    for (int unsigned i = 0; i < Word; i++) x[i] = sums_i[i*32 +: 32] + bias[i];
  endtask

  task automatic enter_bytes(input logic [Word*8-1:0] bytes, input logic [31:0] offset);
    for (int unsigned i = 0; i < Word; i++) x[i] = 32'($signed(bytes[i*8 +: 8])) - offset;
  endtask

  task automatic enter_value(input logic [31:0] value);
    for (int unsigned i = 0; i < Word; i++) x[i] = value;
  endtask

  task automatic enter_added;
    for (int unsigned i = 0; i < Word; i++) x[i] = sum[i];
  endtask

  task automatic hold_first;
    for (int unsigned i = 0; i < Word; i++) a[i] = x[i];
  endtask

  task automatic enter_product;      // nine bits times nine bits
    for (int unsigned i = 0; i < Word; i++) x[i] = 32'($signed(x[i]) * $signed(a[i]));
  endtask

  task automatic enter_largest(input logic first);   // the first tap meets the smallest int32
    logic [31:0] keep;
    keep = {32{~first}};
    for (int unsigned i = 0; i < Word; i++) begin
      x[i] = x[i] ^ 32'h80000000;
      pool[i] = pool[i] & keep;
      pool[i] = pool[i] > x[i] ? pool[i] : x[i];
      x[i] = pool[i] ^ 32'h80000000;
    end
  endtask

  task automatic enter_total(input logic first);     // the first tap meets the bias
    logic [31:0] keep;
    keep = {32{~first}};
    for (int unsigned i = 0; i < Word; i++) begin
      pool[i] = ((pool[i] & keep) | (bias_i & ~keep)) + x[i];
      x[i] = pool[i];
    end
  endtask

  task automatic shift_left;
    for (int unsigned i = 0; i < Word; i++) begin : lane
      logic [31:0] shifted, limit, lost;
      shifted = x[i] << left[i][4:0];
      limit = 32'h7fffffff ^ (32'd0 - (x[i] >> 31));
      lost = (((shifted ^ 32'h80000000) >> left[i][4:0]) - (32'h80000000 >> left[i][4:0])) ^ x[i];
      lost = 32'd0 - ((lost | (32'd0 - lost)) >> 31);  // all ones unless shifting back restores x
      x[i] = (shifted & ~lost) | (limit & lost);
    end
  endtask

  // ---------------------------------------------------------------------------------------------- the other stages
  task automatic multiply;
    for (int unsigned i = 0; i < Word; i++) begin : lane
      logic [31:0] u;
      logic [63:0] product;
      u = x[i] ^ 32'h80000000;
      product = 64'(u) * 64'(multiplier[i]) + 64'h40000000;
      h[i] = 32'(product >> 31) - multiplier[i];
    end
  endtask

  task automatic shift_right;        // of h, in place
    for (int unsigned i = 0; i < Word; i++) begin : lane
      logic [31:0] mask, half;
      mask = ~(32'hffffffff << right[i][4:0]);
      half = (mask >> 1) + (h[i] >> 31);
      h[i] = ((h[i] ^ 32'h80000000) >> right[i][4:0]) - (32'h80000000 >> right[i][4:0])
           + ((half - (h[i] & mask)) >> 31);         // 1 if the part shifted out is more than half
    end
  endtask

  task automatic clamp;
    for (int unsigned i = 0; i < Word; i++) begin
      h[i] = h[i] ^ 32'h80000000;
      h[i] = h[i] < low[i] ? low[i] : h[i];
      h[i] = h[i] > high[i] ? high[i] : h[i];
      h[i] = h[i] + zero[i];                         // the lowest byte is the result
    end
  endtask

  task automatic keep_scaled;
    for (int unsigned i = 0; i < Word; i++) a[i] = h[i];
  endtask

  task automatic add_scaled(input logic subtract);   // saturating
    for (int unsigned i = 0; i < Word; i++) begin : lane
      logic [31:0] term, total, limit, lost;
      term = subtract ? 32'd0 - h[i] : h[i];         // |h| is below 2^31 but for a multiplier the contract excludes
      total = a[i] + term;
      limit = 32'h7fffffff ^ {32{a[i][31]}};
      lost = {32{(total[31] ^ a[i][31]) & ~(a[i][31] ^ term[31])}};
      sum[i] = (total & ~lost) | (limit & lost);
    end
  endtask

  // ---------------------------------------------------------------------------------------------------- parameters
  task automatic take_records_enter;
    lefts = 1'b0;
    for (int unsigned i = 0; i < Word; i++) begin
      bias[i] = record[4*i];
      left[i] = record[4*i+2][7] ? 32'd0 : {27'd0, record[4*i+2][4:0]};
      lefts = lefts | (left[i] != 32'd0);
    end
  endtask

  task automatic take_records_multiply;
    for (int unsigned i = 0; i < Word; i++) multiplier[i] = record[4*i+1];
  endtask

  task automatic take_records_finish;
    for (int unsigned i = 0; i < Word; i++) begin : lane
      logic [31:0] fields;
      fields = record[4*i+2];
      right[i] = fields[7] ? {27'd0, 5'd0 - fields[4:0]} : 32'd0;
      zero[i] = 32'($signed(fields[15:8]));
      low[i]  = (32'($signed(fields[23:16])) - zero[i]) ^ 32'h80000000;
      high[i] = (32'($signed(fields[31:24])) - zero[i]) ^ 32'h80000000;
    end
  endtask

  task automatic set_enter(input logic [4:0] amount);
    lefts = amount != 5'd0;
    for (int unsigned i = 0; i < Word; i++) left[i] = {27'd0, amount};
  endtask

  task automatic set_multiply(input logic [31:0] value);
    for (int unsigned i = 0; i < Word; i++) multiplier[i] = value;
  endtask

  task automatic set_finish(input logic [4:0] amount);
    for (int unsigned i = 0; i < Word; i++) begin
      right[i] = {27'd0, amount};
      zero[i] = 32'($signed(zero_i));
      low[i]  = (32'($signed(min_i)) - 32'($signed(zero_i))) ^ 32'h80000000;
      high[i] = (32'($signed(max_i)) - 32'($signed(zero_i))) ^ 32'h80000000;
    end
  endtask

  task automatic shift_records;
    for (int unsigned i = 0; i < Word*4 - Word/4; i++) record[i] = record[i + Word/4];
    for (int unsigned i = 0; i < Word/4; i++) record[Word*4 - Word/4 + i] = bytes_i[i*32 +: 32];
  endtask

  // ------------------------------------------------------------------------------------------------------- a cycle
  task automatic finish;
    if (h_requant) begin
      if (h_fresh) take_records_finish();
    end else begin
      set_finish(h_phase == 2'd0 ? right0_i : h_phase == 2'd1 ? right1_i : right2_i);
    end
    shift_right();
    if (h_add && h_phase == 2'd0) keep_scaled();
    else if (h_add && h_phase == 2'd1) add_scaled(subtract_i);
    else clamp();
  endtask

  task automatic advance;
    if (x_requant) begin
      if (x_fresh) take_records_multiply();
    end else begin
      set_multiply(x_phase == 2'd0 ? multiplier0_i : x_phase == 2'd1 ? multiplier1_i : multiplier2_i);
    end
    multiply();
  endtask

  task automatic enter;
    if (opcode_i == twill_pkg::OpRequant) begin
      if (fresh_i) take_records_enter();
      enter_sums();
    end else begin
      set_enter(phase_i == 2'd0 ? left0_i : phase_i == 2'd1 ? left1_i : 5'd0);
      case (opcode_i)
        twill_pkg::OpAdd: begin
          if (phase_i == 2'd2) enter_added();
          else enter_bytes(bytes_i, phase_i == 2'd0 ? 32'($signed(a_zero_i)) : 32'($signed(b_zero_i)));
        end
        twill_pkg::OpMul: begin
          enter_bytes(bytes_i, phase_i == 2'd0 ? 32'($signed(a_zero_i)) : 32'($signed(b_zero_i)));
          if (phase_i == 2'd0) hold_first();
          else enter_product();
        end
        twill_pkg::OpPool: begin
          enter_bytes(bytes_i, 32'd0);
          if (largest_i) enter_largest(first_i);
          else enter_total(first_i);
        end
        twill_pkg::OpLookup: enter_bytes(looked_i, 32'd0);
        default: begin                               // MOVE
          if (phase_i == 2'd1) enter_value(32'($signed(a_zero_i)));
          else enter_bytes(bytes_i, 32'd0);
        end
      endcase
    end
    if (lefts) shift_left();
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      x_valid = 1'b0;
      h_valid = 1'b0;
      result_valid_o <= 1'b0;
    end else begin
      result_valid_o <= h_valid & ~(h_add & ~h_phase[1]);
      if (h_valid) begin
        finish();
        for (int unsigned i = 0; i < Word; i += 4) result_o[i*8 +: 32] <= {h[i+3][7:0], h[i+2][7:0], h[i+1][7:0], h[i][7:0]};
      end
      if (x_valid) advance();
      h_valid = x_valid;
      h_requant = x_requant;
      h_fresh = x_fresh;
      h_add = x_add;
      h_phase = x_phase;
      x_valid = 1'b0;
      if (valid_i) begin
        enter();
        x_requant = opcode_i == twill_pkg::OpRequant;
        x_fresh = fresh_i;
        x_add = opcode_i == twill_pkg::OpAdd;
        x_phase = phase_i;
        x_valid = ~(opcode_i == twill_pkg::OpPool & ~final_i) & ~(opcode_i == twill_pkg::OpMul & phase_i == 2'd0);  // else it stays
      end
      if (record_i) shift_records();                 // after the stages have copied theirs
    end
  end
endmodule
