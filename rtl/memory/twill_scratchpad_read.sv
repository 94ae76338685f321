// SPDX-License-Identifier: Apache-2.0
//
// What a read port of the scratchpad does with the words its banks have read: a request granted in cycle t leaves its address
// here, and in t + 1 the bytes it wants are shifted out of the banks' words into rdata_o, valid in t + 2. The shift goes lane
// by lane over 64 bits, each a funnel from two neighbours: nothing wider is ever shifted. Most reads are aligned and need no shift.
module twill_scratchpad_read #(
  parameter int unsigned Word = 16,
  parameter int unsigned AddressBits = 18,
  parameter int unsigned PlaceBits = 4   // a place is one of the memories: {bank, odd}
) (
  input  logic                           clk_i,
  // the request
  input  logic                           granted_i,
  input  logic [AddressBits-1:0]         addr_i,
  // one cycle later
  input  logic [(Word*8<<PlaceBits)-1:0] words_i,   // the word every memory read last
  // two cycles later
  output logic [Word*8-1:0]              rdata_o
);
  localparam int unsigned OffsetBits = $clog2(Word);
  localparam int unsigned LaneBytes = Word < 8 ? Word : 8;
  localparam int unsigned Lane = LaneBytes * 8;
  localparam int unsigned Lanes = Word / LaneBytes;
  localparam int unsigned ByteBits = $clog2(LaneBytes);

  logic                   granted_q;
  logic [AddressBits-1:0] addr_q;

  // Lane number `lane` of the memory, looked up in the word its bank has read.
  function automatic logic [Lane-1:0] lane_at(input logic [AddressBits-ByteBits-1:0] lane);
    logic [AddressBits-1:0] addr;
    addr = {lane, {ByteBits{1'b0}}};
    lane_at = words_i[{addr[AddressBits-1 -: PlaceBits-1], addr[OffsetBits:0]} * 8 +: Lane];
  endfunction

  task automatic align;
    logic [AddressBits-ByteBits-1:0] lane;
    logic [5:0] shift;
    logic [Lane-1:0] low, high;
    lane = addr_q[AddressBits-1:ByteBits];
    shift = 6'({addr_q[ByteBits-1:0], 3'b000});
    low = lane_at(lane);
    for (int unsigned i = 0; i < Lanes; i++) begin
      lane = lane + 1'b1;
      high = lane_at(lane);
      // the left shift by Lane - shift goes in two steps: a shift by a whole lane is 0 in hardware but undefined in C
      rdata_o[i*Lane +: Lane] <= (low >> shift) | ((high << 1) << (6'(Lane - 1) - shift));
      low = high;
    end
  endtask

  always_ff @(posedge clk_i) begin
    granted_q <= granted_i;
    if (granted_i) addr_q <= addr_i;
    if (granted_q) begin
      if (addr_q[OffsetBits-1:0] == '0)
        rdata_o <= words_i[{addr_q[AddressBits-1 -: PlaceBits-1], addr_q[OffsetBits], {OffsetBits + 3{1'b0}}} +: Word * 8];
      else align();
    end
  end
endmodule
