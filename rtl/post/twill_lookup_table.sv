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
  // Four entries a row: a word stores Word / 4 rows, a lane picks a row by the high bits of its entry number, then a byte of it.
  logic [31:0] rows_q [64];

  for (genvar i = 0; i < Word / 4; i++) begin : gen_write
    always_ff @(posedge clk_i) begin
      if (write_i) rows_q[6'(row_i * (Word / 4) + i)] <= bytes_i[i*32 +: 32];
    end
  end

  always_comb begin
    looked_o = '0;
    if (lookup_i) begin
      for (int unsigned l = 0; l < Word; l++)      // row v[7:2] XOR 0x20, byte v[1:0]
        looked_o[l*8 +: 8] = 8'(rows_q[bytes_i[l*8+2 +: 6] ^ 6'h20] >> {bytes_i[l*8 +: 2], 3'b000});
    end
  end
endmodule
