// SPDX-License-Identifier: Apache-2.0
// A memory with one read and one write port whose words are Lanes code words of twill_secded_pkg. Errors are put right on the way out,
// behind the memory's output register, and nothing is written back: a word stays wrong until it is written.
//
// Read: lanes and row in cycle t, data and errors of those lanes in t + 1; the other lanes are as they lie. Write: each enabled lane whole.
// A read does not see the write of its own cycle.
module twill_ecc_memory #(
  parameter int unsigned Rows = 256,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LaneBits = 64,
  localparam int unsigned RowBits = $clog2(Rows)
) (
  input  logic                      clk_i,
  input  logic [Lanes-1:0]          read_i,
  input  logic [RowBits-1:0]        read_row_i,
  input  logic [Lanes-1:0]          write_i,
  input  logic [RowBits-1:0]        write_row_i,
  input  logic [Lanes*LaneBits-1:0] write_data_i,
  // a cycle after read_i
  output logic [Lanes*LaneBits-1:0] data_o,
  output logic [Lanes-1:0]          corrected_o,
  output logic [Lanes-1:0]          double_o
);
  localparam int unsigned CheckBits = twill_secded_pkg::check_bits(LaneBits);
  localparam int unsigned CodeBits = LaneBits + CheckBits;

  logic [Lanes*CodeBits-1:0] words [Rows];   // of each lane the data below, the check bits above
  logic [Lanes*CodeBits-1:0] read_q, code;
  logic [Lanes-1:0]          valid_q;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign code[l*CodeBits +: LaneBits] = write_data_i[l*LaneBits +: LaneBits];
    twill_secded_encode #(.DataBits(LaneBits)) u_encode (
      .data_i(write_data_i[l*LaneBits +: LaneBits]), .check_o(code[l*CodeBits+LaneBits +: CheckBits]));
    twill_secded_decode #(.DataBits(LaneBits)) u_decode (
      .valid_i(valid_q[l]), .data_i(read_q[l*CodeBits +: LaneBits]), .check_i(read_q[l*CodeBits+LaneBits +: CheckBits]),
      .data_o(data_o[l*LaneBits +: LaneBits]), .corrected_o(corrected_o[l]), .double_o(double_o[l]));
  end

  // The lanes not written are merged in: Yosys (opt_mem_feedback) makes write enables of that.
  function automatic logic [Lanes*CodeBits-1:0] merged(input logic [Lanes*CodeBits-1:0] old);
    merged = code;
    for (int unsigned l = 0; l < Lanes; l++)
      if (!write_i[l]) merged[l*CodeBits +: CodeBits] = old[l*CodeBits +: CodeBits];
  endfunction

  // verilator lint_off BLKSEQ
  // Reads before writes, in one block, so that the memory is written in place.
  always_ff @(posedge clk_i) begin
    valid_q <= read_i;
    if (read_i != '0) read_q <= words[read_row_i];
    if (write_i != '0) words[write_row_i] = merged(words[write_row_i]);
  end
  // verilator lint_on BLKSEQ
endmodule
