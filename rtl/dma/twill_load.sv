// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// The load engine: LOAD moves bytes from DRAM to the scratchpad or the accumulators, FILL writes a value there.
//
// Two halves work on different commands at a time: the DRAM side asks for the bursts of the next commands while data of the
// earlier ones is on its way; the local side writes what arrives. Between them go the commands (eight, as many as a queue
// lets in) and a note of each burst asked for. There is no data buffer: what has been asked for always has a place to go, so only
// the number of bursts noted bounds what is in flight. Aligned runs move a word a cycle, unaligned ones as well.
//
// Engine handshake and error pulse as every engine; the commands of one engine complete in order.
module twill_load #(
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
  output logic               error_o,
  output logic [4:0]         error_code_o,
  output logic [31:0]        error_info_o,
  output logic [1:0]         state_o,
  output logic [7:0]         loaded_bytes_o,   // taken from DRAM in this cycle
  // read client
  output logic               read_req_o,
  output logic [39:0]        read_addr_o,
  output logic [4:0]         read_beats_o,
  input  logic               read_gnt_i,
  input  logic               read_valid_i,
  input  logic [Word*8-1:0]  read_data_i,
  input  logic               read_error_i,
  output logic               read_ready_o,
  // scratchpad
  output logic               loadw_req_o,
  output logic [23:0]        loadw_addr_o,
  output logic [Word*8-1:0]  loadw_data_o,
  output logic [Word-1:0]    loadw_be_o,
  input  logic               loadw_gnt_i,
  output logic               load_req_o,
  output logic [23:0]        load_addr_o,
  input  logic               load_gnt_i,
  input  logic [Word*8-1:0]  load_rdata_i,
  // accumulators
  output logic               dmaw_req_o,
  output logic [11:0]        dmaw_addr_o,
  output logic [Word-1:0]    dmaw_lane_o,
  output logic [Word*32-1:0] dmaw_data_o,
  output logic               dmaw_add_o,
  input  logic               dmaw_gnt_i
);
  localparam int unsigned OffsetBits = $clog2(Word);
  localparam int unsigned BlockBits = OffsetBits + $clog2(twill_pkg::MaxBurstBeats);
  localparam int unsigned Commands = 8;
  // BytesInFlight even in bursts of one beat; no more than 128, which full bursts turn into 2048 beats.
  localparam int unsigned Bursts = twill_pkg::BytesInFlight / Word > 128 ? 128 : twill_pkg::BytesInFlight / Word;

  // --------------------------------------------------------------------------------------------- what the command says
  twill_pkg::load_t load;
  twill_pkg::fill_t fill;
  logic             is_fill, room, accept, requesting, stopped;
  assign load = cmd_i;
  assign fill = cmd_i;
  assign is_fill = load.opcode == twill_pkg::OpFill;
  `TWILL_STALL(stall_command)
  assign cmd_ready_o = room && (is_fill || !requesting) && !stopped && !stall_command;
  assign accept = cmd_valid_i && cmd_ready_o;

  localparam int unsigned CommandBits = 1 + 8 + 1 + 1 + 24 + 24 + 48 + 72;
  logic [CommandBits-1:0] command, next_command;
  assign command = is_fill
      ? {1'b1, fill.value, fill.space[0], 1'b0, fill.local_base, fill.local_run,
         fill.local_count2, fill.local_count1, fill.local_count0, fill.local_stride2, fill.local_stride1, fill.local_stride0}
      : {1'b0, 8'd0, load.space[0], load.add, load.local_base, load.local_run,
         load.local_count2, load.local_count1, load.local_count0, load.local_stride2, load.local_stride1, load.local_stride0};

  logic next_valid, next_ready;
  twill_fifo #(.Width(CommandBits), .Depth(Commands)) u_commands (
    .clk_i, .rst_ni,
    .in_valid_i(accept), .in_data_i(command), .in_ready_o(room),
    .out_valid_o(next_valid), .out_data_o(next_command), .out_ready_i(next_ready));

  // ----------------------------------------------------------------------------------------------------- DRAM side
  logic                  asked, note_room, note_valid, note_ready, asked_final, note_final;
  logic [OffsetBits-1:0] asked_lane, note_lane;
  logic [BlockBits:0]    asked_bytes, note_bytes;

  twill_load_request #(.Word(Word)) u_request (
    .clk_i, .rst_ni,
    .stop_i(stopped),
    .start_i(accept && !is_fill),
    .base_i(load.dram_base),
    .run_i(load.dram_run),
    .counts_i({load.dram_count2, load.dram_count1, load.dram_count0}),
    .strides_i({load.dram_stride2, load.dram_stride1, load.dram_stride0}),
    .active_o(requesting),
    .req_o(read_req_o), .addr_o(read_addr_o), .beats_o(read_beats_o), .gnt_i(read_gnt_i),
    .room_i(note_room),
    .burst_valid_o(asked), .burst_lane_o(asked_lane), .burst_bytes_o(asked_bytes), .burst_final_o(asked_final));

  twill_fifo #(.Width(OffsetBits + BlockBits + 2), .Depth(Bursts)) u_bursts (
    .clk_i, .rst_ni,
    .in_valid_i(asked), .in_data_i({asked_lane, asked_bytes, asked_final}), .in_ready_o(note_room),
    .out_valid_o(note_valid), .out_data_o({note_lane, note_bytes, note_final}), .out_ready_i(note_ready));

  // ---------------------------------------------------------------------------------------------------- local side
  logic        next_fill, next_acc, next_add, writing, moving, waiting;
  logic [7:0]  next_value;
  logic [23:0] next_base, next_run;
  logic [47:0] next_counts;
  logic [71:0] next_strides;
  assign {next_fill, next_value, next_acc, next_add, next_base, next_run, next_counts, next_strides} = next_command;

  twill_load_write #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_write (
    .clk_i, .rst_ni,
    .cmd_valid_i(next_valid), .cmd_fill_i(next_fill), .cmd_value_i(next_value), .cmd_acc_i(next_acc), .cmd_add_i(next_add),
    .cmd_base_i(next_base), .cmd_run_i(next_run), .cmd_counts_i(next_counts), .cmd_strides_i(next_strides),
    .cmd_ready_o(next_ready), .done_o,
    .burst_valid_i(note_valid), .burst_lane_i(note_lane), .burst_bytes_i(note_bytes), .burst_final_i(note_final),
    .burst_ready_o(note_ready),
    .read_valid_i, .read_data_i, .read_error_i, .read_ready_o,
    .loadw_req_o, .loadw_addr_o, .loadw_data_o, .loadw_be_o, .loadw_gnt_i,
    .load_req_o, .load_addr_o, .load_gnt_i, .load_rdata_i,
    .dmaw_req_o, .dmaw_addr_o, .dmaw_lane_o, .dmaw_data_o, .dmaw_add_o, .dmaw_gnt_i,
    .loaded_bytes_o,
    .active_o(writing), .moving_o(moving), .waiting_o(waiting),
    .fault_o(error_o), .fault_code_o(error_code_o), .fault_info_o(error_info_o), .stopped_o(stopped));

  always_comb begin
    state_o = twill_pkg::StateIdle;
    if ((writing || requesting || next_valid) && !stopped) begin
      if (moving || asked) state_o = twill_pkg::StateBusy;
      else if (waiting) state_o = twill_pkg::StateBlocked;
      else state_o = twill_pkg::StateStarved;
    end
  end
endmodule
