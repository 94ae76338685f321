// SPDX-License-Identifier: Apache-2.0
// Stands in for the SEC-DED code in proofs of the memories that use it. Of a code word as it lies, the data here are what was encoded and the check
// bits how many bits are wrong by now: 0, 1, or more. What comes of it is what `secded` proves: the data, put right and said, or anything and said to
// be lost. Without valid_i a wrong bit passes as it is.
module twill_secded_encode #(
  parameter int unsigned DataBits = 64,
  localparam int unsigned CheckBits = twill_secded_pkg::check_bits(DataBits)
) (
  input  logic [DataBits-1:0]  data_i,
  output logic [CheckBits-1:0] check_o
);
  assign check_o = '0;
endmodule

module twill_secded_decode #(
  parameter int unsigned DataBits = 64,
  localparam int unsigned CheckBits = twill_secded_pkg::check_bits(DataBits)
) (
  input  logic                 valid_i,
  input  logic [DataBits-1:0]  data_i,
  input  logic [CheckBits-1:0] check_i,
  output logic [DataBits-1:0]  data_o,
  output logic                 corrected_o,
  output logic                 double_o
);
  logic [DataBits-1:0] noise;
  assign noise = $anyseq;
  assign corrected_o = valid_i && check_i == 1;
  assign double_o = valid_i && check_i > 1;
  assign data_o = check_i == '0 || corrected_o ? data_i : noise;
endmodule
