// SPDX-License-Identifier: Apache-2.0
// The check bits of 64 or 32 data bits, see twill_secded_pkg. Those of 0 are 0.
module twill_secded_encode #(
  parameter int unsigned DataBits = 64,
  localparam int unsigned CheckBits = twill_secded_pkg::check_bits(DataBits)
) (
  input  logic [DataBits-1:0]  data_i,
  output logic [CheckBits-1:0] check_o
);
  if (DataBits != 64 && DataBits != 32) begin : gen_refuse
    $error("twill_secded_encode: DataBits is 64 or 32");
  end

  localparam logic [CheckBits*DataBits-1:0] Rows = DataBits == 64 ? (CheckBits*DataBits)'(twill_secded_pkg::Rows64)
                                                                  : (CheckBits*DataBits)'(twill_secded_pkg::Rows32);
  always_comb begin
    for (int unsigned r = 0; r < CheckBits; r++) check_o[r] = ^(data_i & Rows[r*DataBits +: DataBits]);
  end
endmodule
