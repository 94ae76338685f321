// SPDX-License-Identifier: Apache-2.0
// twill_network_port keeps its credits whole, whatever the resets of the core: never more flits under way than the other side has
// places for, none taken that has no place here, every credit given back once. And what is sent is what the send engine gave, with
// this chip as its source.
module network_port_properties (
  input logic                           clk_i,
  input logic                           rst_ni,
  input logic                           core_rst_ni,
  input logic [5:0]                     node,
  input logic                           tx_valid,
  input logic [twill_pkg::FlitBits-1:0] tx_flit,
  input logic                           tx_ready,
  input logic                           rx_valid,
  input logic                           rx_ready,
  input logic                           net_tx_valid,
  input logic [twill_pkg::FlitBits-1:0] net_tx_flit,
  input logic                           net_tx_credit,
  input logic                           net_rx_valid,
  input logic                           net_rx_credit,
  input logic [3:0]                     credits,
  input logic                           room,        // of the buffer of what came in
  input logic                           waits,       // something is in it
  input logic                           taken
);
  localparam logic [3:0] Places = 4'd8;

  logic       known_q = 1'b0;
  logic [3:0] theirs_q;      // flits in the buffer of the other side
  logic [3:0] ours_q;        // in ours
  logic [3:0] may_q;         // credits the other side has
  logic       sent_q, core_q;
  logic [twill_pkg::FlitBits-1:0] sent_flit_q;

  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    theirs_q <= theirs_q + 4'(net_tx_valid) - 4'(net_tx_credit);
    ours_q <= ours_q + 4'(net_rx_valid) - 4'(taken);
    may_q <= may_q + 4'(net_rx_credit) - 4'(net_rx_valid);
    sent_q <= tx_valid && tx_ready;
    sent_flit_q <= {tx_flit[239:160], node, tx_flit[153:0]};
    core_q <= core_rst_ni;
    if (!rst_ni) begin
      theirs_q <= '0;
      ours_q <= '0;
      may_q <= Places;
      sent_q <= 1'b0;
    end
  end

  always_comb begin
    assume (known_q || !rst_ni);
    if (!known_q) assume (!net_rx_valid && !net_tx_credit);
    if (known_q) begin
      // The other side keeps the rules.
      if (net_tx_credit) assume (theirs_q != '0);
      if (net_rx_valid) assume (may_q != '0);
      // The buffer is a queue, proven by itself.
      assume (room == (ours_q != Places));
      assume (waits == (ours_q != '0));

      assert (theirs_q + 4'(net_tx_valid) + credits == Places);
      assert (theirs_q <= Places && credits <= Places);
      assert (tx_ready == (credits != '0));
      assert (ours_q + may_q + 4'(net_rx_credit) == Places);
      assert (ours_q <= Places && may_q <= Places);
      if (net_rx_valid) assert (room);
      if (taken) assert (waits && (rx_ready || !core_q));
      if (rx_valid && rx_ready) assert (taken);
      if (waits && !core_q) assert (taken && !rx_valid);
      assert (net_tx_valid == sent_q);
      if (sent_q) assert (net_tx_flit == sent_flit_q);
    end
  end
endmodule

bind twill_network_port network_port_properties i_properties (
  .clk_i, .rst_ni, .core_rst_ni, .node(node_i), .tx_valid(tx_valid_i), .tx_flit(tx_flit_i), .tx_ready(tx_ready_o),
  .rx_valid(rx_valid_o), .rx_ready(rx_ready_i), .net_tx_valid(net_tx_valid_o), .net_tx_flit(net_tx_flit_o), .net_tx_credit(net_tx_credit_i),
  .net_rx_valid(net_rx_valid_i), .net_rx_credit(net_rx_credit_o), .credits(credits_q), .room(room), .waits(fifo_valid), .taken);
