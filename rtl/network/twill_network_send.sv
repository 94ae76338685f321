// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The send engine: SEND and SEND_ADD cut a move into flits, SIGNAL_REMOTE is a flit by itself.
//
// The local side is that of STORE; a beat is a flit's payload, the block of flit_bytes at the remote address, and complete flits wait
// in a buffer for the port to take them. The next command is read while flits of earlier ones wait. A signal that follows a move
// takes the place behind its last flit: the walk of the next command leaves a cycle for it.
//
// Engine handshake and error pulse as every engine. done_o: the last flit of the command has left the chip. A fault is raised when
// everything before it has; nothing is sent afterwards.
module twill_network_send #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic [6:0]                     chips_i,          // of the network
  // queue
  input  logic                           cmd_valid_i,
  input  logic [511:0]                   cmd_i,
  output logic                           cmd_ready_o,
  output logic                           done_o,
  output logic                           error_o,
  output logic [4:0]                     error_code_o,
  output logic [31:0]                    error_info_o,
  output logic [1:0]                     state_o,
  // scratchpad
  output logic                           netr_req_o,
  output logic [23:0]                    netr_addr_o,
  input  logic                           netr_gnt_i,
  input  logic [Word*8-1:0]              netr_rdata_i,
  // accumulators
  output logic                           dmar_req_o,
  output logic [11:0]                    dmar_addr_o,
  input  logic                           dmar_gnt_i,
  input  logic [Word*32-1:0]             dmar_data_i,
  // port: holds until ready
  output logic                           flit_valid_o,
  output logic [twill_pkg::FlitBits-1:0] flit_o,           // source 0
  input  logic                           flit_ready_i
);
  localparam int unsigned Flits = 16;                       // in the buffer, or begun
  localparam int unsigned Beat = twill_pkg::FlitBytes;

  // ------------------------------------------------------------------------------------------- what the command says
  twill_pkg::send_t send;
  assign send = cmd_i;

  logic       stopped_q, refused_q;     // refused: the command taken last must not run
  logic       active, reading, issue, ends_command, reserve, room;
  logic [5:0] unused_tile_slot;
  logic       unused_give;

  // Something is here, or was in the cycle before: else nothing in the engine changes.
  logic awake_q, awake, wake;
  logic holds;                          // something is inside
  assign awake = cmd_valid_i || awake_q;
  assign wake = awake || !rst_ni;

  function automatic logic misfits(input logic bare);
    misfits = {1'b0, send.chip} >= chips_i;
    if (!bare && (send.opcode == twill_pkg::OpSendAdd || send.remote_space == twill_pkg::SpaceAccumulators))
      misfits = misfits || (send.remote_base[1:0] | send.remote_run[1:0] | send.remote_stride0[1:0] | send.remote_stride1[1:0]
                            | send.remote_stride2[1:0]) != '0;
    if (!bare && send.opcode == twill_pkg::OpSendAdd)
      misfits = misfits || (send.local_base[1:0] | send.local_run[1:0] | send.local_stride0[1:0] | send.local_stride1[1:0]
                            | send.local_stride2[1:0]) != '0;
  endfunction

  // A command is taken: it moves, it is a signal alone, or it must not run.
  logic accept, starts, taken_bare, refuses, bare;
  `TWILL_STALL(stall_command)

  always_comb begin
    cmd_ready_o = 1'b0;
    accept = 1'b0;
    starts = 1'b0;
    taken_bare = 1'b0;
    refuses = 1'b0;
    bare = 1'b0;
    if (cmd_valid_i) begin
      cmd_ready_o = !active && room && !refused_q && !stopped_q && !stall_command;
      if (cmd_ready_o) begin
        accept = 1'b1;
        bare = send.opcode == twill_pkg::OpSignalRemote;
        refuses = misfits(bare);
        starts = !bare && !refuses;
        taken_bare = bare && !refuses;
      end
    end
  end

  // ------------------------------------------------------------------------------------------------------ the reads
  // The store's walk: a SEND has its fields where STORE has them, but for the tile slot.
  logic              beat_valid, burst_valid, burst_final;
  logic [Beat*8-1:0] beat_data;
  logic [Beat-1:0]   beat_strobe;
  logic [39:0]       burst_addr;
  logic [4:0]        burst_beats, fault_code;
  logic [7:0]        bytes;
  logic [31:0]       fault_info;

  twill_store_read #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords), .Beat(Beat), .BurstBeats(1)) u_read (
    .clk_i, .rst_ni,
    .stop_i(stopped_q),
    .awake_i(awake), .start_i(starts), .cmd_i,
    .active_o(active), .busy_o(reading), .issue_o(issue), .bytes_o(bytes), .final_o(ends_command),
    .give_o(unused_give), .give_sem_o(unused_tile_slot[4:0]),
    .fault_code_o(fault_code), .fault_info_o(fault_info),
    .store_req_o(netr_req_o), .store_addr_o(netr_addr_o), .store_gnt_i(netr_gnt_i), .store_rdata_i(netr_rdata_i),
    .dmar_req_o, .dmar_addr_o, .dmar_gnt_i, .dmar_data_i,
    .room_i(room), .reserve_o(reserve),
    .beat_valid_o(beat_valid), .beat_data_o(beat_data), .beat_strobe_o(beat_strobe),
    .burst_valid_o(burst_valid), .burst_addr_o(burst_addr), .burst_beats_o(burst_beats), .burst_final_o(burst_final));
  assign unused_tile_slot[5] = ^{burst_valid, burst_beats, bytes};

  // What the flits say of the command travels beside its pieces: a piece is read in t, its flit complete in t + 3, a signal's in t + 4.
  localparam int unsigned SaysBits = 15;                    // signal slot, add, space, chip
  logic [SaysBits-1:0] says_q, says1_q, says2_q, says3_q, says4_q;
  logic [3:0]          lately_q, bare_q;                    // a piece was read, a signal alone was taken, one to four cycles ago
  logic                signal_q;                            // says4_q asks for a signal now

  always_ff @(posedge clk_i) begin
    if (wake) begin : says
      logic [SaysBits-1:0] now;
      now = {send.remote_signal, send.opcode == twill_pkg::OpSendAdd, send.remote_space, send.chip};
      signal_q <= lately_q[2] && (bare_q[2] || (beat_valid && burst_final && says3_q[14]));
      if (lately_q[2]) says4_q <= says3_q;
      if (lately_q[1]) says3_q <= says2_q;
      if (lately_q[0]) says2_q <= says1_q;
      bare_q <= {bare_q[2:0], taken_bare};
      lately_q <= {lately_q[2:0], issue || taken_bare};
      if (issue) says1_q <= says_q;
      if (taken_bare) says1_q <= now;
      if (accept) says_q <= now;
      if (!rst_ni) begin
        signal_q <= 1'b0;
        lately_q <= '0;
        bare_q <= '0;
      end
    end
  end

  // ------------------------------------------------------------------------------------------------- complete flits
  localparam int unsigned FlitWidth = 1 + 40 + 6 + 2 + 2 + Beat + Beat * 8;   // the last of its command, and what the flit says
  logic                 push, pop, final_out, unused_room;
  logic [FlitWidth-1:0] complete, head;
  logic [5:0]           chip;
  logic [39:0]          address;
  logic [1:0]           space, message;
  logic [Beat-1:0]      strobe;
  logic [Beat*8-1:0]    payload;

  assign push = beat_valid || signal_q;
  always_comb begin
    complete = '0;
    if (signal_q) begin
      complete = {1'b1, 35'd0, says4_q[13:9], says4_q[5:0], 2'd0, twill_pkg::MessageSignal, {Beat{1'b0}}, {Beat*8{1'b0}}};
    end else if (beat_valid) begin
      complete = {burst_final && !says3_q[14], burst_addr, says3_q[5:0], says3_q[7:6],
                  says3_q[8] ? twill_pkg::MessageAdd : twill_pkg::MessageWrite, beat_strobe, beat_data};
    end
  end

  twill_fifo #(.Width(FlitWidth), .Depth(Flits)) u_flits (
    .clk_i, .rst_ni,
    .in_valid_i(push), .in_data_i(complete), .in_ready_o(unused_room),
    .out_valid_o(flit_valid_o), .out_data_o(head), .out_ready_i(pop));
  assign pop = flit_valid_o && flit_ready_i;
  assign {final_out, address, chip, space, message, strobe, payload} = head;

  always_comb begin
    flit_o = '0;
    if (flit_valid_o) flit_o = {16'd0, 11'd0, 12'd0, 1'd0, address, 6'd0, chip, space, message, strobe, payload};
  end

  // Flits that are begun or wait. One place is kept for the signal that may follow a command's last flit.
  logic [$clog2(Flits):0] reserved_q;
  assign room = reserved_q < ($clog2(Flits) + 1)'(Flits - 1);

  always_ff @(posedge clk_i) begin
    if (wake) begin : reserves
      logic signals;                    // the signal's place is taken with the command's last piece
      signals = issue && ends_command && says_q[14];
      reserved_q <= reserved_q + ($clog2(Flits) + 1)'(reserve || taken_bare) + ($clog2(Flits) + 1)'(signals) - ($clog2(Flits) + 1)'(pop);
      if (!rst_ni) reserved_q <= '0;
    end
  end

  // ------------------------------------------------------------------------------------------------ done, or stopped
  // A fault is raised when everything before it has left, so that it is laid to the right command.
  logic sent_q;
  always_ff @(posedge clk_i) begin
    if (wake) begin
      error_o <= 1'b0;
      if (fault_code != twill_pkg::ErrorNone || refused_q) begin
        if (!stopped_q && !flit_valid_o && lately_q == '0 && !signal_q && !done_o) begin
          stopped_q <= 1'b1;
          error_o <= 1'b1;
          error_code_o <= refused_q ? twill_pkg::ErrorBadField : fault_code;
          error_info_o <= refused_q ? '0 : fault_info;
        end
      end
      if (refuses) refused_q <= 1'b1;
      done_o <= pop && final_out;
      sent_q <= pop;
      awake_q <= cmd_valid_i || holds;
      if (!rst_ni) begin
        done_o <= 1'b0;
        error_o <= 1'b0;
        refused_q <= 1'b0;
        stopped_q <= 1'b0;
        sent_q <= 1'b0;
        awake_q <= 1'b0;
      end
    end
  end

  always_comb begin
    holds = 1'b0;
    if (awake) holds = reading || lately_q != '0 || signal_q || flit_valid_o || refused_q;
  end

  always_comb begin
    state_o = twill_pkg::StateIdle;
    if (holds && !stopped_q) begin
      if (issue || sent_q) state_o = twill_pkg::StateBusy;
      else if (flit_valid_o) state_o = twill_pkg::StateBlocked;   // no credit
      else state_o = twill_pkg::StateStarved;                     // of the local memory
    end
  end

  `TWILL_ASSERT_ROOM(FlitRoom, push, unused_room)
  `TWILL_ASSERT_COUNT(Reserved, reserved_q, Flits)
  `TWILL_ASSERT_STABLE(Flit, flit_valid_o, flit_ready_i, flit_o)
endmodule
