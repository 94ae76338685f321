// SPDX-License-Identifier: Apache-2.0
// What goes through the network port, counted from the cycle after start_i on, as twill_counters does: the words of the NETWORK registers.
module twill_network_counters (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  // a flit that leaves, or waits for a credit
  input  logic         tx_valid_i,
  input  logic         tx_ready_i,
  input  logic [15:0]  tx_strobe_i,
  // one that comes, or waits for memory
  input  logic         rx_valid_i,
  input  logic         rx_ready_i,
  input  logic [15:0]  rx_strobe_i,
  input  logic [31:0]  exposed_i,
  // bytes sent, flits sent, bytes received, flits received, cycles blocked, cycles starved, exposed; the first is lowest. Asked for with show_i.
  input  logic         show_i,
  output logic [223:0] words_o
);
  logic running_q;

  function automatic logic [31:0] ones(input logic [15:0] strobe);
    logic [4:0] count;
    count = '0;
    for (int unsigned i = 0; i < 16; i++) count = count + 5'(strobe[i]);
    ones = {27'd0, count};
  endfunction

  logic [31:0] sent_bytes_q, sent_q, received_bytes_q, received_q, blocked_q, starved_q;
  always_comb begin
    words_o = '0;
    if (show_i) words_o = {exposed_i, starved_q, blocked_q, received_q, received_bytes_q, sent_q, sent_bytes_q};
  end

  always_ff @(posedge clk_i) begin
    if (tx_valid_i && running_q) begin
      if (tx_ready_i) begin
        sent_bytes_q <= sent_bytes_q + ones(tx_strobe_i);
        sent_q <= sent_q + 32'd1;
      end else begin
        blocked_q <= blocked_q + 32'd1;
      end
    end
    if (rx_valid_i && running_q) begin
      if (rx_ready_i) begin
        received_bytes_q <= received_bytes_q + ones(rx_strobe_i);
        received_q <= received_q + 32'd1;
      end else begin
        starved_q <= starved_q + 32'd1;
      end
    end
    if (start_i) running_q <= 1'b1;
    if (!rst_ni) begin
      running_q <= 1'b0;
      sent_bytes_q <= '0;
      sent_q <= '0;
      received_bytes_q <= '0;
      received_q <= '0;
      blocked_q <= '0;
      starved_q <= '0;
    end
  end
endmodule
