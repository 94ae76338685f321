// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The passes of CONV and DEPTHWISE commands, one after the other: four nested counters and the place where each pass starts.
//
//   cmd:  valid/ready. One command waits here while the passes of the one before are walked, so the last pass of a command
//         and the first of the next follow each other like any two passes.
//   pass: pass_valid_o and what belongs to it hold until pass_take_i; the next pass is there in the next cycle.
//   bad_field_o: the waiting command breaks a rule across its fields. It is never started.
//
// The loops, inner to outer: CONV piece, kx, ky, tile; DEPTHWISE block, x phase, y phase, tile. Each level keeps the place of
// its current iteration; a step at one level adds that level's strides to its place and starts the levels inside from there,
// so there is one adder a coordinate and no multiplier.
module twill_passes #(
    parameter int unsigned Word     = 16,
    parameter int unsigned AccWords = 1024
) (
    input  logic clk_i,
    input  logic rst_ni,

    input  logic         cmd_valid_i,
    input  logic [511:0] cmd_i,
    output logic         cmd_ready_o,

    output logic                    pass_valid_o,
    output twill_array_pkg::walk_t  walk_o,         // of its command
    output logic [23:0]             weight_base_o,  // of its command
    output twill_array_pkg::place_t place_o,
    output twill_array_pkg::rank_t  rank_o,
    input  logic                    pass_take_i,

    output logic waiting_o,    // a command waits
    output logic bad_field_o
);
  localparam int unsigned WordBits = $clog2(Word);
  localparam int unsigned BankWords = AccWords / twill_pkg::AccumulatorBanks;

  logic         next_valid_q, next_bad_q;
  logic [511:0] next_q;
  logic         accept, load;

  logic valid_q;
  twill_array_pkg::rank_t rank_q;
  twill_array_pkg::walk_t walk_q;
  logic [23:0] weight_base_q;
  logic [15:0] left0_q, left1_q, left2_q, left3_q;      // iterations after this one, inner to outer
  logic [15:0] count0_q, count1_q, count2_q;            // to begin the inner loops again
  twill_array_pkg::place_t place0_q, place1_q, place2_q, place3_q;
  logic [23:0] step0_q, step1_q, step2_q, step3_q;      // address strides
  logic [15:0] column_step1_q;
  logic [ 7:0] row_step0_q, row_step2_q;

  `TWILL_STALL(stall_command)
  assign cmd_ready_o = !next_valid_q && !stall_command;
  assign waiting_o = next_valid_q;
  assign bad_field_o = next_valid_q && next_bad_q;
  assign accept = cmd_valid_i && cmd_ready_o;
  assign load = next_valid_q && !next_bad_q && (!valid_q || (pass_take_i && rank_q.last_of_command));

  assign pass_valid_o = valid_q;
  assign walk_o = walk_q;
  assign weight_base_o = weight_base_q;
  assign place_o = place0_q;
  assign rank_o = rank_q;

  // The queue and the decoder have read the rest.
  // verilator lint_off UNUSEDSIGNAL
  twill_pkg::conv_t coming, conv;
  twill_pkg::depthwise_t coming_depthwise, depthwise;
  // verilator lint_on UNUSEDSIGNAL
  assign coming = cmd_i;
  assign coming_depthwise = cmd_i;
  assign conv = next_q;
  assign depthwise = next_q;

  // Rules that span fields; the decoder has checked each field on its own.
  logic breaks_rule;
  always_comb begin
    breaks_rule = 1'b0;
    if (accept) begin
      breaks_rule = (32'(coming.acc_base) & (BankWords - 1)) != 0 || 32'(coming.acc_base) >= AccWords
          || 24'(coming.out_w) * 24'(coming.out_h) > 24'(AccWords);  // the three fields lie alike in both commands
      if (coming.opcode == twill_pkg::OpDepthwise
          && (12'(coming_depthwise.rows) * 12'(coming_depthwise.kernel_w) > 12'(Word)
              || coming_depthwise.stream_w < 12'(coming_depthwise.kernel_w) || coming_depthwise.stream_w < coming_depthwise.out_w
              || (coming_depthwise.rows > 4'd1
                  && 32'(coming_depthwise.stream_w) - 32'(coming_depthwise.kernel_w) > twill_pkg::LineBufferWords)))
        breaks_rule = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (pass_take_i) begin : next_pass  // a step at the innermost level that has iterations left
      logic [23:0] address, row;
      logic [31:0] column;
      logic [15:0] lanes;
      logic [15:0] left0, left1, left2, left3;
      logic        last_of_tile;
      left0 = count0_q;
      left1 = count1_q;
      left2 = count2_q;
      left3 = left3_q;
      if (left0_q != '0) begin
        left0 = left0_q - 16'd1;
        left1 = left1_q;
        left2 = left2_q;
        {address, column, row, lanes} = place0_q;
        address = place0_q.address + step0_q;
        row = place0_q.row + 24'(row_step0_q);
        if (!walk_q.depthwise) begin
          column = place0_q.column + 32'(Word);
          lanes = place0_q.lanes - 16'(Word);
        end
      end else if (left1_q != '0) begin
        left1 = left1_q - 16'd1;
        left2 = left2_q;
        {address, column, row, lanes} = place1_q;
        address = place1_q.address + step1_q;
        column = place1_q.column + 32'(column_step1_q);
        place1_q <= {address, column, row, lanes};
      end else if (left2_q != '0) begin
        left2 = left2_q - 16'd1;
        {address, column, row, lanes} = place2_q;
        address = place2_q.address + step2_q;
        row = place2_q.row + 24'(row_step2_q);
        place1_q <= {address, column, row, lanes};
        place2_q <= {address, column, row, lanes};
      end else begin
        left3 = left3_q - 16'd1;
        {address, column, row, lanes} = place3_q;
        address = place3_q.address + step3_q;
        if (walk_q.depthwise) lanes = place3_q.lanes > 16'(Word) ? place3_q.lanes - 16'(Word) : '0;
        place1_q <= {address, column, row, lanes};
        place2_q <= {address, column, row, lanes};
        place3_q <= {address, column, row, lanes};
      end
      place0_q <= {address, column, row, lanes};
      left0_q <= left0;
      left1_q <= left1;
      left2_q <= left2;
      left3_q <= left3;
      last_of_tile = left0 == '0 && left1 == '0 && left2 == '0;
      if (rank_q.last_of_command) valid_q <= 1'b0;
      rank_q <= {1'b0, last_of_tile && left3 == '0, rank_q.last_of_tile, last_of_tile};
    end

    if (load) begin : first_pass
      logic        is_depthwise, last_of_tile;
      logic [15:0] count0, count1, count2, count3;
      logic [95:0] start;
      is_depthwise = conv.opcode == twill_pkg::OpDepthwise;
      count3 = (is_depthwise ? depthwise.tiles : conv.tiles) - 16'd1;
      weight_base_q <= conv.weight_base;
      if (is_depthwise) begin
        count0 = 16'(depthwise.blocks) - 16'd1;
        count1 = 16'(depthwise.phases_x) - 16'd1;
        count2 = 16'(depthwise.phases_y) - 16'd1;
        start = {conv.in_base, {20{depthwise.x_start[11]}}, depthwise.x_start, {12{depthwise.y_start[11]}}, depthwise.y_start, depthwise.channels};
        walk_q <= {1'b1, conv.accumulate, conv.tile_wait, conv.tile_signal, conv.acc_base, conv.zero_point, conv.x_step, conv.y_step,
                   16'(depthwise.stride_x), 8'(depthwise.stride_y), 20'(depthwise.in_cols), depthwise.in_rows, depthwise.stream_w,
                   conv.out_w, conv.out_h, depthwise.rows[2:0], depthwise.kernel_w};
        step0_q <= depthwise.block_step;
        step1_q <= 24'(depthwise.phase_x_step);
        step2_q <= depthwise.phase_y_step;
        step3_q <= 24'(Word);
        column_step1_q <= 16'd1;
        row_step0_q <= 8'(depthwise.rows[2:0]) * 8'(depthwise.stride_y[2:0]);
        row_step2_q <= 8'd1;
      end else begin
        count0 = 16'((17'(conv.run_bytes) + 17'(Word - 1)) >> WordBits) - 16'd1;
        count1 = 16'(conv.kernel_x) - 16'd1;
        count2 = 16'(conv.kernel_y) - 16'd1;
        start = {conv.in_base, {12{conv.x_start[19]}}, conv.x_start, {12{conv.y_start[11]}}, conv.y_start, conv.run_bytes};
        walk_q <= {1'b0, conv.accumulate, conv.tile_wait, conv.tile_signal, conv.acc_base, conv.zero_point, conv.x_step, conv.y_step,
                   conv.x_step, conv.stride_y, conv.row_bytes, conv.in_rows, conv.out_w,
                   conv.out_w, conv.out_h, 3'd1, 8'd1};
        step0_q <= 24'(Word);
        step1_q <= 24'(conv.kx_step);
        step2_q <= conv.ky_step;
        step3_q <= conv.n_step;
        column_step1_q <= conv.kx_step;
        row_step0_q <= 8'd0;
        row_step2_q <= conv.dilation_y;
      end
      left0_q <= count0;
      left1_q <= count1;
      left2_q <= count2;
      left3_q <= count3;
      count0_q <= count0;
      count1_q <= count1;
      count2_q <= count2;
      place0_q <= start;
      place1_q <= start;
      place2_q <= start;
      place3_q <= start;
      last_of_tile = count0 == '0 && count1 == '0 && count2 == '0;
      rank_q <= {1'b1, last_of_tile && count3 == '0, 1'b1, last_of_tile};
    end

    if (load) begin
      valid_q <= 1'b1;
      next_valid_q <= 1'b0;
    end else if (accept) begin
      next_q <= cmd_i;
      next_bad_q <= breaks_rule;
      next_valid_q <= 1'b1;
    end
    if (!rst_ni) begin
      valid_q <= 1'b0;
      next_valid_q <= 1'b0;
    end
  end
endmodule
