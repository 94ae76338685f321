// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// The store engine: STORE moves bytes from the scratchpad or the accumulators to DRAM.
//
// Complete beats wait in a buffer of two full bursts; a burst is asked for when all its beats are there. So the write channel
// never waits inside a burst, and a command that ends in an error leaves no half burst on the bus. Aligned runs move a word a
// cycle, unaligned ones as well. The next command is read while earlier ones wait for their acknowledgements, of which up to
// Bursts may be outstanding; those come in order, as all bursts have one id.
//
// give is the tile_signal: a pulse when the last source byte has been read. done_o: all bursts of the command acknowledged.
module twill_store #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // queue
  input  logic               cmd_valid_i,
  input  logic [511:0]       cmd_i,
  output logic               cmd_ready_o,
  output logic               done_o,
  output logic               give_o,
  output logic [4:0]         give_sem_o,
  output logic               error_o,
  output logic [4:0]         error_code_o,
  output logic [31:0]        error_info_o,
  output logic [1:0]         state_o,
  output logic [7:0]         stored_bytes_o,   // on their way to DRAM since this cycle
  // scratchpad
  output logic               store_req_o,
  output logic [23:0]        store_addr_o,
  input  logic               store_gnt_i,
  input  logic [Word*8-1:0]  store_rdata_i,
  // accumulators
  output logic               dmar_req_o,
  output logic [11:0]        dmar_addr_o,
  input  logic               dmar_gnt_i,
  input  logic [Word*32-1:0] dmar_data_i,
  // write client: a burst, then its beats, which are all there
  output logic               write_req_o,
  output logic [39:0]        write_addr_o,
  output logic [4:0]         write_beats_o,
  input  logic               write_gnt_i,
  output logic [Word*8-1:0]  write_data_o,
  output logic [Word-1:0]    write_strobe_o,
  input  logic               write_next_i,     // takes the beat shown
  input  logic               write_ack_i,      // the oldest burst not yet acknowledged
  input  logic               write_error_i     // with write_ack_i
);
  localparam int unsigned Beats = 2 * twill_pkg::MaxBurstBeats;
  // BytesInFlight even in bursts of one beat; no more than 128, which full bursts turn into 2048 beats.
  localparam int unsigned Bursts = twill_pkg::BytesInFlight / Word > 128 ? 128 : twill_pkg::BytesInFlight / Word;

  logic stopped_q;

  // Something is here, or was in the cycle before: else nothing in the engine changes.
  logic awake_q, awake, wake;
  logic holds;                          // something is inside
  assign awake = cmd_valid_i || awake_q;
  assign wake = awake || !rst_ni;

  // ------------------------------------------------------------------------------------------------------ the reads
  logic              active, reading, issue, reserve, room;
  logic              beat_valid, burst_valid, burst_final;
  logic [Word*8-1:0] beat_data;
  logic [Word-1:0]   beat_strobe;
  logic [39:0]       burst_addr;
  logic [4:0]        burst_beats, fault_code;
  logic [31:0]       fault_info;
  logic              unused_final;

  `TWILL_STALL(stall_command)
  assign cmd_ready_o = !active && !stopped_q && !stall_command;

  twill_store_read #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_read (
    .clk_i, .rst_ni,
    .stop_i(stopped_q),
    .awake_i(awake), .start_i(cmd_valid_i && cmd_ready_o), .cmd_i,
    .active_o(active), .busy_o(reading), .issue_o(issue), .bytes_o(stored_bytes_o), .final_o(unused_final),
    .give_o, .give_sem_o,
    .fault_code_o(fault_code), .fault_info_o(fault_info),
    .store_req_o, .store_addr_o, .store_gnt_i, .store_rdata_i,
    .dmar_req_o, .dmar_addr_o, .dmar_gnt_i, .dmar_data_i,
    .room_i(room), .reserve_o(reserve),
    .beat_valid_o(beat_valid), .beat_data_o(beat_data), .beat_strobe_o(beat_strobe),
    .burst_valid_o(burst_valid), .burst_addr_o(burst_addr), .burst_beats_o(burst_beats), .burst_final_o(burst_final));

  // ------------------------------------------------------------------------------- beats and bursts that are complete
  logic [$clog2(Beats):0] reserved_q;   // beats begun and not yet written
  logic                   unused_room, unused_valid;
  assign room = !reserved_q[$clog2(Beats)];

  always_ff @(posedge clk_i) begin
    if (wake) begin
      if (reserve != write_next_i) reserved_q <= reserve ? reserved_q + 1'b1 : reserved_q - 1'b1;
      if (!rst_ni) reserved_q <= '0;
    end
  end

  twill_fifo #(.Width(Word * 9), .Depth(Beats)) u_beats (
    .clk_i, .rst_ni,
    .in_valid_i(beat_valid), .in_data_i({beat_strobe, beat_data}), .in_ready_o(unused_room),
    .out_valid_o(unused_valid), .out_data_o({write_strobe_o, write_data_o}), .out_ready_i(write_next_i));

  logic burst_waits, final_waits, unused_burst_room;
  twill_fifo #(.Width(46), .Depth(Beats)) u_bursts (
    .clk_i, .rst_ni,
    .in_valid_i(burst_valid), .in_data_i({burst_final, burst_addr, burst_beats}), .in_ready_o(unused_burst_room),
    .out_valid_o(burst_waits), .out_data_o({final_waits, write_addr_o, write_beats_o}), .out_ready_i(write_req_o && write_gnt_i));

  // ------------------------------------------------------------------------------------------------ acknowledgements
  logic flight_room, in_flight, final_acked;
  twill_fifo #(.Width(1), .Depth(Bursts)) u_flight (
    .clk_i, .rst_ni,
    .in_valid_i(write_req_o && write_gnt_i), .in_data_i(final_waits), .in_ready_o(flight_room),
    .out_valid_o(in_flight), .out_data_o(final_acked), .out_ready_i(write_ack_i));

  assign write_req_o = burst_waits && flight_room && !stopped_q;

  // A fault is raised when everything before it has been acknowledged, so that it is laid to the right command.
  logic [3:0] lately_q;      // a piece was read one to four cycles ago: its burst may not show yet

  logic sent_q;              // what the write channel does comes late in the cycle, so the state tells of it a cycle later

  always_ff @(posedge clk_i) begin
    if (wake) begin : ends
      logic fault;
      fault = fault_code != twill_pkg::ErrorNone && !stopped_q && !burst_waits && !in_flight && lately_q == '0 && !done_o;
      awake_q <= cmd_valid_i || holds || lately_q != '0;
      lately_q <= {lately_q[2:0], issue};
      sent_q <= write_next_i;
      error_o <= 1'b0;
      if (write_ack_i && !stopped_q) begin
        done_o <= final_acked && !write_error_i;
        if (write_error_i) begin
          stopped_q <= 1'b1;
          error_o <= 1'b1;
          error_code_o <= twill_pkg::ErrorBus;
          error_info_o <= '0;
        end
      end else begin
        if (fault) begin
          stopped_q <= 1'b1;
          error_o <= 1'b1;
          error_code_o <= fault_code;
          error_info_o <= fault_info;
        end
        done_o <= 1'b0;
      end
      if (!rst_ni) begin
        done_o <= 1'b0;
        error_o <= 1'b0;
        stopped_q <= 1'b0;
        lately_q <= '0;
        sent_q <= 1'b0;
        awake_q <= 1'b0;
      end
    end
  end

  always_comb begin
    holds = 1'b0;
    if (awake) holds = reading || burst_waits || in_flight;
  end

  always_comb begin
    state_o = twill_pkg::StateIdle;
    if (holds && !stopped_q) begin
      if (issue || sent_q) state_o = twill_pkg::StateBusy;
      else if (active || burst_waits) state_o = twill_pkg::StateBlocked;   // by the local memory, or by the bus
      else state_o = twill_pkg::StateStarved;                              // of acknowledgements
    end
  end

  `TWILL_ASSERT_ROOM(DataRoom, beat_valid, unused_room)
  `TWILL_ASSERT_ROOM(Answered, write_ack_i, in_flight)
endmodule
