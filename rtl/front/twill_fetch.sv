// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// Reads 64-byte commands from the ring in DRAM ahead of their use and hands them on in order.
//
// Read client: req_o and addr_o hold until gnt_i; beats then arrive in order, one for each data_valid_i, and cannot be
// refused, so a command is asked for only when the buffer has a place for it. One burst is one command.
// Output: valid_o, cmd_o, index_o hold until ready_i; back-to-back when the buffer is filled.
// The buffer holds Depth commands, which covers the memory's latency: a command occupies the bus for 64 / Word cycles.
// fetched_o counts commands that have arrived: the host may overwrite the ring below it.
module twill_fetch #(
  parameter int unsigned Word = 16,
  parameter int unsigned Depth = 8
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              run_i,

  // ring, from the registers
  input  logic [39:0]       ring_i,
  input  logic [16:0]       ring_mask_i,   // commands in the ring less one
  input  logic [31:0]       doorbell_i,
  output logic [31:0]       fetched_o,
  output logic              left_o,        // commands up to the doorbell are still to be handed on

  // memory
  output logic              req_o,
  output logic [39:0]       addr_o,
  input  logic              gnt_i,
  input  logic              data_valid_i,
  input  logic [Word*8-1:0] data_i,

  // decoder
  output logic              valid_o,
  output logic [511:0]      cmd_o,
  output logic [31:0]       index_o,       // counts all commands since reset
  input  logic              ready_i
);
  localparam int unsigned Beats = twill_pkg::CommandBytes / Word;
  localparam int unsigned PtrBits = $clog2(Depth);

  logic [31:0] requested_q, received_q, read_q;  // indices of the next command to request, to receive, to take out of the buffer

  // ---- requests: the next one is prepared while none is waiting
  logic wanted;
  assign wanted = run_i && (requested_q != doorbell_i) && (requested_q - read_q < Depth);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      req_o <= 1'b0;
      addr_o <= '0;
      requested_q <= '0;
    end else if (req_o) begin
      req_o <= !gnt_i;
    end else if (wanted) begin
      req_o <= 1'b1;
      addr_o <= ring_i + {17'd0, requested_q[16:0] & ring_mask_i, 6'd0};
      requested_q <= requested_q + 32'd1;
    end
  end

  // ---- beats to commands: earlier beats wait in `beats_q`, the last one completes the word of the buffer
  logic [511:0] buffer [Depth];

  if (Beats == 1) begin : gen_whole
    always_ff @(posedge clk_i) begin
      if (data_valid_i) begin
        buffer[received_q[PtrBits-1:0]] <= data_i;
        received_q <= received_q + 32'd1;
      end
      if (!rst_ni) received_q <= '0;
    end
  end else begin : gen_beats
    localparam int unsigned CountBits = $clog2(Beats);
    logic [511-Word*8:0]    beats_q;
    logic [CountBits-1:0]   count_q;

    always_ff @(posedge clk_i) begin
      if (data_valid_i) begin : beat
        logic [511:0] assembled;
        assembled = {data_i, beats_q};
        if (count_q == CountBits'(Beats - 1)) begin
          buffer[received_q[PtrBits-1:0]] <= assembled;
          received_q <= received_q + 32'd1;
        end
        beats_q <= assembled[511:Word*8];
        count_q <= count_q + 1'b1;
      end
      if (!rst_ni) begin
        count_q <= '0;
        received_q <= '0;
      end
    end
  end

  // ---- buffer to output register
  logic load;
  assign load = (!valid_o || ready_i) && (received_q != read_q);

  always_ff @(posedge clk_i) begin
    if (load) begin
      valid_o <= 1'b1;
      cmd_o <= buffer[read_q[PtrBits-1:0]];
      index_o <= read_q;
      read_q <= read_q + 32'd1;
    end else if (ready_i) begin
      valid_o <= 1'b0;
    end
    if (!rst_ni) begin
      valid_o <= 1'b0;
      read_q <= '0;
      index_o <= '0;
    end
  end

  assign fetched_o = received_q;
  assign left_o = valid_o || (read_q != doorbell_i);

  if (Word > twill_pkg::CommandBytes) begin : gen_refuse
    $error("a word may not be longer than a command");
  end

  `TWILL_ASSERT_STABLE(Request, req_o, gnt_i, addr_o)
  `TWILL_ASSERT_STABLE(Command, valid_o, ready_i, {cmd_o, index_o})
  `TWILL_ASSERT_COUNT(Buffered, received_q - read_q, Depth)
  `TWILL_ASSUME(Asked, !data_valid_i || received_q != requested_q)
endmodule
