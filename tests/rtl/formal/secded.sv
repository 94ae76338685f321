// SPDX-License-Identifier: Apache-2.0
// What twill_secded_decode makes of what twill_secded_encode made, with no, one or two bits flipped, any: right; put right, and said; or said to be lost.
module secded #(
  parameter int unsigned DataBits = 64,
  localparam int unsigned CodeBits = DataBits + twill_secded_pkg::check_bits(DataBits)
) (
  input logic [DataBits-1:0] data_i,
  input logic [CodeBits-1:0] flips_i
);
  logic [CodeBits-1:0] word, read;
  logic [DataBits-1:0] decoded;
  logic                corrected, lost;
  twill_secded_encode #(.DataBits(DataBits)) u_encode (.data_i, .check_o(word[CodeBits-1:DataBits]));
  assign word[DataBits-1:0] = data_i;
  assign read = word ^ flips_i;
  twill_secded_decode #(.DataBits(DataBits)) u_decode (
    .valid_i(1'b1), .data_i(read[DataBits-1:0]), .check_i(read[CodeBits-1:DataBits]), .data_o(decoded), .corrected_o(corrected), .double_o(lost));

  logic one, two, more;   // are flipped, at least
  always_comb begin
    one = 1'b0;
    two = 1'b0;
    more = 1'b0;
    for (int unsigned i = 0; i < CodeBits; i++) begin
      more = more | (two & flips_i[i]);
      two = two | (one & flips_i[i]);
      one = one | flips_i[i];
    end
    if (!more) Lost: assert (lost == two);
    if (!more) Corrected: assert (corrected == (one && !two));
    if (!two) Data: assert (decoded == data_i);
  end
endmodule
