// SPDX-License-Identifier: Apache-2.0
//
// The receiver: does what the flits of other chips ask, in the order they come. It waits for its memories only, never for a semaphore
// or for what this chip sends: so it consumes whatever the network brings.
//
// A flit for the accumulators is written at once, one for the scratchpad or for DRAM goes to the block that looks after it, a signal
// waits in its own queue for everything before it. After a message that names a byte outside its space, or a write that
// memory refuses, error_o is one pulse and whatever comes is dropped.
module twill_network_receive #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // port
  input  logic                           flit_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] flit_i,
  output logic                           flit_ready_o,
  // scratchpad
  output logic                           add_req_o,
  output logic [23:0]                    add_addr_o,
  input  logic                           add_gnt_i,
  input  logic [Word*8-1:0]              add_rdata_i,
  output logic                           netw_req_o,
  output logic [23:0]                    netw_addr_o,
  output logic [Word*8-1:0]              netw_data_o,
  output logic [Word-1:0]                netw_be_o,
  input  logic                           netw_gnt_i,
  // accumulators: four values, for the lanes of which they are a part
  output logic                           accw_req_o,
  output logic [11:0]                    accw_addr_o,
  output logic [Word-1:0]                accw_lane_o,
  output logic [127:0]                   accw_data_o,
  output logic                           accw_add_o,
  input  logic                           accw_gnt_i,
  // DRAM: write client
  output logic                           write_req_o,
  output logic [39:0]                    write_addr_o,
  input  logic                           write_gnt_i,
  output logic [Word*8-1:0]              write_data_o,
  output logic [Word-1:0]                write_strobe_o,
  input  logic                           write_next_i,
  input  logic                           write_ack_i,
  input  logic                           write_error_i,
  // semaphores
  output logic                           give_o,
  output logic [4:0]                     give_sem_o,
  // what happens
  output logic                           busy_o,            // something is here
  output logic                           error_o,
  output logic [4:0]                     error_code_o,
  output logic [31:0]                    error_info_o
);
  localparam logic [39:0] ScratchpadEnd = 40'(ScratchpadBytes);
  localparam logic [39:0] AccEnd = 40'(AccWords * Word * 4);
  localparam int unsigned LineBits = $clog2(Word) + 2;      // an accumulator word has 4 * Word bytes

  // ------------------------------------------------------------------------------------------------ what it asks for
  logic [127:0] payload;
  logic [15:0]  strobe;
  logic [1:0]   message, space;
  logic [5:0]   source;
  logic [39:0]  address;
  assign payload = flit_i[127:0];
  assign strobe = flit_i[143:128];
  assign message = flit_i[145:144];
  assign space = flit_i[147:146];
  assign source = flit_i[159:154];
  assign address = flit_i[199:160];

  logic failed_q;
  // Something is here, or was in the cycle before: else nothing in the receiver changes.
  logic awake_q, wake, stays;
  assign wake = flit_valid_i || awake_q || !rst_ni;

  logic local_valid, local_ready, dram_valid, dram_ready, signal_valid, signal_ready, far, outside, add;
  logic local_begun, local_done, local_busy, dram_busy, dram_done, dram_refused, signal_busy;

  always_comb begin
    local_valid = 1'b0;
    dram_valid = 1'b0;
    signal_valid = 1'b0;
    accw_req_o = 1'b0;
    outside = 1'b0;
    add = 1'b0;
    if (flit_valid_i && !failed_q) begin
      add = message == twill_pkg::MessageAdd;
      if (message == twill_pkg::MessageSignal) begin
        signal_valid = 1'b1;
      end else begin
        case (space)
          twill_pkg::SpaceScratchpad: outside = address >= ScratchpadEnd;
          twill_pkg::SpaceAccumulators: outside = address >= AccEnd;
          twill_pkg::SpaceDram: outside = add;
          default: outside = 1'b1;
        endcase
        outside = outside || message == 2'd3;
        if (!outside && !far) begin
          local_valid = space == twill_pkg::SpaceScratchpad;
          accw_req_o = space == twill_pkg::SpaceAccumulators;
          dram_valid = space == twill_pkg::SpaceDram;
        end
      end
    end
  end

  always_comb begin
    flit_ready_o = 1'b0;
    if (flit_valid_i)
      flit_ready_o = failed_q || outside || local_ready || dram_ready || (accw_req_o && accw_gnt_i) || (signal_valid && signal_ready);
  end

  // --------------------------------------------------------------------------------------------------- accumulators
  always_comb begin
    accw_addr_o = '0;
    accw_lane_o = '0;
    accw_data_o = '0;
    accw_add_o = 1'b0;
    if (accw_req_o) begin
      accw_addr_o = 12'(address >> LineBits);
      accw_lane_o = Word'({&strobe[15:12], &strobe[11:8], &strobe[7:4], &strobe[3:0]}) << address[LineBits-1:2];
      accw_data_o = payload;
      accw_add_o = add;
    end
  end

  // ----------------------------------------------------------------------------------------------------- the others
  twill_network_scratchpad #(.Word(Word)) u_scratchpad (
    .clk_i, .rst_ni, .wake_i(wake),
    .valid_i(local_valid), .add_i(add), .addr_i(address[23:0]), .data_i(payload), .strobe_i(strobe), .ready_o(local_ready),
    .begun_o(local_begun), .written_o(local_done), .busy_o(local_busy),
    .add_req_o, .add_addr_o, .add_gnt_i, .add_rdata_i,
    .netw_req_o, .netw_addr_o, .netw_data_o, .netw_be_o, .netw_gnt_i);

  twill_network_dram #(.Word(Word)) u_dram (
    .clk_i, .rst_ni, .wake_i(wake),
    .valid_i(dram_valid), .addr_i(address), .data_i(payload), .strobe_i(strobe), .ready_o(dram_ready),
    .busy_o(dram_busy), .acked_o(dram_done), .refused_o(dram_refused),
    .write_req_o, .write_addr_o, .write_gnt_i, .write_data_o, .write_strobe_o, .write_next_i, .write_ack_i, .write_error_i);

  twill_network_signals u_signals (
    .clk_i, .rst_ni, .wake_i(wake),
    .valid_i(signal_valid), .sem_i(address[4:0]), .ready_o(signal_ready),
    .local_begun_i(local_begun), .local_done_i(local_done), .dram_begun_i(dram_ready), .dram_done_i(dram_done), .far_o(far),
    .give_o, .give_sem_o, .busy_o(signal_busy));

  always_comb begin
    busy_o = 1'b0;
    stays = 1'b0;
    if (flit_valid_i || awake_q) begin
      busy_o = flit_valid_i || local_busy || signal_busy;
      stays = busy_o || dram_busy;
    end
  end

  // --------------------------------------------------------------------------------------------------------- errors
  always_ff @(posedge clk_i) begin
    if (wake) begin
      awake_q <= stays;
      error_o <= 1'b0;
      if ((outside || (dram_done && dram_refused)) && !failed_q) begin
        failed_q <= 1'b1;
        error_o <= 1'b1;
        error_code_o <= outside ? twill_pkg::ErrorRemoteAccess : twill_pkg::ErrorBus;
        error_info_o <= outside ? {source, space, address[23:0]} : '0;
      end
      if (!rst_ni) begin
        awake_q <= 1'b0;
        error_o <= 1'b0;
        failed_q <= 1'b0;
      end
    end
  end
endmodule
