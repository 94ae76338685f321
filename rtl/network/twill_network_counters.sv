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
  // bytes sent, flits sent, bytes received, flits received, cycles blocked, cycles starved; the first is lowest
  output logic [191:0] words_o
);
  localparam int unsigned SentBytes = 0, Sent = 32, ReceivedBytes = 64, Received = 96, Blocked = 128, Starved = 160;

  logic running_q;

  function automatic logic [31:0] ones(input logic [15:0] strobe);
    logic [4:0] count;
    count = '0;
    for (int unsigned i = 0; i < 16; i++) count = count + 5'(strobe[i]);
    ones = {27'd0, count};
  endfunction

  always_ff @(posedge clk_i) begin
    if (tx_valid_i && running_q) begin
      if (tx_ready_i) begin
        words_o[SentBytes +: 32] <= words_o[SentBytes +: 32] + ones(tx_strobe_i);
        words_o[Sent +: 32] <= words_o[Sent +: 32] + 32'd1;
      end else begin
        words_o[Blocked +: 32] <= words_o[Blocked +: 32] + 32'd1;
      end
    end
    if (rx_valid_i && running_q) begin
      if (rx_ready_i) begin
        words_o[ReceivedBytes +: 32] <= words_o[ReceivedBytes +: 32] + ones(rx_strobe_i);
        words_o[Received +: 32] <= words_o[Received +: 32] + 32'd1;
      end else begin
        words_o[Starved +: 32] <= words_o[Starved +: 32] + 32'd1;
      end
    end
    if (start_i) running_q <= 1'b1;
    if (!rst_ni) begin
      running_q <= 1'b0;
      words_o <= '0;
    end
  end
endmodule
