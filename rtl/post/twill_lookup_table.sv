// SPDX-License-Identifier: Apache-2.0
// The 256-entry table of LOOKUP: Word lanes read it at once, combinationally and only while lookup_i; write_i stores a word of
// Word entries in row_i. The entry of byte value v stands at v XOR 0x80.
module twill_lookup_table #(
  parameter int unsigned Word = 16
) (
  input  logic              clk_i,

  input  logic              write_i,
  input  logic [5:0]        row_i,
  input  logic [Word*8-1:0] bytes_i,       // entries to store, or values to look up

  input  logic              lookup_i,
  output logic [Word*8-1:0] looked_o
);
  localparam int unsigned RowBits = $clog2(Word);

  logic [7:0] entries_q [256];

  for (genvar l = 0; l < Word; l++) begin : gen_write
    always_ff @(posedge clk_i) begin
      if (write_i) entries_q[{row_i[7-RowBits:0], RowBits'(l)}] <= bytes_i[l*8 +: 8];
    end
  end

  always_comb begin
    looked_o = '0;
    if (lookup_i) begin
      for (int unsigned l = 0; l < Word; l++) looked_o[l*8 +: 8] = entries_q[bytes_i[l*8 +: 8] ^ 8'h80];
    end
  end
endmodule
