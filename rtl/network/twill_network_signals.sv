// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// Signals from other chips that wait for the messages before them. A signal notes how many scratchpad writes and DRAM writes had begun
// when it came and takes effect when as many have been granted and acknowledged; writes that come later go on meanwhile.
//
// valid_i, sem_i hold until ready_o. give_o is a pulse. far_o: the writes run so far ahead of the oldest signal that their numbers could
// be mistaken; no further may begin.
module twill_network_signals (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       wake_i,         // something is or was in the receiver a cycle ago, or a reset
  // a signal
  input  logic       valid_i,
  input  logic [4:0] sem_i,
  output logic       ready_o,
  // the writes, a pulse each
  input  logic       local_begun_i,
  input  logic       local_done_i,
  input  logic       dram_begun_i,
  input  logic       dram_done_i,
  output logic       far_o,
  // semaphores
  output logic       give_o,
  output logic [4:0] give_sem_o,
  output logic       busy_o
);
  localparam int unsigned Signals = 16;      // that wait
  localparam int unsigned Bits = 10;         // of a number; far fewer than half of all are under way

  logic [Bits-1:0] local_begun_q, local_done_q, dram_begun_q, dram_done_q;
  always_ff @(posedge clk_i) begin
    if (wake_i) begin
      if (local_begun_i) local_begun_q <= local_begun_q + 1'b1;
      if (local_done_i) local_done_q <= local_done_q + 1'b1;
      if (dram_begun_i) dram_begun_q <= dram_begun_q + 1'b1;
      if (dram_done_i) dram_done_q <= dram_done_q + 1'b1;
      if (!rst_ni) begin
        local_begun_q <= '0;
        local_done_q <= '0;
        dram_begun_q <= '0;
        dram_done_q <= '0;
      end
    end
  end

  logic            waits, room;
  logic [Bits-1:0] local_first, dram_first;
  twill_fifo #(.Width(5 + 2 * Bits), .Depth(Signals)) u_signals (
    .clk_i, .rst_ni,
    .in_valid_i(valid_i), .in_data_i({sem_i, local_begun_q, dram_begun_q}), .in_ready_o(room),
    .out_valid_o(waits), .out_data_o({give_sem_o, local_first, dram_first}), .out_ready_i(give_o));
  assign ready_o = room;
  assign busy_o = waits;

  logic [Bits-1:0] local_past, dram_past, local_ahead, dram_ahead;
  always_comb begin
    give_o = 1'b0;
    far_o = 1'b0;
    local_past = '0;
    dram_past = '0;
    local_ahead = '0;
    dram_ahead = '0;
    if (waits) begin
      local_past = local_done_q - local_first;
      dram_past = dram_done_q - dram_first;
      give_o = !local_past[Bits-1] && !dram_past[Bits-1];
      local_ahead = local_begun_q - local_first;
      dram_ahead = dram_begun_q - dram_first;
      far_o = local_ahead[Bits-2] || dram_ahead[Bits-2];
    end
  end

  `TWILL_ASSERT(Pairs, !give_o || waits)
endmodule
