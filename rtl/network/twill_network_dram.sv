// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// Messages from other chips for DRAM: a burst a flit, of one word or of as many as hold a flit. Its address goes at once, its data waits
// here until the write channel takes it; that lets in no more bursts than the buffer holds. Up to Bursts are not acknowledged at a time.
//
// valid_i and the flit hold until ready_o. acked_o: a pulse for each, in order.
module twill_network_dram #(
  parameter int unsigned Word = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              wake_i,           // something is or was here a cycle ago, or a reset
  // a flit
  input  logic              valid_i,
  input  logic [39:0]       addr_i,           // a multiple of 16
  input  logic [127:0]      data_i,
  input  logic [15:0]       strobe_i,
  output logic              ready_o,
  // what is under way
  output logic              busy_o,           // a burst is not acknowledged
  output logic              acked_o,
  output logic              refused_o,        // with acked_o: memory answered with an error
  // write client
  output logic              write_req_o,
  output logic [39:0]       write_addr_o,
  input  logic              write_gnt_i,
  output logic [Word*8-1:0] write_data_o,
  output logic [Word-1:0]   write_strobe_o,
  input  logic              write_next_i,
  input  logic              write_ack_i,
  input  logic              write_error_i
);
  localparam int unsigned Lanes = Word < 16 ? Word : 16;      // bytes of a flit in a word
  localparam int unsigned Beats = 16 / Lanes;
  localparam int unsigned Bursts = 128;
  localparam int unsigned Waiting = 8;                        // bursts the write channel lets in before it takes their data
  localparam int unsigned TurnBits = Word > 16 ? $clog2(Word / 16) : 1;

  logic [7:0] open_q;
  assign busy_o = open_q != '0;
  always_comb begin
    write_req_o = 1'b0;
    write_addr_o = '0;
    if (valid_i) begin
      write_req_o = !open_q[7];
      write_addr_o = {addr_i[39:$clog2(Word)], {$clog2(Word){1'b0}}};
    end
  end
  assign ready_o = write_req_o && write_gnt_i;

  always_ff @(posedge clk_i) begin
    if (wake_i) begin
      if (ready_o != write_ack_i) open_q <= ready_o ? open_q + 8'd1 : open_q - 8'd1;
      if (!rst_ni) open_q <= '0;
    end
  end

  if (Bursts != 128) begin : gen_bad_bursts
    $error("open_q counts to 128");
  end

  // ------------------------------------------------------------------------------------------------- data that wait
  logic                unused_room, data_valid, ends;
  logic [TurnBits-1:0] turn, out_turn;                        // which 16 bytes of the word
  logic [15:0]         out_strobe;
  logic [127:0]        out_data;
  if (Word > 16) begin : gen_turn
    assign turn = addr_i[4 +: TurnBits];
  end else begin : gen_no_turn
    assign turn = '0;
  end

  twill_fifo #(.Width(TurnBits + 144), .Depth(Waiting)) u_data (
    .clk_i, .rst_ni,
    .in_valid_i(ready_o), .in_data_i({turn, strobe_i, data_i}), .in_ready_o(unused_room),
    .out_valid_o(data_valid), .out_data_o({out_turn, out_strobe, out_data}), .out_ready_i(write_next_i && ends));

  logic [1:0] beat_q;
  assign ends = beat_q == 2'(Beats - 1);
  if (Beats > 1) begin : gen_beats
    always_ff @(posedge clk_i) begin
      if (write_next_i) beat_q <= ends ? '0 : beat_q + 2'd1;
      if (!rst_ni) beat_q <= '0;
    end
  end else begin : gen_beat
    assign beat_q = '0;
  end

  always_comb begin
    write_data_o = '0;
    write_strobe_o = '0;
    if (data_valid) begin
      write_data_o = {Word / Lanes{out_data[32'(beat_q) * Lanes * 8 +: Lanes * 8]}};
      write_strobe_o = Word'(out_strobe[32'(beat_q) * Lanes +: Lanes]) << (32'(out_turn) * 16 % Word);
    end
  end

  assign acked_o = write_ack_i;
  assign refused_o = write_error_i;

  `TWILL_ASSERT_ROOM(DataRoom, ready_o, unused_room)
endmodule
