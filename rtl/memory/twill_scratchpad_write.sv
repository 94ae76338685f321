// SPDX-License-Identifier: Apache-2.0
//
// A write port of the scratchpad: turns a granted word once, to where its bytes lie in the banks' words, and holds it for the
// cycle after the grant, in which the banks take it. Both words a write touches get the same turned data; their byte enables
// differ. As with reads, the turn goes by 64-bit lanes.
module twill_scratchpad_write #(
  parameter int unsigned Word = 16,
  parameter int unsigned Places = 16,
  localparam int unsigned OffsetBits = $clog2(Word)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // the request
  input  logic               granted_i,
  input  logic [Places-1:0]  touches_i,   // the sub-banks it touches
  input  logic [23:0]        addr_i,
  input  logic [Word*8-1:0]  data_i,
  input  logic [Word-1:0]    be_i,
  // one cycle later
  output logic [Places-1:0]  touches_o,   // 0 when there is nothing to write
  output logic [23:0]        addr_o,
  output logic [Word*8-1:0]  data_o,
  output logic [Word-1:0]    be_even_o,
  output logic [Word-1:0]    be_odd_o
);
  localparam int unsigned LaneBytes = Word < 8 ? Word : 8;
  localparam int unsigned Lane = LaneBytes * 8;
  localparam int unsigned Lanes = Word / LaneBytes;
  localparam int unsigned ByteBits = $clog2(LaneBytes);

  always_ff @(posedge clk_i) begin : turn
    int unsigned lane;                    // lane in which the first byte lands
    logic [5:0] shift;
    logic [Lane-1:0] low, high;
    logic [2*Word-1:0] be;
    touches_o <= '0;
    if (granted_i) begin
      touches_o <= touches_i;
      addr_o <= addr_i;
      if (addr_i[OffsetBits-1:0] == '0) begin
        data_o <= data_i;
        be_even_o <= be_i;
        be_odd_o <= be_i;
      end else begin
        lane = 32'(addr_i[OffsetBits-1:0]) >> ByteBits;
        shift = 6'({addr_i[ByteBits-1:0], 3'b000});
        low = data_i[((Lanes - 1 - lane) % Lanes) * Lane +: Lane];
        for (int unsigned i = 0; i < Lanes; i++) begin
          high = data_i[((Lanes + i - lane) % Lanes) * Lane +: Lane];
          data_o[i*Lane +: Lane] <= (high << shift) | ((low >> 1) >> (6'(Lane - 1) - shift));
          low = high;
        end
        be = {{Word{1'b0}}, be_i} << addr_i[OffsetBits-1:0];
        be_even_o <= addr_i[OffsetBits] ? be[Word +: Word] : be[0 +: Word];
        be_odd_o <= addr_i[OffsetBits] ? be[0 +: Word] : be[Word +: Word];
      end
    end
    if (!rst_ni) touches_o <= '0;
  end
endmodule
