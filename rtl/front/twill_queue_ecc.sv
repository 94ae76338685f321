// SPDX-License-Identifier: Apache-2.0
// The memory of a command queue with SEC-DED: Depth entries of a command, eight code words, and its 32-bit index, one of (39, 32).
// An entry asked for in cycle t (load_i) is on entry_o in t + 1, put right, with what was wrong. Addresses: 128 bytes an entry.
module twill_queue_ecc #(
  parameter int unsigned Depth = 16,
  localparam int unsigned PtrBits = $clog2(Depth)
) (
  input  logic               clk_i,
  input  logic               push_i,
  input  logic [PtrBits-1:0] write_i,
  input  logic [543:0]       entry_i,       // {index, command}
  input  logic               load_i,
  input  logic [PtrBits-1:0] read_i,
  output logic [543:0]       entry_o,
  output logic [3:0]         corrected_o,   // code words
  output logic               double_o,      // one that is lost
  output logic [23:0]        address_o,     // the first of them
  output logic               nameless_o     // the index is
);
  logic [8:0]         corrected, double;
  logic [PtrBits-1:0] read_q;

  twill_ecc_memory #(.Rows(Depth), .Lanes(8)) u_command (
    .clk_i, .read_i({8{load_i}}), .read_row_i(read_i), .write_i({8{push_i}}), .write_row_i(write_i), .write_data_i(entry_i[511:0]),
    .data_o(entry_o[511:0]), .corrected_o(corrected[7:0]), .double_o(double[7:0]));
  twill_ecc_memory #(.Rows(Depth), .Lanes(1), .LaneBits(32)) u_index (
    .clk_i, .read_i(load_i), .read_row_i(read_i), .write_i(push_i), .write_row_i(write_i), .write_data_i(entry_i[543:512]),
    .data_o(entry_o[543:512]), .corrected_o(corrected[8]), .double_o(double[8]));

  always_ff @(posedge clk_i) if (load_i) read_q <= read_i;

  always_comb begin
    corrected_o = '0;
    address_o = '0;
    if (corrected != '0) begin
      for (int unsigned i = 0; i < 9; i++) corrected_o = corrected_o + 4'(corrected[i]);
    end
    if (double != '0) begin
      for (int unsigned i = 0; i < 9; i++)
        if (double[8-i]) address_o = 24'({read_q, 4'(8 - i), 3'd0});
    end
  end
  assign double_o = double != '0;
  assign nameless_o = double[8];
endmodule
