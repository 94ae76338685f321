// SPDX-License-Identifier: Apache-2.0
// Fetches the weight tile of the next pass while the current one runs, and hands it to the array's shadow registers row by row.
//
//   pass:     the pass whose tile is wanted next; it holds until pass_take_i, and the fetch starts with its appearance.
//   weights:  scratchpad read port, one row a request, the row that meets the operand first (the top one) first.
//   ready_o:  the pass may be taken: its weights will be in place wherever its first word meets them.
//   first_issued_i: the first word of the pass taken last was granted; first_arrived_i: a first word meets the array, four cycles
//     after its grant, and the swap begins.
//   weight_*: one shadow row a cycle.
//   error_o:  the tile leaves the scratchpad; holds until reset.
//
// In CONV the swap runs diagonally through the array: row k from the top swaps its first column k cycles after the first
// word's arrival and its last column Word - 1 cycles after that. A row is therefore free for the next tile Word - 1 cycles after
// the swap began in it, and is needed again when the next swap begins in it. Writing one row a cycle from the top, a tile
// follows the old swap wave and stays ahead of the next, so passes of Word words could hide it completely. For that the
// tile must be fetched ahead of the free shadow: it waits in a buffer of two tiles (one moving on, one arriving). The fetch takes Word cycles of its own
// after the last pass was taken, hence passes of Word + 1 words or more hide the load.
// In DEPTHWISE all rows swap at once with the first word; a tile then moves in at once and is ready when it is in.
module twill_weight_loader #(
    parameter int unsigned Word            = 16,
    parameter int unsigned ScratchpadBytes = 262144
) (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic stop_i,

    input  logic        pass_valid_i,
    input  logic        pass_first_of_command_i,
    input  logic        pass_depthwise_i,
    input  logic [23:0] pass_weight_base_i,
    input  logic        pass_take_i,
    input  logic        first_issued_i,
    input  logic        first_arrived_i,
    input  logic        first_depthwise_i,
    output logic        ready_o,

    output logic              weights_req_o,
    output logic [23:0]       weights_addr_o,
    input  logic              weights_gnt_i,
    input  logic [Word*8-1:0] weights_rdata_i,

    output logic                    weight_valid_o,
    output logic [$clog2(Word)-1:0] weight_row_o,
    output logic [Word*8-1:0]       weight_o,

    output logic        error_o,
    output logic [23:0] error_address_o
);
  localparam int unsigned RowBits = $clog2(Word);

  // Pointers into the buffer: asked for, arrived, moved on. The low bits are the row counted from the top.
  logic [RowBits+1:0] asked_q, arrived_q, moved_q;
  logic [RowBits:0] fetched_q;                      // rows of the pass's tile asked for
  logic [23:0] row_address_q, row_address;
  logic grant, fetched_all;
  logic read_q, answer_q;                           // a row in the first, second cycle of its read
  logic [Word*8-1:0] buffer[2*Word];
  logic [Word*8-1:0] row_q;
  logic move, moving_q;
  logic [RowBits-1:0] row_number_q;
  logic open_q;                                     // the tile in the shadow has begun to swap in
  logic [RowBits-1:0] open_wait_q;                  // until the first row is free
  logic first_waits_q;                              // the pass taken last has not begun
  logic [RowBits-1:0] take_wait_q;                  // until the next may be taken

  assign fetched_all = fetched_q[RowBits];
  always_comb begin
    weights_req_o = 1'b0;
    error_o = 1'b0;
    row_address = row_address_q;
    if (pass_valid_i && !fetched_all && !stop_i) begin
      if (fetched_q == '0 && pass_first_of_command_i) row_address = pass_weight_base_i + 24'((Word - 1) * Word);
      if ((asked_q - moved_q) != (RowBits + 2)'(2 * Word)) begin
        error_o = 25'(row_address) + 25'(Word) > 25'(ScratchpadBytes);
        weights_req_o = !error_o;
      end
    end
  end
  assign weights_addr_o = row_address;
  assign grant = weights_req_o && weights_gnt_i;
  assign error_address_o = row_address;

  // A tile moves into the shadow when that is free: once the tile in it has begun to swap in; CONV waits Word - 1 cycles more
  // (a row moved in cycle t is written at the end of t + 1).
  always_comb begin
    move = 1'b0;
    if (arrived_q != moved_q) move = moved_q[RowBits-1:0] != '0 || (open_q && open_wait_q == '0);
  end
  assign weight_valid_o = moving_q;
  assign weight_row_o = row_number_q;
  assign weight_o = row_q;

  // When the pass may be taken. Its first word is granted two cycles later or more. CONV: that must be Word cycles after the last
  // first word's grant; the rows then are in time, for all are on their way. DEPTHWISE: every row must be in the shadow.
  always_comb begin
    ready_o = 1'b0;
    if (fetched_all && !first_waits_q) ready_o = pass_depthwise_i ? asked_q == moved_q : take_wait_q == '0;
  end

  always_ff @(posedge clk_i) begin
    if (answer_q) begin
      buffer[arrived_q[RowBits:0]] <= weights_rdata_i;
      arrived_q <= arrived_q + 1'b1;
    end
    answer_q <= read_q;
    read_q <= grant;
    if (grant) begin
      row_address_q <= &fetched_q[RowBits-1:0] ? row_address + 24'((2 * Word - 1) * Word) : row_address - 24'(Word);
      asked_q <= asked_q + 1'b1;
      fetched_q <= fetched_q + 1'b1;
    end

    if (open_wait_q != '0) open_wait_q <= open_wait_q - 1'b1;
    moving_q <= move;
    if (move) begin
      row_q <= buffer[moved_q[RowBits:0]];
      row_number_q <= ~moved_q[RowBits-1:0];  // the bottom row is number 0
      moved_q <= moved_q + 1'b1;
      if (moved_q[RowBits-1:0] == '0) open_q <= 1'b0;
    end
    if (first_arrived_i) begin
      open_q <= 1'b1;
      open_wait_q <= first_depthwise_i ? '0 : RowBits'(Word - 3);
    end

    if (take_wait_q != '0) take_wait_q <= take_wait_q - 1'b1;
    if (first_issued_i) begin
      first_waits_q <= 1'b0;
      take_wait_q <= RowBits'(Word - 3);
    end
    if (pass_take_i) begin
      fetched_q <= '0;
      first_waits_q <= 1'b1;
    end

    if (!rst_ni) begin
      asked_q <= '0;
      arrived_q <= '0;
      moved_q <= '0;
      fetched_q <= '0;
      read_q <= 1'b0;
      answer_q <= 1'b0;
      moving_q <= 1'b0;
      open_q <= 1'b1;
      open_wait_q <= '0;
      first_waits_q <= 1'b0;
      take_wait_q <= '0;
    end
  end
endmodule
