// SPDX-License-Identifier: Apache-2.0
// Which code words of the even and of the odd word a write at the scratchpad covers in part: those are read in the cycle of its grant.
module twill_scratchpad_partial #(
  parameter int unsigned Word = 16,
  parameter int unsigned Places = 16,
  localparam int unsigned LaneBytes = Word < 8 ? Word : 8,
  localparam int unsigned Lanes = Word / LaneBytes
) (
  input  logic              gnt_i,
  input  logic [23:0]       addr_i,
  input  logic [Word-1:0]   be_i,
  input  logic [Places-1:0] touches_i,
  output logic [Lanes-1:0]  even_o,
  output logic [Lanes-1:0]  odd_o,
  output logic [Places-1:0] places_o     // the memories in which they lie
);
  localparam int unsigned OffsetBits = $clog2(Word);

  logic [2*Word-1:0]  be;
  logic [2*Lanes-1:0] part;   // of the word with the first byte, and the next

  always_comb begin
    be = '0;
    part = '0;
    even_o = '0;
    odd_o = '0;
    places_o = '0;
    if (gnt_i) begin
      be = {{Word{1'b0}}, be_i} << addr_i[OffsetBits-1:0];
      for (int unsigned l = 0; l < 2 * Lanes; l++) part[l] = be[l*LaneBytes +: LaneBytes] != '0 && be[l*LaneBytes +: LaneBytes] != '1;
      even_o = addr_i[OffsetBits] ? part[Lanes +: Lanes] : part[0 +: Lanes];
      odd_o = addr_i[OffsetBits] ? part[0 +: Lanes] : part[Lanes +: Lanes];
      places_o = touches_i & {Places / 2{odd_o != '0, even_o != '0}};
    end
  end
endmodule
