// SPDX-License-Identifier: Apache-2.0
//
// The local side of STORE and of SEND: walks both sides of the move, reads a piece a cycle and puts the pieces together to beats of
// bursts. A piece is as many bytes as lie in a row on both sides, in one beat and, where a beat is longer than a word, in one of the
// beat's words; it is read from the local address less its lane there, so that it arrives in the lanes it leaves by.
//
// STORE: a beat is a word, a burst up to MaxBurstBeats of them. SEND: a beat is a flit's payload, each a burst of its own.
//
// Three cycles: the read is granted in t; in t + 2 its data are merged into the beat; in t + 3 a complete beat is at beat_*, and
// with the last of a burst the burst is at burst_*. Both must be taken there: room_i says in t that a new beat will find room.
//
// start_i only while active_o is low. A fault shows while there is room for its beat; the walk then stays where it is.
module twill_store_read #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024,
  parameter int unsigned Beat = Word,                                    // bytes
  parameter int unsigned BurstBeats = twill_pkg::MaxBurstBeats
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               stop_i,
  input  logic               awake_i,           // with start_i, while busy_o and a cycle longer; else nothing here changes
  // the move
  input  logic               start_i,
  input  logic [511:0]       cmd_i,
  output logic               active_o,
  output logic               busy_o,            // active, or pieces on their way
  output logic               issue_o,           // a piece is read in this cycle
  output logic [7:0]         bytes_o,           // its bytes
  output logic               final_o,           // with issue_o: it is the last of the move
  output logic               give_o,            // pulse: the last byte has been read
  output logic [4:0]         give_sem_o,
  output logic [4:0]         fault_code_o,
  output logic [31:0]        fault_info_o,
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
  // beats and bursts
  input  logic               room_i,
  output logic               reserve_o,         // a new beat is begun
  output logic               beat_valid_o,
  output logic [Beat*8-1:0]  beat_data_o,
  output logic [Beat-1:0]    beat_strobe_o,
  output logic               burst_valid_o,
  output logic [39:0]        burst_addr_o,      // a multiple of Beat
  output logic [4:0]         burst_beats_o,
  output logic               burst_final_o      // the last of the move
);
  localparam int unsigned Slot = Word < Beat ? Word : Beat;   // bytes a cycle
  localparam int unsigned OffsetBits = $clog2(Beat);
  localparam int unsigned LineBits = $clog2(Word) + 2;   // an accumulator word has 4 * Word bytes
  localparam int unsigned PieceBits = OffsetBits + 1;
  localparam logic [24:0] ScratchpadEnd = 25'(ScratchpadBytes);
  localparam logic [24:0] AccEnd = 25'(AccWords * Word * 4);

  // ------------------------------------------------------------------------------------------------ the two walks
  twill_pkg::store_t cmd;
  logic              acc_q, misfit_q;
  logic [5:0]        tile_signal_q;
  assign cmd = cmd_i;

  logic [23:0]          local_addr, local_left, dram_left;
  logic [39:0]          dram_addr;
  logic [PieceBits-1:0] limit, bytes, dram_bytes;
  logic                 local_final, dram_final, dram_active;

  twill_walk #(.AddressBits(24), .StrideBits(24), .LimitBits(PieceBits)) u_local (
    .clk_i, .rst_ni,
    .start_i, .base_i(cmd.local_base), .run_i(cmd.local_run),
    .counts_i({cmd.local_count2, cmd.local_count1, cmd.local_count0}),
    .strides_i({cmd.local_stride2, cmd.local_stride1, cmd.local_stride0}),
    .active_o, .addr_o(local_addr), .left_o(local_left),
    .limit_i(limit), .bytes_o(bytes), .final_o(local_final), .take_i(issue_o));

  twill_walk #(.AddressBits(40), .StrideBits(32), .LimitBits(PieceBits)) u_dram (
    .clk_i, .rst_ni,
    .start_i, .base_i(cmd.dram_base), .run_i(cmd.dram_run),
    .counts_i({cmd.dram_count2, cmd.dram_count1, cmd.dram_count0}),
    .strides_i({cmd.dram_stride2, cmd.dram_stride1, cmd.dram_stride0}),
    .active_o(dram_active), .addr_o(dram_addr), .left_o(dram_left),
    .limit_i(bytes), .bytes_o(dram_bytes), .final_o(dram_final), .take_i(issue_o));

  logic unused;
  assign unused = ^{local_left, dram_active, dram_bytes, cmd};

  logic wake;
  assign wake = awake_i || !rst_ni;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      acc_q <= cmd.space[0];
      misfit_q <= cmd.space[0] && (cmd.local_base[1:0] | cmd.local_run[1:0] | cmd.local_stride0[1:0] | cmd.local_stride1[1:0] |
                                   cmd.local_stride2[1:0]) != '0;
      tile_signal_q <= cmd.tile_signal;
    end
  end

  // ------------------------------------------------------------------------------------------------- the next piece
  logic                  in_beat_q;   // an earlier piece has begun the beat
  logic [OffsetBits-1:0] lane;
  logic [PieceBits-1:0]  beat_room, slot_room;
  logic [LineBits:0]     line_room;
  logic [23:0]           local_here;   // its addresses
  logic [39:0]           dram_here;
  logic                  possible;

  // A piece is worked out only where there is room for its beat: an engine that is idle or waits should cost the simulator nothing.
  always_comb begin
    lane = '0;
    beat_room = '0;
    slot_room = '0;
    line_room = '0;
    limit = '0;
    local_here = '0;
    dram_here = '0;
    possible = 1'b0;
    if (active_o) possible = in_beat_q || room_i;
    if (possible) begin
      local_here = local_addr;
      dram_here = dram_addr;
      lane = dram_addr[OffsetBits-1:0];
      beat_room = PieceBits'(Beat) - PieceBits'(lane);
      slot_room = Slot == Beat ? beat_room : PieceBits'(Slot) - (PieceBits'(lane) & PieceBits'(Slot - 1));
      line_room = {1'b1, {LineBits{1'b0}}} - {1'b0, local_addr[LineBits-1:0]};
      limit = slot_room;
      if (dram_left < 24'(limit)) limit = dram_left[PieceBits-1:0];
      if (acc_q && line_room < (LineBits + 1)'(limit)) limit = line_room[PieceBits-1:0];
    end
  end

  // ----------------------------------------------------------------------------- whether it may be read (cycle t)
  logic       ends_beat, ends_burst, outside;
  logic [4:0] fault_code;
  logic       ends_block;      // of a burst
  if (BurstBeats > 1) begin : gen_bursts
    assign ends_block = &dram_addr[OffsetBits +: $clog2(BurstBeats)];
  end else begin : gen_beats
    assign ends_block = 1'b1;
  end

  always_comb begin
    fault_code = twill_pkg::ErrorNone;
    fault_info_o = '0;
    outside = 1'b0;
    ends_beat = 1'b0;
    ends_burst = 1'b0;
    store_req_o = 1'b0;
    dmar_req_o = 1'b0;
    store_addr_o = '0;
    dmar_addr_o = '0;
    if (limit != '0) begin
      ends_beat = bytes == beat_room || 24'(bytes) == dram_left;
      ends_burst = ends_beat && (24'(bytes) == dram_left || ends_block);
      outside = {1'b0, local_addr} + 25'(bytes) > (acc_q ? AccEnd : ScratchpadEnd);
      if (misfit_q) begin
        fault_code = twill_pkg::ErrorBadField;
      end else if (outside) begin
        fault_code = twill_pkg::ErrorAddressRange;
        fault_info_o = acc_q ? 32'(AccEnd) : 32'(ScratchpadEnd);   // the first byte outside
        if (32'(local_addr) > fault_info_o) fault_info_o = 32'(local_addr);
      end else if (local_final != dram_final) begin
        fault_code = twill_pkg::ErrorWalkMismatch;
      end else if (!stop_i) begin
        store_req_o = !acc_q;
        dmar_req_o = acc_q;
      end
      store_addr_o = local_addr - (24'(lane) & 24'(Slot - 1));
      dmar_addr_o = 12'(local_addr >> LineBits);
    end
  end

  assign fault_code_o = fault_code;

  always_comb begin
    issue_o = 1'b0;
    reserve_o = 1'b0;
    bytes_o = '0;
    if (limit != '0) begin
      issue_o = (store_req_o && store_gnt_i) || (dmar_req_o && dmar_gnt_i);
      reserve_o = issue_o && !in_beat_q;
      if (issue_o) bytes_o = 8'(bytes);
    end
  end
  assign final_o = local_final;
  assign give_sem_o = tile_signal_q[4:0];

  // ---------------------------------------------------------------- cycles t + 1, t + 2: what the data will belong to
  typedef struct packed {
    logic                  acc;
    logic [LineBits-1:0]   turn;        // accumulators: the byte of the word that goes to lane 0
    logic [OffsetBits-1:0] lane;
    logic [PieceBits-1:0]  bytes;
    logic                  begins_beat;
    logic                  ends_beat;
    logic                  ends_burst;
    logic                  final_burst;
    logic [39:0]           addr;
    logic [4:0]            beats;
  } piece_t;

  logic        in_burst_q;
  logic [39:0] burst_addr_q;    // of the burst the next piece belongs to, once it has begun
  logic [4:0]  burst_beats_q;   // its complete beats

  logic   read_q, arrived_q;
  piece_t read_piece_q, piece_q;

  task automatic issue;
    logic [39:0] addr;
    logic [4:0]  beats;
    addr = in_burst_q ? burst_addr_q : {dram_here[39:OffsetBits], {OffsetBits{1'b0}}};
    beats = burst_beats_q + 5'(ends_beat);
    read_piece_q.acc <= acc_q;
    read_piece_q.turn <= local_here[LineBits-1:0] - LineBits'(lane);
    read_piece_q.lane <= lane;
    read_piece_q.bytes <= bytes;
    read_piece_q.begins_beat <= !in_beat_q;
    read_piece_q.ends_beat <= ends_beat;
    read_piece_q.ends_burst <= ends_burst;
    read_piece_q.final_burst <= local_final;
    read_piece_q.addr <= addr;
    read_piece_q.beats <= beats;
    give_o <= local_final && tile_signal_q[5];
    in_beat_q <= !ends_beat;
    in_burst_q <= !ends_burst;
    burst_addr_q <= addr;
    burst_beats_q <= ends_burst ? '0 : beats;
  endtask

  always_ff @(posedge clk_i) begin
    if (wake) begin
      give_o <= 1'b0;
      arrived_q <= read_q;
      if (read_q) piece_q <= read_piece_q;
      read_q <= issue_o;
      if (issue_o) issue();
      if (!rst_ni) begin
        give_o <= 1'b0;
        in_beat_q <= 1'b0;
        in_burst_q <= 1'b0;
        burst_beats_q <= '0;
        read_q <= 1'b0;
        arrived_q <= 1'b0;
      end
    end
  end

  // ------------------------------------------------------------------------------------- cycle t + 2: into the beat
  task automatic merge;
    logic [2*Beat-1:0] lanes;
    logic [Beat-1:0]   strobe;
    logic [Beat*8-1:0] data;
    lanes = {{2*Beat-1{1'b0}}, 1'b1} << piece_q.bytes;
    strobe = Beat'((lanes - 1'b1) << piece_q.lane);
    data = {Beat / Slot{store_rdata_i[Slot*8-1:0]}};
    if (piece_q.acc) begin
      for (int unsigned i = 0; i < Beat; i++) data[i*8 +: 8] = dmar_data_i[{piece_q.turn + LineBits'(i), 3'b000} +: 8];
    end
    if (piece_q.begins_beat) begin
      beat_data_o <= data;
    end else begin
      for (int unsigned i = 0; i < Beat; i++) begin
        if (strobe[i]) beat_data_o[i*8 +: 8] <= data[i*8 +: 8];
      end
      strobe = strobe | beat_strobe_o;
    end
    beat_strobe_o <= strobe;
  endtask

  always_ff @(posedge clk_i) begin
    if (wake) begin
      beat_valid_o <= 1'b0;
      burst_valid_o <= 1'b0;
      if (arrived_q) begin
        merge();
        beat_valid_o <= piece_q.ends_beat;
        burst_valid_o <= piece_q.ends_burst;
        burst_addr_o <= piece_q.addr;
        burst_beats_o <= piece_q.beats;
        burst_final_o <= piece_q.final_burst;
      end
      if (!rst_ni) begin
        beat_valid_o <= 1'b0;
        burst_valid_o <= 1'b0;
      end
    end
  end

  assign busy_o = active_o || read_q || arrived_q || beat_valid_o;
endmodule
