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
    output twill_array_pkg::mode_t mode_o,
    output twill_array_pkg::sum_t sum_o,
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
  // What a pass does not change stands in plain registers: the simulator digs fields out of a packed struct again each time.
  logic walking_q;
  logic depthwise_q;
  logic first_q;                              // the first word of the pass
  logic last_of_command_q;
  logic [23:0] address_q, line_address_q;     // of the word, of the first word of its row
  logic [31:0] column_q, line_column_q;
  logic [23:0] row_q;
  logic [11:0] x_q;
  logic [12:0] out_x_q, out_y_q;              // the output this word completes, when in range
  logic [11:0] acc_q, tile_base_q;
  logic [15:0] x_step_q, column_step_q;
  logic [23:0] y_step_q;
  logic [ 7:0] row_step_q;
  logic [11:0] in_rows_q;
  logic [31:0] bound_q;
  logic [LaneBits-1:0] lanes_q;
  logic [11:0] x_last_q;                      // the last word of a stream row
  logic [12:0] out_x_end_q, out_x_last_q, out_y_last_q, out_line_last_q;
  logic tile_take_q, tile_give_q;             // entering, leaving a bank takes, gives a semaphore
  logic [4:0] take_sem_q;                     // a semaphore belongs to the command whose word waits; two commands never share the word
  logic [17:0] mode_q;                        // mode_t of its words but for `first`
  logic sum_add_q;
  logic [4:0] give_sem_q;
  logic [7:0] walk_zero_q;

  logic advance, at_end, fire;
  logic word_valid_q;
  assign advance = walking_q && (!word_valid_q || fire);
  assign at_end = out_x_q == out_x_last_q && out_y_q == out_y_last_q;

  // Where the sums of the next pass start: a new tile begins at the next bank. When that is the very word the last operand
  // of this pass adds to, the next pass starts a cycle later: the accumulators read and write a word in neighbouring cycles.
  logic [11:0] start;
  always_comb begin
    start = '0;
    pass_take_o = 1'b0;
    if (pass_valid_i && weights_ready_i && (!walking_q || (advance && at_end))) begin
      start = !rank_i.first_of_tile ? tile_base_q : rank_i.first_of_command ? walk_i.acc_base
          : ((walking_q ? acc_q + 12'd1 : acc_q) + BankMask) & ~BankMask & AccMask;
      pass_take_o = (!walking_q || start != acc_q) && !stop_i
          && (walk_i.depthwise == depthwise_q || (drained_i && !walking_o && !in_flight_o));
    end
  end

  // --------------------------------------------------------------------------------------- word: asks to be let through
  logic [23:0] word_address_q;
  logic [LaneBits-1:0] low_q, high_q;         // bytes [low, high) are valid
  logic any_q;                                // there is such a byte
  logic bad_q;
  logic [23:0] bad_address_q;
  logic take_q, word_last_q;
  logic [4:0] word_sem_q;
  logic [7:0] zero_q;
  twill_array_pkg::mode_t word_mode_q;
  twill_array_pkg::sum_t word_sum_q;

  always_ff @(posedge clk_i) begin
    if (advance) begin
      logic [31:0] outside_left, room;
      logic [LaneBits-1:0] low, high;
      logic row_valid, any, wanted;
      logic [23:0] first_address, last_address;
      row_valid = row_q < 24'(in_rows_q);
      outside_left = -column_q;
      room = bound_q - column_q;
      low = '0;
      high = lanes_q;
      if (depthwise_q) begin
        row_valid = row_valid && column_q < bound_q;
      end else begin
        if (column_q[31]) low = outside_left > 32'(Word) ? LaneBits'(Word) : LaneBits'(outside_left);
        if (room[31]) high = '0;
        else if (room < 32'(lanes_q)) high = LaneBits'(room);
      end
      any = row_valid && low < high;
      first_address = address_q + 24'(low);
      last_address = address_q + 24'(high) - 24'd1;
      wanted = out_x_q < out_x_end_q && !out_y_q[12];

      word_address_q <= address_q;
      low_q <= low;
      high_q <= any ? high : '0;
      any_q <= any;
      bad_q <= any && (outside(first_address) || outside(last_address));
      bad_address_q <= outside(first_address) ? first_address : last_address;
      take_q <= wanted && tile_take_q && (acc_q & BankMask) == '0;
      word_sem_q <= take_sem_q;
      word_last_q <= at_end && last_of_command_q;
      zero_q <= walk_zero_q;
      word_mode_q <= {first_q, mode_q};
      word_sum_q <= {wanted, acc_q, sum_add_q, wanted && tile_give_q && ((acc_q & BankMask) == BankMask || at_end), give_sem_q};

      // The next word of this pass.
      first_q <= 1'b0;
      if (x_q != x_last_q) begin
        x_q <= x_q + 12'd1;
        address_q <= address_q + 24'(x_step_q);
        column_q <= column_q + 32'(column_step_q);
      end else begin
        x_q <= '0;
        address_q <= line_address_q + y_step_q;
        line_address_q <= line_address_q + y_step_q;
        column_q <= line_column_q;
        row_q <= row_q + 24'(row_step_q);
      end
      if (out_x_q != out_line_last_q) begin
        out_x_q <= out_x_q + 13'd1;
      end else begin
        out_x_q <= '0;
        out_y_q <= out_y_q + 13'd1;
      end
      if (wanted) acc_q <= (acc_q + 12'd1) & AccMask;
      if (at_end) walking_q <= 1'b0;
      word_valid_q <= 1'b1;
    end else if (fire) begin
      word_valid_q <= 1'b0;
    end
    if (pass_take_o) begin
      walking_q <= 1'b1;
      depthwise_q <= walk_i.depthwise;
      first_q <= 1'b1;
      last_of_command_q <= rank_i.last_of_command;
      address_q <= place_i.address;
      line_address_q <= place_i.address;
      column_q <= place_i.column;
      line_column_q <= place_i.column;
      row_q <= place_i.row;
      x_q <= '0;
      out_x_q <= 13'd1 - 13'(walk_i.kernel_w);
      out_y_q <= 13'd1 - 13'(walk_i.rows);
      acc_q <= start;
      tile_base_q <= start;
      x_step_q <= walk_i.x_step;
      column_step_q <= walk_i.column_step;
      y_step_q <= walk_i.y_step;
      row_step_q <= walk_i.row_step;
      in_rows_q <= walk_i.in_rows;
      bound_q <= 32'(walk_i.bound);
      lanes_q <= place_i.lanes > 16'(Word) ? LaneBits'(Word) : LaneBits'(place_i.lanes);
      x_last_q <= walk_i.stream_w - 12'd1;
      out_x_end_q <= {1'b0, walk_i.out_w};
      out_x_last_q <= {1'b0, walk_i.out_w} - 13'd1;
      out_y_last_q <= {1'b0, walk_i.out_h} - 13'd1;
      out_line_last_q <= {1'b0, walk_i.stream_w} - 13'd1;
      tile_take_q <= rank_i.first_of_tile && walk_i.tile_wait[5];
      tile_give_q <= rank_i.last_of_tile && walk_i.tile_signal[5];
      take_sem_q <= walk_i.tile_wait[4:0];
      give_sem_q <= walk_i.tile_signal[4:0];
      mode_q <= {walk_i.depthwise, walk_i.kernel_w, 9'(walk_i.stream_w - 12'(walk_i.kernel_w))};
      sum_add_q <= !rank_i.first_of_tile || walk_i.accumulate;
      walk_zero_q <= walk_i.zero_point;
    end
    if (!rst_ni) begin
      walking_q <= 1'b0;
      depthwise_q <= 1'b0;
      word_valid_q <= 1'b0;
    end
  end

  // The request, and what does not follow from its grant.
  logic may;
  assign may = word_valid_q && !bad_q && !stop_i && (!take_q || take_ok_i);
  assign feeder_req_o = may && any_q;
  assign feeder_addr_o = word_address_q;
  assign fire = may && (!any_q || feeder_gnt_i);
  assign take_o = fire && take_q;
  assign take_sem_o = word_sem_q;
  assign first_issued_o = fire && word_mode_q.first;
  assign last_issued_o = fire && word_last_q;
  assign issued_o = fire;
  assign blocked_o = word_valid_q && !fire;
  assign walking_o = walking_q || word_valid_q;
  assign error_o = word_valid_q && bad_q;
  assign error_address_o = bad_address_q;

  // ------------------------------------------------------------------------------- two cycles of scratchpad, then the mask
  logic read_valid_q, answer_valid_q, masked_valid_q;
  twill_array_pkg::mode_t read_mode_q, answer_mode_q, masked_mode_q;
  twill_array_pkg::sum_t read_sum_q, answer_sum_q, masked_sum_q;
  logic [LaneBits-1:0] read_low_q, read_high_q, answer_low_q, answer_high_q;
  logic [7:0] read_zero_q, answer_zero_q;
  logic [Word*8-1:0] masked_q;

  always_ff @(posedge clk_i) begin
    if (fire) begin
      read_mode_q <= word_mode_q;
      read_sum_q <= word_sum_q;
      read_low_q <= low_q;
      read_high_q <= high_q;
      read_zero_q <= zero_q;
    end
    if (read_valid_q) begin
      answer_mode_q <= read_mode_q;
      answer_sum_q <= read_sum_q;
      answer_low_q <= read_low_q;
      answer_high_q <= read_high_q;
      answer_zero_q <= read_zero_q;
    end
    if (answer_valid_q) begin
      masked_mode_q <= answer_mode_q;
      masked_sum_q <= answer_sum_q;
      if (answer_low_q == '0 && answer_high_q == LaneBits'(Word)) masked_q <= feeder_rdata_i;
      else
        for (int unsigned l = 0; l < Word; l++)
          masked_q[l*8+:8] <= (LaneBits'(l) >= answer_low_q && LaneBits'(l) < answer_high_q) ? feeder_rdata_i[l*8+:8] : answer_zero_q;
    end
    masked_valid_q <= answer_valid_q;
    answer_valid_q <= read_valid_q;
    read_valid_q <= fire;
    if (!rst_ni) begin
      read_valid_q <= 1'b0;
      answer_valid_q <= 1'b0;
      masked_valid_q <= 1'b0;
    end
  end

  assign word_valid_o = masked_valid_q;
  assign mode_o = masked_mode_q;
  assign sum_o = masked_sum_q;
  assign word_o = masked_q;
  assign in_flight_o = read_valid_q || answer_valid_q || masked_valid_q;
endmodule
