// SPDX-License-Identifier: Apache-2.0
// twill_axi_write: who is granted (marks first, store and network in turns), that no burst is lost on the way to its data, and what
// AXI asks of a master: what is shown holds until it is taken, and write data never comes before its address is shown.
module axi_write_properties (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        mark_valid,
  input logic        store_req,
  input logic        store_gnt,
  input logic        store_next,
  input logic        net_req,
  input logic        net_gnt,
  input logic        net_next,
  input logic        mark_wanted,
  input logic        accept,
  input logic        turn,            // the network's
  input logic        behind,          // an address waits behind the one at the pins
  input logic        held,            // the address at the pins is in the order already
  input logic        burst_valid,
  input logic        burst_sent,
  input logic        order_room,
  input logic        send,
  input logic [3:0]  open_count,
  input logic        awvalid,
  input logic        awready,
  input logic [51:0] aw,              // id, address, length, size, burst
  input logic        wvalid,
  input logic        wready,
  input logic        wlast,
  input logic [39:0] w                // data, strobe, last
);
  localparam logic [3:0] Open = 4'd8;

  logic       known_q = 1'b0;
  logic [3:0] order_q;                // bursts in the order of data
  logic       store_went_q, net_went_q, aw_waits_q, w_waits_q;
  logic [51:0] aw_q;
  logic [39:0] w_q;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    order_q <= order_q + 4'(awvalid && !held) - 4'(burst_sent);
    store_went_q <= store_gnt ? net_req : store_went_q && net_req && !net_gnt;
    net_went_q <= net_gnt ? store_req : net_went_q && store_req && !store_gnt;
    aw_waits_q <= awvalid && !awready;
    w_waits_q <= wvalid && !wready;
    aw_q <= aw;
    w_q <= w;
    if (!rst_ni) begin
      order_q <= '0;
      store_went_q <= 1'b0;
      net_went_q <= 1'b0;
      aw_waits_q <= 1'b0;
      w_waits_q <= 1'b0;
    end
  end

  always_comb begin
    assume (known_q || !rst_ni);
    if (known_q) begin
      // The order is a queue, proven by itself.
      assume (burst_valid == (order_q != '0));
      assume (order_room == (order_q != Open));

      assert (!store_gnt || store_req);
      assert (!net_gnt || net_req);
      assert (!(store_gnt && net_gnt));
      if (mark_wanted) assert (mark_valid && !store_gnt && !net_gnt);
      assert (accept == (store_gnt || net_gnt || (mark_wanted && accept)));
      // Who went while the other asked lets that one go next.
      assert (!(store_went_q && !turn) && !(net_went_q && turn));
      assert (!(store_went_q && store_gnt) || !net_req);
      assert (!(net_went_q && net_gnt) || !store_req);

      // Bursts accepted and not sent are in the order or on the way to it.
      assert (open_count == order_q + 4'(awvalid && !held) + 4'(behind));
      assert (open_count <= Open && order_q <= Open);
      assert (!behind || awvalid);
      assert (!held || awvalid);
      if (awvalid && !held) assert (order_room);
      if (send) assert (burst_valid && (!wvalid || wready));
      assert (!store_next || send);
      assert (!net_next || (send && !store_next));
      if (burst_sent) assert (send);

      if (aw_waits_q && rst_ni) assert (awvalid && aw == aw_q);
      if (w_waits_q && rst_ni) assert (wvalid && w == w_q);
    end
  end
endmodule

bind twill_axi_write axi_write_properties i_properties (
  .clk_i, .rst_ni, .mark_valid(mark_valid_i), .store_req(store_req_i), .store_gnt(store_gnt_o), .store_next(store_next_o),
  .net_req(net_req_i), .net_gnt(net_gnt_o), .net_next(net_next_o), .mark_wanted, .accept, .turn(net_turn_q), .behind(!room), .held(held_q),
  .burst_valid, .burst_sent, .order_room(unused_room), .send, .open_count(open_q),
  .awvalid(m_axi_awvalid_o), .awready(m_axi_awready_i), .aw({m_axi_awid_o, m_axi_awaddr_o, m_axi_awlen_o, 2'b00}),
  .wvalid(m_axi_wvalid_o), .wready(m_axi_wready_i), .wlast(m_axi_wlast_o), .w({3'd0, m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o}));
