// SPDX-License-Identifier: Apache-2.0
//
// The DRAM side of LOAD: cuts the DRAM walk into bursts and asks for them, far ahead of the data. A burst stays inside a block
// of MaxBurstBeats words aligned to its own size, so that none crosses a 4 KiB boundary and long runs settle into full bursts.
//
// start_i only while active_o is low. A request holds until granted, one a cycle; with its grant, burst_valid_o tells the
// writing side what will arrive: from byte lane burst_lane_o of the first beat, burst_bytes_o bytes in a row.
module twill_load_request #(
  parameter int unsigned Word = 16,
  localparam int unsigned OffsetBits = $clog2(Word),
  localparam int unsigned BlockBits = OffsetBits + $clog2(twill_pkg::MaxBurstBeats)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  stop_i,        // ask for nothing more
  // the walk
  input  logic                  start_i,
  input  logic [39:0]           base_i,
  input  logic [23:0]           run_i,
  input  logic [47:0]           counts_i,
  input  logic [95:0]           strides_i,
  output logic                  active_o,
  // read client
  output logic                  req_o,
  output logic [39:0]           addr_o,        // a multiple of Word
  output logic [4:0]            beats_o,
  input  logic                  gnt_i,
  // bursts on their way
  input  logic                  room_i,        // one more can be noted
  output logic                  burst_valid_o,
  output logic [OffsetBits-1:0] burst_lane_o,
  output logic [BlockBits:0]    burst_bytes_o,
  output logic                  burst_final_o  // the last of the walk
);
  logic               walking, take, final_piece;
  logic [39:0]        addr, here;      // here: of the burst that is cut off
  logic [23:0]        left;
  logic [BlockBits:0] limit, bytes;

  twill_walk #(.AddressBits(40), .StrideBits(32), .LimitBits(BlockBits + 1)) u_walk (
    .clk_i, .rst_ni,
    .start_i, .base_i, .run_i, .counts_i, .strides_i,
    .active_o(walking), .addr_o(addr), .left_o(left),
    .limit_i(limit), .bytes_o(bytes), .final_o(final_piece), .take_i(take));

  logic valid_q;
  logic unused_left;
  assign unused_left = ^left;
  assign active_o = walking || valid_q;

  assign req_o = valid_q && room_i && !stop_i;
  assign burst_valid_o = req_o && gnt_i;

  always_comb begin
    take = 1'b0;
    here = '0;
    limit = '0;
    if (walking) take = (!valid_q || burst_valid_o) && !stop_i;
    if (take) begin
      here = addr;
      limit = {1'b1, {BlockBits{1'b0}}} - {1'b0, addr[BlockBits-1:0]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      valid_q <= 1'b1;
      addr_o <= {here[39:OffsetBits], {OffsetBits{1'b0}}};
      beats_o <= 5'(((BlockBits + 2)'(here[OffsetBits-1:0]) + (BlockBits + 2)'(bytes) + (BlockBits + 2)'(Word - 1)) >> OffsetBits);
      burst_lane_o <= here[OffsetBits-1:0];
      burst_bytes_o <= bytes;
      burst_final_o <= final_piece;
    end else if (burst_valid_o) begin
      valid_q <= 1'b0;
    end
    if (!rst_ni) valid_q <= 1'b0;
  end
endmodule
