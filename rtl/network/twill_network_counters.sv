// SPDX-License-Identifier: Apache-2.0
// What goes through the network port, counted from the cycle after start_i on, as twill_counters does: the words of the NETWORK registers.
module twill_network_counters (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  // a flit in this cycle
  input  logic         sent_i,
  input  logic [15:0]  sent_strobe_i,
  input  logic         blocked_i,         // it waits for a credit
  input  logic         received_i,
  input  logic [15:0]  received_strobe_i,
  input  logic         starved_i,         // it waits for memory
  // bytes sent, flits sent, bytes received, flits received, cycles blocked, cycles starved; the first is lowest
  output logic [191:0] words_o
);
  logic running_q;

  function automatic logic [31:0] ones(input logic [15:0] strobe);
    logic [4:0] count;
    count = '0;
    for (int unsigned i = 0; i < 16; i++) count = count + 5'(strobe[i]);
    ones = {27'd0, count};
  endfunction

  logic [31:0] sent_bytes_q, sent_q, received_bytes_q, received_q, blocked_q, starved_q;
  assign words_o = {starved_q, blocked_q, received_q, received_bytes_q, sent_q, sent_bytes_q};

  always_ff @(posedge clk_i) begin
    if (running_q) begin
      if (sent_i) begin
        sent_bytes_q <= sent_bytes_q + ones(sent_strobe_i);
        sent_q <= sent_q + 32'd1;
      end
      if (received_i) begin
        received_bytes_q <= received_bytes_q + ones(received_strobe_i);
        received_q <= received_q + 32'd1;
      end
      if (blocked_i) blocked_q <= blocked_q + 32'd1;
      if (starved_i) starved_q <= starved_q + 32'd1;
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
