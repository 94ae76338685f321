// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// The network pins: flits out as long as the other side has given credit for them, a buffer of eight for flits that come in, a
// credit back for each that is taken out of it. Every pin is a register, or ends in one.
//
// The credits must stay whole whatever happens to the core: this block knows only the reset of the whole chip. While the core is in
// its reset (core_rst_ni low) what arrives is dropped and its credit returned.
//
// tx: tx_ready_o is a register: a credit is there. rx: valid and flit hold until ready; the flit is a register.
module twill_network_port (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           core_rst_ni,
  input  logic [5:0]                     node_i,            // of this chip: the source of what it sends
  // send engine
  input  logic                           tx_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] tx_flit_i,
  output logic                           tx_ready_o,
  // receiver
  output logic                           rx_valid_o,
  output logic [twill_pkg::FlitBits-1:0] rx_flit_o,
  input  logic                           rx_ready_i,
  // pins
  output logic                           net_tx_valid_o,
  output logic [twill_pkg::FlitBits-1:0] net_tx_flit_o,
  input  logic                           net_tx_credit_i,
  input  logic                           net_rx_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] net_rx_flit_i,
  output logic                           net_rx_credit_o,
  output logic                           home_o             // all credits are, this side's and the other's
);
  localparam int unsigned Credits = 8;

  // ------------------------------------------------------------------------------------------------------------- out
  logic [$clog2(Credits):0] credits_q;
  logic                     send;
  assign send = tx_valid_i && tx_ready_o;

  task automatic count;
    logic [$clog2(Credits):0] credits;
    credits = credits_q + ($clog2(Credits) + 1)'(net_tx_credit_i) - ($clog2(Credits) + 1)'(send);
    credits_q <= credits;
    tx_ready_o <= credits != '0;
  endtask

  always_ff @(posedge clk_i) begin
    net_tx_valid_o <= send;
    if (send) net_tx_flit_o <= {tx_flit_i[twill_pkg::FlitBits-1:160], node_i, tx_flit_i[153:0]};
    if (send || net_tx_credit_i) count();
    if (!rst_ni) begin
      net_tx_valid_o <= 1'b0;
      credits_q <= ($clog2(Credits) + 1)'(Credits);
      tx_ready_o <= 1'b1;
    end
  end

  // -------------------------------------------------------------------------------------------------------------- in
  logic fifo_valid, taken, core_q, room;

  twill_fifo #(.Width(twill_pkg::FlitBits), .Depth(Credits)) u_received (
    .clk_i, .rst_ni,
    .in_valid_i(net_rx_valid_i), .in_data_i(net_rx_flit_i), .in_ready_o(room),
    .out_valid_o(fifo_valid), .out_data_o(rx_flit_o), .out_ready_i(taken));

  // In the first cycle of the core's reset a flit the receiver takes is lost in it, which is the same.
  assign rx_valid_o = fifo_valid && core_q;
  always_comb begin
    taken = 1'b0;
    if (fifo_valid) taken = rx_ready_i || !core_q;
  end

  assign home_o = credits_q == ($clog2(Credits) + 1)'(Credits) && !fifo_valid && !net_rx_credit_o;

  always_ff @(posedge clk_i) begin
    core_q <= core_rst_ni;
    net_rx_credit_o <= taken;
    if (!rst_ni) net_rx_credit_o <= 1'b0;
  end

  `TWILL_ASSERT_COUNT(CreditBounds, credits_q, Credits)
  `TWILL_ASSERT(CreditReady, tx_ready_o == (credits_q != '0))
  `TWILL_ASSUME(CreditOwed, !net_tx_credit_i || credits_q != ($clog2(Credits) + 1)'(Credits))
  `TWILL_ASSUME(CreditKept, !net_rx_valid_i || room)
  `TWILL_ASSERT_STABLE(Received, rx_valid_o, rx_ready_i || !core_rst_ni, rx_flit_o)
endmodule
