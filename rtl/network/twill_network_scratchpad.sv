// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// Messages from other chips for the scratchpad. A flit is cut into pieces of a word (one, where a word holds a flit) that pass a
// pipe of three cycles: read what is there, wherever the message adds; wait; sum. Behind it pieces queue for the write port. So
// writes and sums stay in order and go at one a cycle.
//
// A sum must see every write before it to the same bytes. A read granted two cycles after a write's grant does: each piece holds an entry of a
// ring from its read until then, and a piece that adds waits while its own place is in the ring.
//
// valid_i and the flit hold until ready_o, which comes with its last piece. begun_o: a piece enters; written_o: the oldest is granted.
module twill_network_scratchpad #(
  parameter int unsigned Word = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              wake_i,          // something is or was here a cycle ago, or a reset
  // a flit
  input  logic              valid_i,
  input  logic              add_i,
  input  logic [23:0]       addr_i,          // a multiple of 16
  input  logic [127:0]      data_i,
  input  logic [15:0]       strobe_i,
  output logic              ready_o,
  // what is under way
  output logic              begun_o,
  output logic              written_o,
  output logic              busy_o,
  // scratchpad
  output logic              add_req_o,
  output logic [23:0]       add_addr_o,
  input  logic              add_gnt_i,
  input  logic [Word*8-1:0] add_rdata_i,
  output logic              netw_req_o,
  output logic [23:0]       netw_addr_o,
  output logic [Word*8-1:0] netw_data_o,
  output logic [Word-1:0]   netw_be_o,
  input  logic              netw_gnt_i
);
  localparam int unsigned Piece = Word < 16 ? Word : 16;    // bytes
  localparam int unsigned Parts = 16 / Piece;               // pieces of a flit
  localparam int unsigned PieceBits = $clog2(Piece);
  localparam int unsigned PlaceBits = 24 - PieceBits;       // a piece's place: its address in pieces
  localparam int unsigned Ring = 8;
  localparam logic [23:0] InWord = 24'(Word - 1);           // not ~24'(..): Yosys 0.23 loses the ~ of a cast

  // ------------------------------------------------------------------------------------------------- the next piece
  logic [PlaceBits-1:0] ring [Ring];
  logic [Ring-1:0]      held_q;                             // entries in use
  logic [2:0]           begin_q, end_q;

  logic [1:0]           part_q;
  logic [PlaceBits-1:0] place;
  logic [Piece*8-1:0]   data;
  logic [Piece-1:0]     strobe;
  logic                 possible, begins, hazard;

  always_comb begin
    place = '0;
    data = '0;
    strobe = '0;
    possible = 1'b0;
    hazard = 1'b0;
    if (valid_i) begin
      place = addr_i[23:PieceBits] + PlaceBits'(part_q);
      data = data_i[32'(part_q) * Piece * 8 +: Piece * 8];
      strobe = strobe_i[32'(part_q) * Piece +: Piece];
      possible = strobe != '0 && !held_q[begin_q];
      if (add_i) begin
        for (int unsigned i = 0; i < Ring; i++) hazard = hazard || (held_q[i] && ring[i] == place);
      end
    end
  end

  assign begun_o = begins;
  always_comb begin
    add_req_o = 1'b0;
    add_addr_o = '0;
    if (valid_i) begin
      add_req_o = possible && add_i && !hazard;
      add_addr_o = 24'({place, {PieceBits{1'b0}}}) & ~InWord;
    end
  end
  always_comb begin
    begins = 1'b0;
    ready_o = 1'b0;
    if (valid_i) begin
      begins = possible && (add_i ? add_req_o && add_gnt_i : 1'b1);
      ready_o = (begins || strobe == '0) && part_q == 2'(Parts - 1);
    end
  end

  if (Parts > 1) begin : gen_parts
    always_ff @(posedge clk_i) begin
      if (valid_i && (begins || strobe == '0)) part_q <= part_q == 2'(Parts - 1) ? '0 : part_q + 2'd1;
      if (!rst_ni) part_q <= '0;
    end
  end else begin : gen_whole
    assign part_q = '0;
  end

  // --------------------------------------------------------------------------------- t + 1, t + 2: what has been read
  logic                 read_q, arrived_q, read_add_q, add_q, freed_q;
  logic [PlaceBits-1:0] read_place_q, place_q;
  logic [Piece*8-1:0]   read_data_q, data_q, sum;
  logic [Piece-1:0]     read_strobe_q, strobe_q;

  always_ff @(posedge clk_i) begin
    if (wake_i) begin
      arrived_q <= read_q;
      if (read_q) begin
        add_q <= read_add_q;
        place_q <= read_place_q;
        data_q <= read_data_q;
        strobe_q <= read_strobe_q;
      end
      read_q <= begins;
      held_q <= (held_q | (Ring'(begins) << begin_q)) & ~(Ring'(freed_q) << end_q);
      if (freed_q) end_q <= end_q + 3'd1;
      freed_q <= written_o;
      if (begins) begin
        read_add_q <= add_i;
        read_place_q <= place;
        read_data_q <= data;
        read_strobe_q <= strobe;
        ring[begin_q] <= place;
        begin_q <= begin_q + 3'd1;
      end
      if (!rst_ni) begin
        read_q <= 1'b0;
        arrived_q <= 1'b0;
        freed_q <= 1'b0;
        held_q <= '0;
        begin_q <= '0;
        end_q <= '0;
      end
    end
  end

  always_comb begin
    sum = '0;
    if (arrived_q) begin
      sum = data_q;
      if (add_q) begin
        for (int unsigned i = 0; i < Piece / 4; i++)
          sum[i*32 +: 32] = data_q[i*32 +: 32] + add_rdata_i[(32'(place_q) * Piece % Word) * 8 + i*32 +: 32];
      end
    end
  end

  // ------------------------------------------------------------------------------------------------------ the writes
  localparam int unsigned EntryBits = PlaceBits + Piece + Piece * 8;
  logic                 unused_room;
  logic [PlaceBits-1:0] out_place;
  logic [Piece-1:0]     out_strobe;
  logic [Piece*8-1:0]   out_data;
  twill_fifo #(.Width(EntryBits), .Depth(Ring)) u_writes (
    .clk_i, .rst_ni,
    .in_valid_i(arrived_q), .in_data_i({place_q, strobe_q, sum}), .in_ready_o(unused_room),
    .out_valid_o(netw_req_o), .out_data_o({out_place, out_strobe, out_data}), .out_ready_i(netw_gnt_i));

  assign written_o = netw_req_o && netw_gnt_i;
  assign busy_o = held_q != '0;

  always_comb begin
    netw_addr_o = '0;
    netw_data_o = '0;
    netw_be_o = '0;
    if (netw_req_o) begin
      netw_addr_o = 24'({out_place, {PieceBits{1'b0}}}) & ~InWord;
      netw_data_o = {Word / Piece{out_data}};
      netw_be_o = Word'(out_strobe) << (32'(out_place) * Piece % Word);
    end
  end

  `TWILL_ASSERT_ROOM(WriteRoom, arrived_q, unused_room)
  `TWILL_ASSERT_STABLE(Write, netw_req_o, netw_gnt_i, {netw_addr_o, netw_data_o, netw_be_o})
endmodule
