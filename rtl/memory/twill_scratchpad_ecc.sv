// SPDX-License-Identifier: Apache-2.0
// The memories of a scratchpad with SEC-DED: a code word for each 8 bytes (for each word where Word is 4).
//
// Code words are only written whole. A write of some bytes of one reads it in the cycle of its grant, in which no read port is granted that
// memory, and writes the merged code word in the next; a following write to it takes it from there. So writes go at one a cycle,
// whatever bytes they enable, and are seen no later than those of whole code words: what a partial write costs is a cycle of its memory's reads.
// What is lost stays lost until it is written whole: a partial write finds it so, and is dropped.
//
// Ports come side by side in the order of their priority. What lies twice is reported in the cycle after the read's grant, with the first of
// the places if there are several. Rows are cleared while clear_i; nothing is granted then.
module twill_scratchpad_ecc #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  localparam int unsigned Places = 2 * twill_pkg::ScratchpadBanks,
  localparam int unsigned LaneBytes = Word < 8 ? Word : 8,
  localparam int unsigned Lanes = Word / LaneBytes
) (
  input  logic                     clk_i,
  input  logic                     clear_i,
  input  logic [15:0]              clear_row_i,
  // reads: weights, post, feeder, store, load, send, add
  input  logic [6:0]               read_gnt_i,
  input  logic [7*Places-1:0]      read_touches_i,
  input  logic [7*24-1:0]          read_addr_i,
  // writes in the cycle of their grant: post, load, network; and the code words they cover in part
  input  logic [2:0]               write_gnt_i,
  input  logic [3*Places-1:0]      write_touches_i,
  input  logic [3*24-1:0]          write_addr_i,
  input  logic [3*Lanes-1:0]       part_even_i,
  input  logic [3*Lanes-1:0]       part_odd_i,
  // and in the next, turned to where their bytes lie
  input  logic [3*Places-1:0]      turned_touches_i,
  input  logic [3*24-1:0]          turned_addr_i,
  input  logic [3*Word*8-1:0]      turned_data_i,
  input  logic [3*Word-1:0]        turned_be_even_i,
  input  logic [3*Word-1:0]        turned_be_odd_i,
  // a cycle after a grant
  output logic [Places*Word*8-1:0] words_o,
  output logic [7:0]               corrected_o,   // code words
  output logic [5:0]               double_o,      // who read it: load, array, post, store, network queue; a message of another chip
  output logic [23:0]              address_o      // of its first byte
);
  localparam int unsigned BankBits = $clog2(twill_pkg::ScratchpadBanks);
  localparam int unsigned OffsetBits = $clog2(Word);
  localparam int unsigned AddressBits = $clog2(ScratchpadBytes);
  localparam int unsigned PairBits = AddressBits - OffsetBits - 1;
  localparam int unsigned RowBits = PairBits - BankBits;
  localparam int unsigned Lane = LaneBytes * 8;
  // Whose each port is, as in double_o.
  localparam logic [7*6-1:0] Readers = {6'd32, 6'd16, 6'd1, 6'd8, 6'd2, 6'd4, 6'd2};
  localparam logic [3*6-1:0] Writers = {6'd32, 6'd1, 6'd4};

  function automatic logic [RowBits-1:0] row_of(input logic [23:0] addr, input logic odd);
    row_of = RowBits'(addr[AddressBits-1:OffsetBits+1] + PairBits'(addr[OffsetBits] && !odd));
  endfunction

  logic moves;   // something is asked for or written in this cycle
  assign moves = clear_i || read_gnt_i != '0 || write_gnt_i != '0 || turned_touches_i != '0;

  logic [Places*Lanes-1:0] corrected, double;
  logic [Places*6-1:0]     owners;
  logic [Places*24-1:0]    bases;

  for (genvar p = 0; p < Places; p++) begin : gen_place
    localparam bit Odd = (p & 1) != 0;
    logic [Lanes-1:0]   reads, reads_part, writes, forward, forward_q;
    logic [RowBits-1:0] read_row, read_row_q, write_row;
    logic [5:0]         owner, owner_q;
    logic [Word-1:0]    be;
    logic [Word*8-1:0]  old, turned, merged, written_q;

    // What is written. Bytes that are not enabled come from what was read, or from the write before.
    always_comb begin
      writes = '0;
      write_row = '0;
      be = '0;
      turned = '0;
      merged = '0;
      if (moves) begin
        for (int unsigned w = 0; w < 3; w++) begin
          if (turned_touches_i[w*Places+p]) begin
            write_row = row_of(turned_addr_i[w*24 +: 24], Odd);
            be = Odd ? turned_be_odd_i[w*Word +: Word] : turned_be_even_i[w*Word +: Word];
            turned = turned_data_i[w*Word*8 +: Word*8];
          end
        end
        // Merged and encoded, the noise of a lost word would pass for data.
        for (int unsigned l = 0; l < Lanes; l++)
          writes[l] = be[l*LaneBytes +: LaneBytes] == '1 || (be[l*LaneBytes +: LaneBytes] != '0 && !double[p*Lanes+l]);
        for (int unsigned i = 0; i < Word; i++)
          merged[i*8 +: 8] = be[i] ? turned[i*8 +: 8] : forward_q[i/LaneBytes] ? written_q[i*8 +: 8] : old[i*8 +: 8];
        if (clear_i) begin
          writes = '1;
          write_row = RowBits'(clear_row_i);
          merged = '0;
        end
      end
    end

    // What is read. A write comes here only when no read does.
    always_comb begin
      reads = '0;
      reads_part = '0;
      forward = '0;
      read_row = '0;
      owner = '0;
      if (moves) begin
        for (int unsigned r = 0; r < 7; r++) begin
          if (read_gnt_i[r] && read_touches_i[r*Places+p]) begin
            reads = '1;
            read_row = row_of(read_addr_i[r*24 +: 24], Odd);
            owner = Readers[r*6 +: 6];
          end
        end
        for (int unsigned w = 0; w < 3; w++) begin
          if (write_gnt_i[w] && write_touches_i[w*Places+p]) begin
            reads_part = Odd ? part_odd_i[w*Lanes +: Lanes] : part_even_i[w*Lanes +: Lanes];
            if (reads_part != '0) begin
              read_row = row_of(write_addr_i[w*24 +: 24], Odd);
              owner = Writers[w*6 +: 6];
              if (read_row == write_row) forward = writes & reads_part;
              reads = reads_part & ~forward;
            end
          end
        end
      end
    end

    twill_ecc_memory #(.Rows(1 << RowBits), .Lanes(Lanes), .LaneBits(Lane)) u_memory (
      .clk_i, .read_i(reads), .read_row_i(read_row), .write_i(writes), .write_row_i(write_row), .write_data_i(merged),
      .data_o(old), .corrected_o(corrected[p*Lanes +: Lanes]), .double_o(double[p*Lanes +: Lanes]));

    always_ff @(posedge clk_i) begin
      if (moves) begin
        forward_q <= forward;
        owner_q <= owner;
        read_row_q <= read_row;
        if (forward != '0) written_q <= merged;
      end
    end

    assign words_o[p*Word*8 +: Word*8] = old;
    assign owners[p*6 +: 6] = owner_q;
    assign bases[p*24 +: 24] = 24'({BankBits'(p / 2), read_row_q, Odd, {OffsetBits{1'b0}}});
  end

  always_comb begin
    corrected_o = '0;
    double_o = '0;
    address_o = '0;
    if (corrected != '0) begin
      for (int unsigned i = 0; i < Places * Lanes; i++) corrected_o = corrected_o + 8'(corrected[i]);
    end
    if (double != '0) begin
      for (int unsigned i = 0; i < Places * Lanes; i++) begin
        if (double[i] && double_o == '0) begin
          double_o = owners[i/Lanes*6 +: 6];
          address_o = bases[i/Lanes*24 +: 24] + 24'(i % Lanes * LaneBytes);
        end
      end
    end
  end
endmodule
