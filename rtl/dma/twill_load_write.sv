// SPDX-License-Identifier: Apache-2.0
//
// The local side of LOAD and FILL: cuts the arriving beats by the local walk and writes the pieces, one a cycle. A piece is as
// many bytes as both the beat and the local run hold in a row. It keeps its lanes: the scratchpad writes at any byte address,
// so a beat whose lane l belongs at address a goes out whole to a - l with lane l and its neighbours enabled.
//
// Sums (the accumulators, or the scratchpad with `add`) move as int32. Where DRAM is not aligned to them their bytes are
// collected one by one into `value_q`, slowly but rightly; aligned beats pass directly. A sum in the scratchpad is read, added and
// written one word at a time, the next read two cycles after the write so that it sees it.
//
// The commands come through a FIFO and run one after the other; done_o is a pulse after the grant of the last write of each.
// Faults are raised when all earlier commands are done; then everything that still arrives is taken and dropped.
module twill_load_write #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024,
  localparam int unsigned OffsetBits = $clog2(Word),
  localparam int unsigned BlockBits = OffsetBits + $clog2(twill_pkg::MaxBurstBeats)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // the next command: its local walk and what to do on it
  input  logic                  cmd_valid_i,
  input  logic                  cmd_fill_i,
  input  logic [7:0]            cmd_value_i,
  input  logic                  cmd_acc_i,          // the accumulators, not the scratchpad
  input  logic                  cmd_add_i,
  input  logic [23:0]           cmd_base_i,
  input  logic [23:0]           cmd_run_i,
  input  logic [47:0]           cmd_counts_i,
  input  logic [71:0]           cmd_strides_i,
  output logic                  cmd_ready_o,
  output logic                  done_o,
  // bursts on their way, in order
  input  logic                  burst_valid_i,
  input  logic [OffsetBits-1:0] burst_lane_i,
  input  logic [BlockBits:0]    burst_bytes_i,
  input  logic                  burst_final_i,
  output logic                  burst_ready_o,
  // their beats
  input  logic                  read_valid_i,
  input  logic [Word*8-1:0]     read_data_i,
  input  logic                  read_error_i,
  output logic                  read_ready_o,
  // scratchpad
  output logic                  loadw_req_o,
  output logic [23:0]           loadw_addr_o,
  output logic [Word*8-1:0]     loadw_data_o,
  output logic [Word-1:0]       loadw_be_o,
  input  logic                  loadw_gnt_i,
  output logic                  load_req_o,
  output logic [23:0]           load_addr_o,
  input  logic                  load_gnt_i,
  input  logic [Word*8-1:0]     load_rdata_i,
  // accumulators
  output logic                  dmaw_req_o,
  output logic [11:0]           dmaw_addr_o,
  output logic [Word-1:0]       dmaw_lane_o,
  output logic [Word*32-1:0]    dmaw_data_o,
  output logic                  dmaw_add_o,
  input  logic                  dmaw_gnt_i,
  // what happens
  output logic [7:0]            loaded_bytes_o,     // taken from DRAM in this cycle
  output logic                  active_o,           // a command is at work
  output logic                  moving_o,
  output logic                  waiting_o,          // for a grant
  output logic                  fault_o,            // pulse; nothing is written afterwards
  output logic [4:0]            fault_code_o,
  output logic [31:0]           fault_info_o,
  output logic                  stopped_o
);
  localparam int unsigned LineBits = OffsetBits + 2;            // an accumulator word has 4 * Word bytes
  localparam int unsigned LimitBits = LineBits + 1;
  localparam int unsigned Ints = Word / 4;                      // int32 values of a beat
  localparam logic [24:0] ScratchpadEnd = 25'(ScratchpadBytes);
  localparam logic [24:0] AccEnd = 25'(AccWords * Word * 4);

  // ------------------------------------------------------------------------------------- the command and its local walk
  logic       fill_q, acc_q, add_q, start, misfit;
  logic [7:0] value_of_fill_q;
  logic       walking, take, final_piece;
  logic [23:0] addr, left;
  logic [LimitBits-1:0] limit, bytes;

  twill_walk #(.AddressBits(24), .StrideBits(24), .LimitBits(LimitBits)) u_walk (
    .clk_i, .rst_ni,
    .start_i(start), .base_i(cmd_base_i), .run_i(cmd_run_i), .counts_i(cmd_counts_i), .strides_i(cmd_strides_i),
    .active_o(walking), .addr_o(addr), .left_o(left),
    .limit_i(limit), .bytes_o(bytes), .final_o(final_piece), .take_i(take));

  logic unused_left;
  assign unused_left = ^left;

  always_comb begin
    misfit = 1'b0;
    start = 1'b0;
    if (cmd_valid_i) begin
      start = !walking && !stopped_o;
      if (start && (cmd_acc_i || cmd_add_i)) begin
        misfit = (cmd_base_i[1:0] | cmd_run_i[1:0] | cmd_strides_i[1:0] | cmd_strides_i[25:24] | cmd_strides_i[49:48]) != '0;
        start = !misfit;
      end
    end
  end
  assign cmd_ready_o = start;

  always_ff @(posedge clk_i) begin
    if (start) begin
      fill_q <= cmd_fill_i;
      value_of_fill_q <= cmd_value_i;
      acc_q <= cmd_acc_i;
      add_q <= cmd_add_i;
    end
  end

  // ----------------------------------------------------------------------------------------- what the source offers
  logic                  burst_valid_q, burst_final_q;
  logic [OffsetBits-1:0] lane_q;                     // of the next byte of the current beat
  logic [BlockBits:0]    rest_q;                     // bytes of the burst not yet taken
  logic [31:0]           value_q;                    // an int32 being collected
  logic [2:0]            collected_q;
  logic                  value_final_q;              // its last byte was the last of the stream

  logic [OffsetBits:0]   in_beat;                    // bytes of the current beat not yet taken
  logic                  collect, from_value;        // a byte goes to value_q; the piece is value_q
  logic                  offered;                    // a piece can be made
  logic [OffsetBits-1:0] lane;                       // of its first byte
  logic                  stopped_q;

  // What can be offered is worked out only when there is something: an engine that waits should cost the simulator nothing.
  always_comb begin : offer
    logic [LimitBits-1:0] line_room;
    logic                 ints;
    in_beat = '0;
    from_value = 1'b0;
    collect = 1'b0;
    offered = 1'b0;
    lane = '0;
    limit = '0;
    line_room = '0;
    ints = 1'b0;
    if (walking) begin
      offered = (fill_q || read_valid_i || collected_q[2]) && !stopped_q;   // something is, at first sight
    end
    if (offered) begin
      line_room = {1'b1, {LineBits{1'b0}}} - {1'b0, addr[LineBits-1:0]};
      if (fill_q) begin
        lane = addr[OffsetBits-1:0];
        limit = acc_q ? line_room : LimitBits'(Word) - LimitBits'(addr[OffsetBits-1:0]);
      end else if (collected_q[2]) begin
        from_value = 1'b1;
        limit = LimitBits'(4);
      end else if (burst_valid_q && !read_error_i && !value_final_q) begin   // not the next stream's
        lane = lane_q;
        in_beat = (OffsetBits + 1)'(Word) - (OffsetBits + 1)'(lane_q);
        if (rest_q < (BlockBits + 1)'(in_beat)) in_beat = rest_q[OffsetBits:0];
        ints = acc_q || add_q;
        collect = ints && (collected_q != '0 || lane_q[1:0] != '0 || in_beat < (OffsetBits + 1)'(4));
        offered = !collect;
        if (offered) begin
          limit = LimitBits'(in_beat);
          if (ints) limit[1:0] = 2'b00;
          if (acc_q && limit > line_room) limit = line_room;
        end
      end else begin
        offered = 1'b0;
      end
    end
  end

  // ------------------------------------------------------------------------------- what becomes of the piece, and faults
  logic        write_valid_q, write_acc_q, write_final_q, written, settling_q;
  logic [1:0]  sum_step_q;      // a sum in the scratchpad: 0 reads (until granted), 1 waits, 2 adds what has arrived
  logic        summing, consume, outside, ends_beat, ends_burst;
  logic [23:0] here;            // of the piece
  logic [4:0]  fault_code;
  logic [OffsetBits:0] consumed;

  always_comb begin
    written = 1'b0;
    if (write_valid_q) written = write_acc_q ? dmaw_gnt_i : loadw_gnt_i;
  end

  always_comb begin : piece
    logic last_of_stream;
    fault_code = twill_pkg::ErrorNone;
    outside = 1'b0;
    last_of_stream = 1'b0;
    summing = 1'b0;
    take = 1'b0;
    load_req_o = 1'b0;
    load_addr_o = '0;
    here = '0;
    consume = 1'b0;
    consumed = '0;
    ends_beat = 1'b0;
    ends_burst = 1'b0;
    if (offered) begin
      here = addr;
      outside = {1'b0, addr} + 25'(bytes) > (acc_q ? AccEnd : ScratchpadEnd);
      last_of_stream = from_value ? value_final_q : burst_final_q && rest_q == (BlockBits + 1)'(bytes);
      summing = !fill_q && !acc_q && add_q;   // in the scratchpad only sums are int32
      if (outside) fault_code = twill_pkg::ErrorAddressRange;
      else if (!fill_q && last_of_stream != final_piece) fault_code = twill_pkg::ErrorWalkMismatch;
      else begin
        take = summing ? sum_step_q == 2'd2 : !write_valid_q || written;
        load_req_o = summing && sum_step_q == 2'd0 && !write_valid_q && !settling_q;
        load_addr_o = addr - 24'(lane);   // where lane 0 would go
        consume = take && !fill_q && !from_value;
        consumed = bytes[OffsetBits:0];
      end
    end else if (collect) begin
      consume = 1'b1;
      consumed = (OffsetBits + 1)'(1);
    end else if (walking) begin
      if (!fill_q && value_final_q) fault_code = twill_pkg::ErrorWalkMismatch;   // the stream ended inside an int32
      else if (!fill_q && burst_valid_q && read_valid_i && read_error_i) fault_code = twill_pkg::ErrorBus;
    end else if (misfit) begin
      fault_code = twill_pkg::ErrorBadField;
    end
    if (consume) begin
      ends_beat = consumed == in_beat;
      ends_burst = rest_q == (BlockBits + 1)'(consumed);
    end
  end

  // A fault is raised when every earlier command is done, so that it is laid to the right one.
  always_ff @(posedge clk_i) begin
    fault_o <= 1'b0;
    if (fault_code != twill_pkg::ErrorNone) begin
      if (!write_valid_q && !stopped_q) begin
        fault_o <= 1'b1;
        stopped_q <= 1'b1;
        fault_code_o <= fault_code;
        fault_info_o <= !outside ? '0
                      : {1'b0, here} < (acc_q ? AccEnd : ScratchpadEnd) ? (acc_q ? 32'(AccEnd) : 32'(ScratchpadEnd))
                      : 32'(here);   // the first byte outside
      end
    end
    if (!rst_ni) begin
      fault_o <= 1'b0;
      stopped_q <= 1'b0;
    end
  end
  assign stopped_o = stopped_q;

  assign read_ready_o = stopped_q || ends_beat;
  assign burst_ready_o = !burst_valid_q || ends_burst;
  assign loaded_bytes_o = consume ? 8'(consumed) : 8'd0;
  assign active_o = walking || write_valid_q;
  assign moving_o = take || collect || written;
  assign waiting_o = (write_valid_q && !written) || (load_req_o && !load_gnt_i);

  // ----------------------------------------------------------------------------------------------- the write itself
  task automatic write_scratchpad;
    logic [2*Word-1:0] lanes;
    lanes = {{2*Word-1{1'b0}}, 1'b1} << bytes;
    loadw_addr_o <= load_addr_o;
    loadw_be_o <= Word'((lanes - 1'b1) << lane);
    if (fill_q) begin
      loadw_data_o <= {Word{value_of_fill_q}};
    end else if (summing) begin
      for (int unsigned i = 0; i < Ints; i++) begin
        loadw_data_o[i*32 +: 32] <= load_rdata_i[i*32 +: 32] + (from_value ? value_q : read_data_i[i*32 +: 32]);
      end
    end else begin
      loadw_data_o <= read_data_i;
    end
  endtask

  // Column c takes the beat's int32 number (c + turn) mod Ints, whichever those are; the lane enables pick the right ones.
  task automatic write_accumulators;
    logic [2*Word-1:0] lanes;
    logic [5:0] column, turn;
    column = 6'(here[LineBits-1:2]);
    turn = (6'(lane) >> 2) - column;
    lanes = {{2*Word-1{1'b0}}, 1'b1} << (bytes >> 2);
    dmaw_addr_o <= 12'(here >> LineBits);
    dmaw_lane_o <= Word'((lanes - 1'b1) << column);
    dmaw_add_o <= add_q && !fill_q;
    if (fill_q) begin
      dmaw_data_o <= {4*Word{value_of_fill_q}};
    end else if (from_value) begin
      dmaw_data_o <= {Word{value_q}};
    end else begin
      for (int unsigned c = 0; c < Word; c++) dmaw_data_o[c*32 +: 32] <= read_data_i[((c + 32'(turn)) % Ints) * 32 +: 32];
    end
  endtask

  // Registers are read before they are written: the simulator then needs no copies of them.
  always_ff @(posedge clk_i) begin
    settling_q <= write_valid_q;
    done_o <= 1'b0;
    if (written) begin
      write_valid_q <= 1'b0;
      done_o <= write_final_q;
    end
    if (summing) begin
      if (sum_step_q != '0 || (load_req_o && load_gnt_i)) sum_step_q <= sum_step_q + 2'd1;
      if (take) sum_step_q <= '0;
    end
    if (take) begin
      write_valid_q <= 1'b1;
      write_acc_q <= acc_q;
      write_final_q <= final_piece;
      if (acc_q) write_accumulators();
      else write_scratchpad();
    end
    if (collect) begin
      value_q <= {read_data_i[{lane_q, 3'b000} +: 8], value_q[31:8]};
      value_final_q <= burst_final_q && ends_burst;
      collected_q <= collected_q + 3'd1;
    end else if (take && from_value) begin
      value_final_q <= 1'b0;
      collected_q <= '0;
    end
    // the burst and the lane go on
    if (consume) begin
      rest_q <= rest_q - (BlockBits + 1)'(consumed);
      lane_q <= ends_beat ? '0 : lane_q + consumed[OffsetBits-1:0];
      burst_valid_q <= !ends_burst;
    end
    if (burst_valid_i && burst_ready_o) begin
      burst_valid_q <= 1'b1;
      lane_q <= burst_lane_i;
      rest_q <= burst_bytes_i;
      burst_final_q <= burst_final_i;
    end
    if (!rst_ni) begin
      done_o <= 1'b0;
      write_valid_q <= 1'b0;
      settling_q <= 1'b0;
      sum_step_q <= '0;
      collected_q <= '0;
      value_final_q <= 1'b0;
      burst_valid_q <= 1'b0;
    end
  end

  assign loadw_req_o = write_valid_q && !write_acc_q;
  assign dmaw_req_o = write_valid_q && write_acc_q;
endmodule
