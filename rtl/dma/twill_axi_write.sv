// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// The write half of the memory port, shared by mark unit (id 0), store engine (id 1) and network receiver (id 2). Marks go first; they
// are rare. Store and network take turns, burst by burst. A burst
// is never broken: its beats come without those of another between them, and only once its address is at the pins. They do not wait
// for memory to take the address: it may want to see data first.
//
// Store: req, addr, beats hold until gnt. The beats must be there by then; store_next_o takes the one shown. ack is a pulse for
// each burst, in order. Network: likewise, all its bursts of NetBeats beats.
// Mark: a record of 128 bytes at a multiple of 128. valid, addr, data hold until ready, which comes when the last beat has been
// taken; done is a pulse when memory has acknowledged the record, in order.
module twill_axi_write #(
  parameter int unsigned Word = 16,
  parameter int unsigned NetBeats = Word < twill_pkg::FlitBytes ? twill_pkg::FlitBytes / Word : 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // mark unit
  input  logic              mark_valid_i,
  input  logic [39:0]       mark_addr_i,
  input  logic [1023:0]     mark_data_i,
  output logic              mark_ready_o,
  output logic              mark_done_o,
  output logic              mark_error_o,      // with mark_done_o: memory refused it
  // store engine
  input  logic              store_req_i,
  input  logic [39:0]       store_addr_i,
  input  logic [4:0]        store_beats_i,
  output logic              store_gnt_o,
  input  logic [Word*8-1:0] store_data_i,
  input  logic [Word-1:0]   store_strobe_i,
  output logic              store_next_o,
  output logic              store_ack_o,
  output logic              store_error_o,     // with store_ack_o
  // network receiver
  input  logic              net_req_i,
  input  logic [39:0]       net_addr_i,
  output logic              net_gnt_o,
  input  logic [Word*8-1:0] net_data_i,
  input  logic [Word-1:0]   net_strobe_i,
  output logic              net_next_o,
  output logic              net_ack_o,
  output logic              net_error_o,       // with net_ack_o
  // AXI4
  output logic [1:0]        m_axi_awid_o,
  output logic [39:0]       m_axi_awaddr_o,
  output logic [7:0]        m_axi_awlen_o,
  output logic [2:0]        m_axi_awsize_o,
  output logic [1:0]        m_axi_awburst_o,
  output logic              m_axi_awvalid_o,
  input  logic              m_axi_awready_i,
  output logic [Word*8-1:0] m_axi_wdata_o,
  output logic [Word-1:0]   m_axi_wstrb_o,
  output logic              m_axi_wlast_o,
  output logic              m_axi_wvalid_o,
  input  logic              m_axi_wready_i,
  input  logic [1:0]        m_axi_bid_i,
  input  logic [1:0]        m_axi_bresp_i,
  input  logic              m_axi_bvalid_i,
  output logic              m_axi_bready_o
);
  localparam int unsigned RecordBeats = twill_pkg::MarkBytes / Word;
  localparam int unsigned MarkBeats = RecordBeats < twill_pkg::MaxBurstBeats ? RecordBeats : twill_pkg::MaxBurstBeats;
  localparam int unsigned MarkBursts = RecordBeats / MarkBeats;    // 1, or 2 where words are of 4 bytes
  localparam int unsigned RecordBits = $clog2(RecordBeats) + 1;
  localparam int unsigned Open = 8;     // bursts asked for whose data are not all sent

  // ------------------------------------------------------------------------------------------------------ addresses
  localparam logic [1:0] Mark = 2'd0, Store = 2'd1, Net = 2'd2;
  logic       room, mark_wanted, net_wanted, accept, burst_sent;
  logic       net_turn_q;               // between store and network
  logic [1:0] mark_bursts_q;            // of the current record, asked for
  logic [3:0] open_q;

  `TWILL_STALL(stall_address)

  always_comb begin
    mark_wanted = 1'b0;
    net_wanted = 1'b0;
    accept = 1'b0;
    if (store_req_i || net_req_i || mark_valid_i) begin
      mark_wanted = mark_valid_i && mark_bursts_q != 2'(MarkBursts);
      net_wanted = net_req_i && (!store_req_i || net_turn_q);
      accept = (store_req_i || net_req_i || mark_wanted) && room && open_q != 4'(Open) && !stall_address;
    end
  end
  assign store_gnt_o = accept && !mark_wanted && !net_wanted;
  assign net_gnt_o = accept && !mark_wanted && net_wanted;

  logic [39:0] mark_burst_addr;
  if (MarkBursts == 1) begin : gen_mark_burst
    assign mark_burst_addr = mark_addr_i;
  end else begin : gen_mark_bursts
    assign mark_burst_addr = mark_addr_i + 40'({mark_bursts_q, {$clog2(MarkBeats * Word){1'b0}}});
  end

  logic [1:0]  id;
  logic [39:0] addr;
  logic [4:0]  beats;
  always_comb begin
    id = Mark;
    addr = '0;
    beats = '0;
    if (accept) begin
      id = mark_wanted ? Mark : net_wanted ? Net : Store;
      addr = mark_wanted ? mark_burst_addr : net_wanted ? net_addr_i : store_addr_i;
      beats = mark_wanted ? 5'(MarkBeats) : net_wanted ? 5'(NetBeats) : store_beats_i;
    end
  end

  twill_axi_address #(.IdBits(2)) u_address (
    .clk_i, .rst_ni,
    .in_valid_i(accept), .in_id_i(id), .in_addr_i(addr), .in_beats_i(beats), .in_ready_o(room),
    .id_o(m_axi_awid_o), .addr_o(m_axi_awaddr_o), .len_o(m_axi_awlen_o), .valid_o(m_axi_awvalid_o), .ready_i(m_axi_awready_i));
  assign m_axi_awsize_o = 3'($clog2(Word));
  assign m_axi_awburst_o = 2'b01;

  always_ff @(posedge clk_i) begin
    if (accept || burst_sent) begin
      if (accept != burst_sent) open_q <= accept ? open_q + 4'd1 : open_q - 4'd1;
      if (accept && mark_wanted) mark_bursts_q <= mark_bursts_q + 2'd1;
      if (store_gnt_o || net_gnt_o) net_turn_q <= store_gnt_o;
      if (mark_ready_o) mark_bursts_q <= '0;   // with the last beat of its last burst
    end
    if (!rst_ni) begin
      open_q <= '0;
      net_turn_q <= 1'b0;
      mark_bursts_q <= '0;
    end
  end

  // ----------------------------------------------------------------------------------- data, in the order of addresses
  logic       held_q;                   // the address at the pins has been there before
  always_ff @(posedge clk_i) begin
    held_q <= m_axi_awvalid_o && !m_axi_awready_i;
    if (!rst_ni) held_q <= 1'b0;
  end

  logic       burst_valid, unused_room, send;
  logic [1:0] burst_id;
  logic [3:0] burst_len, beat_q;
  logic [RecordBits-1:0] record_beat_q;

  twill_fifo #(.Width(6), .Depth(Open)) u_order (
    .clk_i, .rst_ni,
    .in_valid_i(m_axi_awvalid_o && !held_q), .in_data_i({m_axi_awid_o, m_axi_awlen_o[3:0]}), .in_ready_o(unused_room),
    .out_valid_o(burst_valid), .out_data_o({burst_id, burst_len}), .out_ready_i(burst_sent));

  always_comb begin
    send = 1'b0;
    burst_sent = 1'b0;
    store_next_o = 1'b0;
    net_next_o = 1'b0;
    mark_ready_o = 1'b0;
    if (burst_valid && (!m_axi_wvalid_o || m_axi_wready_i)) begin
      send = 1'b1;
      burst_sent = beat_q == burst_len;
      store_next_o = burst_id == Store;
      net_next_o = burst_id == Net;
      mark_ready_o = burst_id == Mark && record_beat_q == RecordBits'(RecordBeats - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (send) begin
      m_axi_wvalid_o <= 1'b1;
      m_axi_wlast_o <= burst_sent;
      beat_q <= burst_sent ? '0 : beat_q + 4'd1;
      if (burst_id == Store) begin
        m_axi_wdata_o <= store_data_i;
        m_axi_wstrb_o <= store_strobe_i;
      end else if (burst_id == Net) begin
        m_axi_wdata_o <= net_data_i;
        m_axi_wstrb_o <= net_strobe_i;
      end else begin
        m_axi_wdata_o <= mark_data_i[record_beat_q * Word * 8 +: Word * 8];
        m_axi_wstrb_o <= '1;
        record_beat_q <= mark_ready_o ? '0 : record_beat_q + 1'b1;
      end
    end else if (m_axi_wready_i) begin
      m_axi_wvalid_o <= 1'b0;
    end
    if (!rst_ni) begin
      m_axi_wvalid_o <= 1'b0;
      beat_q <= '0;
      record_beat_q <= '0;
    end
  end

  // ----------------------------------------------------------------------------------------------- acknowledgements
  logic mark_ack_q, ack_error_q, mark_half_q, mark_half_error_q;
  assign m_axi_bready_o = 1'b1;
  assign store_error_o = ack_error_q;
  assign net_error_o = ack_error_q;
  assign mark_done_o = mark_ack_q && (MarkBursts == 1 || mark_half_q);
  assign mark_error_o = ack_error_q || mark_half_error_q;

  always_ff @(posedge clk_i) begin
    if (mark_ack_q) begin
      mark_half_q <= !mark_done_o;
      mark_half_error_q <= !mark_done_o && ack_error_q;
    end
    store_ack_o <= 1'b0;
    net_ack_o <= 1'b0;
    mark_ack_q <= 1'b0;
    if (m_axi_bvalid_i) begin
      store_ack_o <= m_axi_bid_i == Store;
      net_ack_o <= m_axi_bid_i == Net;
      mark_ack_q <= m_axi_bid_i == Mark;
      ack_error_q <= m_axi_bresp_i != 2'b00;
    end
    if (!rst_ni) begin
      store_ack_o <= 1'b0;
      net_ack_o <= 1'b0;
      mark_ack_q <= 1'b0;
      mark_half_q <= 1'b0;
      mark_half_error_q <= 1'b0;
    end
  end

  `TWILL_ASSERT_ROOM(OrderRoom, m_axi_awvalid_o && !held_q, unused_room)
  `TWILL_ASSERT_COUNT(OpenBounds, open_q, Open)
  `TWILL_ASSERT_ONEHOT0(OneGrant, {mark_wanted && accept, store_gnt_o, net_gnt_o})
  `TWILL_ASSERT_STABLE(Data, m_axi_wvalid_o, m_axi_wready_i, {m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o})
  `TWILL_ASSERT_STABLE(MarkHolds, mark_valid_i, mark_ready_o, {mark_addr_i, mark_data_i})
  `TWILL_ASSUME(StoreInPage, !store_req_i || 32'(store_addr_i[11:0]) + 32'(store_beats_i) * Word <= 32'd4096)
endmodule
