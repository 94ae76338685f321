// SPDX-License-Identifier: Apache-2.0
// Walks the operand words of a pass, reads them from the scratchpad, masks them, and says of each what becomes of its sums.
//
//   pass:     taken (pass_take_o) when the walk of the one before ends, its weights are ready and, if it changes the array's
//             mode, the array is drained. No cycle is lost between two passes.
//   feeder:   scratchpad read port. A word without a valid byte asks for nothing.
//   take:     the semaphore of `tile_wait` is taken together with the read of the first word that enters a bank.
//   word_o:   three cycles after the grant (two of the scratchpad, one to mask), not stallable.
//   error_o:  an unmasked byte lies outside the scratchpad. Holds; nothing is issued any more.
//
// Two stages. The walk adds strides to the position of the word and works out its valid bytes; the word stands in a register
// while it asks for its semaphore and its read, so both requests start at registers.
//
// A second cursor walks the outputs: word number p of the stream completes output p - (rows - 1)*stream_w - (kernel_w - 1),
// kept when that falls into the image. The pass ends with its last output.
module twill_feeder #(
    parameter int unsigned Word            = 16,
    parameter int unsigned ScratchpadBytes = 262144,
    parameter int unsigned AccWords        = 1024
) (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic stop_i,

    input  logic                    pass_valid_i,
    input  twill_array_pkg::walk_t  walk_i,
    input  twill_array_pkg::place_t place_i,
    input  twill_array_pkg::rank_t  rank_i,
    input  logic                    weights_ready_i,
    input  logic                    drained_i,       // the array holds no sums on their way
    output logic                    pass_take_o,
    output logic                    first_issued_o,  // the first word of the pass taken last is on its way
    output logic                    last_issued_o,   // the last word of a command is

    output logic              feeder_req_o,
    output logic [23:0]       feeder_addr_o,
    input  logic              feeder_gnt_i,
    input  logic [Word*8-1:0] feeder_rdata_i,

    output logic       take_o,
    output logic [4:0] take_sem_o,
    input  logic       take_ok_i,

    output logic                  word_valid_o,
    output twill_array_pkg::tag_t tag_o,
    output logic [Word*8-1:0]     word_o,

    output logic        issued_o,   // a word is on its way
    output logic        blocked_o,  // a word waits for its semaphore or its read
    output logic        walking_o,  // there are words left to issue
    output logic        in_flight_o,  // words between the grant and word_o
    output logic        error_o,
    output logic [23:0] error_address_o
);
  localparam int unsigned BankWords = AccWords / twill_pkg::AccumulatorBanks;
  localparam int unsigned LaneBits = $clog2(Word) + 1;
  localparam logic [11:0] BankMask = 12'(BankWords - 1);
  localparam logic [11:0] AccMask = 12'(AccWords - 1);

  function automatic logic outside(input logic [23:0] address);
    outside = 25'(address) >= 25'(ScratchpadBytes);
  endfunction

  // ------------------------------------------------------------------------------------------------- walk: the next word
  logic walking_q;
  twill_array_pkg::walk_t walk_q;
  logic first_of_tile_q, last_of_tile_q, last_of_command_q;
  logic [LaneBits-1:0] lanes_q;
  logic first_q;                              // the first word of the pass
  logic [23:0] address_q, line_address_q;     // of the word, of the first word of its row
  logic [31:0] column_q, line_column_q;
  logic [23:0] row_q;
  logic [11:0] x_q;
  logic [12:0] out_x_q, out_y_q;              // the output this word completes, when in range
  logic [11:0] acc_q, tile_base_q;
  logic [ 8:0] delay_q;

  logic advance, wanted, at_end, line_end, out_line_end;
  assign wanted = out_x_q < {1'b0, walk_q.out_w} && !out_y_q[12];
  assign at_end = out_x_q == {1'b0, walk_q.out_w} - 13'd1 && out_y_q == {1'b0, walk_q.out_h} - 13'd1;
  assign line_end = x_q == walk_q.stream_w - 12'd1;
  assign out_line_end = out_x_q == {1'b0, walk_q.stream_w} - 13'd1;

  // Where the sums of the next pass start: a new tile begins at the next bank. When that is the very word the last operand
  // of this pass adds to, the next pass starts a cycle later: the accumulators read and write a word in neighbouring cycles.
  logic [11:0] after, start;
  logic word_free;
  assign after = walking_q ? acc_q + 12'd1 : acc_q;
  assign start = !rank_i.first_of_tile ? tile_base_q : rank_i.first_of_command ? walk_i.acc_base : (after + BankMask) & ~BankMask & AccMask;
  assign word_free = !walking_q || start != acc_q;

  logic mode_ready;
  assign mode_ready = walk_i.depthwise == walk_q.depthwise || (drained_i && !walking_o && !in_flight_o);
  assign pass_take_o = pass_valid_i && weights_ready_i && mode_ready && word_free && (!walking_q || (advance && at_end)) && !stop_i;

  always_ff @(posedge clk_i) begin
    if (pass_take_o) begin
      acc_q <= start;
      tile_base_q <= start;
      walk_q <= walk_i;
      first_of_tile_q <= rank_i.first_of_tile;
      last_of_tile_q <= rank_i.last_of_tile;
      last_of_command_q <= rank_i.last_of_command;
      lanes_q <= place_i.lanes > 16'(Word) ? LaneBits'(Word) : LaneBits'(place_i.lanes);
      first_q <= 1'b1;
      address_q <= place_i.address;
      line_address_q <= place_i.address;
      column_q <= place_i.column;
      line_column_q <= place_i.column;
      row_q <= place_i.row;
      x_q <= '0;
      out_x_q <= 13'd1 - 13'(walk_i.kernel_w);
      out_y_q <= 13'd1 - 13'(walk_i.rows);
      delay_q <= 9'(walk_i.stream_w - 12'(walk_i.kernel_w));
    end else if (advance) begin
      first_q <= 1'b0;
      if (line_end) begin
        x_q <= '0;
        address_q <= line_address_q + walk_q.y_step;
        line_address_q <= line_address_q + walk_q.y_step;
        column_q <= line_column_q;
        row_q <= row_q + 24'(walk_q.row_step);
      end else begin
        x_q <= x_q + 12'd1;
        address_q <= address_q + 24'(walk_q.x_step);
        column_q <= column_q + 32'(walk_q.column_step);
      end
      if (out_line_end) begin
        out_x_q <= '0;
        out_y_q <= out_y_q + 13'd1;
      end else begin
        out_x_q <= out_x_q + 13'd1;
      end
      if (wanted) acc_q <= (acc_q + 12'd1) & AccMask;
    end
    if (!rst_ni) begin
      walking_q <= 1'b0;
      walk_q.depthwise <= 1'b0;
    end else if (pass_take_o) walking_q <= 1'b1;
    else if (advance && at_end) walking_q <= 1'b0;
  end

  // --------------------------------------------------------------------------------------- word: asks to be let through
  logic word_valid_q;
  logic [23:0] word_address_q;
  logic [LaneBits-1:0] low_q, high_q;         // bytes [low, high) are valid
  logic any_q;                                // there is such a byte
  logic bad_q;
  logic [23:0] bad_address_q;
  logic take_q, word_last_q;
  logic [7:0] zero_q;
  twill_array_pkg::tag_t word_tag_q;
  logic fire;

  assign advance = walking_q && (!word_valid_q || fire);

  always_ff @(posedge clk_i) begin
    if (advance) begin
      logic [31:0] outside_left, room;
      logic [LaneBits-1:0] low, high;
      logic row_valid, any;
      logic [23:0] first_address, last_address;
      row_valid = row_q < 24'(walk_q.in_rows);
      outside_left = -column_q;
      room = 32'(walk_q.bound) - column_q;
      low = '0;
      high = lanes_q;
      if (walk_q.depthwise) begin
        row_valid = row_valid && column_q < 32'(walk_q.bound);
      end else begin
        if (column_q[31]) low = outside_left > 32'(Word) ? LaneBits'(Word) : LaneBits'(outside_left);
        if (room[31]) high = '0;
        else if (room < 32'(lanes_q)) high = LaneBits'(room);
      end
      any = row_valid && low < high;
      first_address = address_q + 24'(low);
      last_address = address_q + 24'(high) - 24'd1;

      word_address_q <= address_q;
      low_q <= low;
      high_q <= high;
      any_q <= any;
      bad_q <= any && (outside(first_address) || outside(last_address));
      bad_address_q <= outside(first_address) ? first_address : last_address;
      take_q <= wanted && first_of_tile_q && walk_q.tile_wait[5] && (acc_q & BankMask) == '0;
      word_last_q <= at_end && last_of_command_q;
      zero_q <= walk_q.zero_point;
      word_tag_q.first <= first_q;
      word_tag_q.depthwise <= walk_q.depthwise;
      word_tag_q.kernel_w <= walk_q.kernel_w;
      word_tag_q.delay <= delay_q;
      word_tag_q.wanted <= wanted;
      word_tag_q.sum.address <= acc_q;
      word_tag_q.sum.add <= !first_of_tile_q || walk_q.accumulate;
      word_tag_q.sum.give <= wanted && last_of_tile_q && walk_q.tile_signal[5] && ((acc_q & BankMask) == BankMask || at_end);
      word_tag_q.sum.sem <= walk_q.tile_signal[4:0];
    end
    if (!rst_ni) word_valid_q <= 1'b0;
    else if (advance) word_valid_q <= 1'b1;
    else if (fire) word_valid_q <= 1'b0;
  end

  // A semaphore belongs to the command whose word waits; two commands never share this register.
  logic [4:0] take_sem_q;
  always_ff @(posedge clk_i) if (advance) take_sem_q <= walk_q.tile_wait[4:0];

  logic may;
  assign may = word_valid_q && !bad_q && !stop_i && (!take_q || take_ok_i);
  assign feeder_req_o = may && any_q;
  assign feeder_addr_o = word_address_q;
  assign fire = may && (!any_q || feeder_gnt_i);
  assign take_o = fire && take_q;
  assign take_sem_o = take_sem_q;
  assign first_issued_o = fire && word_tag_q.first;
  assign last_issued_o = fire && word_last_q;
  assign issued_o = fire;
  assign blocked_o = word_valid_q && !fire;
  assign walking_o = walking_q || word_valid_q;
  assign error_o = word_valid_q && bad_q;
  assign error_address_o = bad_address_q;

  // ------------------------------------------------------------------------------- two cycles of scratchpad, then the mask
  logic read_valid_q, answer_valid_q, masked_valid_q;
  twill_array_pkg::tag_t read_tag_q, answer_tag_q, masked_tag_q;
  logic [LaneBits-1:0] read_low_q, read_high_q, answer_low_q, answer_high_q;
  logic [7:0] read_zero_q, answer_zero_q;
  logic [Word*8-1:0] masked_q;

  always_ff @(posedge clk_i) begin
    if (fire) begin
      read_tag_q <= word_tag_q;
      read_low_q <= low_q;
      read_high_q <= any_q ? high_q : '0;
      read_zero_q <= zero_q;
    end
    if (read_valid_q) begin
      answer_tag_q <= read_tag_q;
      answer_low_q <= read_low_q;
      answer_high_q <= read_high_q;
      answer_zero_q <= read_zero_q;
    end
    if (answer_valid_q) begin
      masked_tag_q <= answer_tag_q;
      if (answer_low_q == '0 && answer_high_q == LaneBits'(Word)) masked_q <= feeder_rdata_i;
      else
        for (int unsigned l = 0; l < Word; l++)
          masked_q[l*8+:8] <= (LaneBits'(l) >= answer_low_q && LaneBits'(l) < answer_high_q) ? feeder_rdata_i[l*8+:8] : answer_zero_q;
    end
    read_valid_q <= fire && rst_ni;
    answer_valid_q <= read_valid_q && rst_ni;
    masked_valid_q <= answer_valid_q && rst_ni;
  end

  assign word_valid_o = masked_valid_q;
  assign tag_o = masked_tag_q;
  assign word_o = masked_q;
  assign in_flight_o = read_valid_q || answer_valid_q || masked_valid_q;
endmodule
