// SPDX-License-Identifier: Apache-2.0
// The four banks of the accumulators with SEC-DED: a code word for each two of a word's sums. Who reads which bank has been decided, and
// code words are only written whole. What lies twice is reported in the cycle after the read, the first of the banks if there are several.
module twill_accumulators_ecc #(
  parameter int unsigned Word = 16,
  parameter int unsigned AccWords = 1024,
  localparam int unsigned Bits = Word * 32,
  localparam int unsigned RowBits = $clog2(AccWords) - 2,
  localparam int unsigned Lanes = Word / 2
) (
  input  logic                 clk_i,
  input  logic                 clear_i,
  input  logic [15:0]          clear_row_i,
  // reads of each bank, at most one of: array, post, a write of DMA or network, their read
  input  logic [3:0]           array_i,
  input  logic [3:0]           post_i,
  input  logic [3:0]           write_i,
  input  logic [3:0]           read_i,
  input  logic                 net_writes_i,
  input  logic                 net_reads_i,
  input  logic [4*RowBits-1:0] rows_i,
  // writes
  input  logic [4*Lanes-1:0]   writes_i,      // code words of each bank
  input  logic [4*RowBits-1:0] write_rows_i,
  input  logic [4*Bits-1:0]    write_data_i,
  // a cycle after a read
  output logic [4*Bits-1:0]    words_o,
  output logic [4*Lanes-1:0]   lost_o,        // code words
  output logic [7:0]           corrected_o,   // code words
  output logic [5:0]           double_o,      // who read it: load, array, post, store, network queue; a message of another chip
  output logic [23:0]          address_o      // of its first byte
);
  localparam int unsigned WordBits = $clog2(Word * 4);   // of the address of a byte in a word

  logic [4*Lanes-1:0] corrected;
  logic [4*6-1:0]     owners;
  logic [4*24-1:0]    bases;

  for (genvar b = 0; b < 4; b++) begin : gen_bank
    logic               reads;
    logic [5:0]         owner_q;
    logic [RowBits-1:0] row_q;
    assign reads = array_i[b] || post_i[b] || write_i[b] || read_i[b];

    twill_ecc_memory #(.Rows(1 << RowBits), .Lanes(Lanes)) u_memory (
      .clk_i, .read_i({Lanes{reads}}), .read_row_i(rows_i[b*RowBits +: RowBits]),
      .write_i(writes_i[b*Lanes +: Lanes] | {Lanes{clear_i}}), .write_row_i(clear_i ? RowBits'(clear_row_i) : write_rows_i[b*RowBits +: RowBits]),
      .write_data_i(clear_i ? '0 : write_data_i[b*Bits +: Bits]),
      .data_o(words_o[b*Bits +: Bits]), .corrected_o(corrected[b*Lanes +: Lanes]), .double_o(lost_o[b*Lanes +: Lanes]));

    always_ff @(posedge clk_i) begin
      if (reads) begin
        row_q <= rows_i[b*RowBits +: RowBits];
        owner_q <= {(write_i[b] && net_writes_i), (read_i[b] && net_reads_i), (read_i[b] && !net_reads_i), post_i[b], array_i[b],
                    (write_i[b] && !net_writes_i)};
      end
    end

    assign owners[b*6 +: 6] = owner_q;
    assign bases[b*24 +: 24] = 24'({2'(b), row_q, {WordBits{1'b0}}});
  end

  always_comb begin
    corrected_o = '0;
    double_o = '0;
    address_o = '0;
    if (corrected != '0) begin
      for (int unsigned i = 0; i < 4 * Lanes; i++) corrected_o = corrected_o + 8'(corrected[i]);
    end
    if (lost_o != '0) begin
      for (int unsigned i = 0; i < 4 * Lanes; i++) begin
        if (lost_o[i] && double_o == '0) begin
          double_o = owners[i/Lanes*6 +: 6];
          address_o = bases[i/Lanes*24 +: 24] + 24'(i % Lanes * 8);
        end
      end
    end
  end
endmodule
