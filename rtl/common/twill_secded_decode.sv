// SPDX-License-Identifier: Apache-2.0
// A code word of twill_secded_pkg as it was read: its data with a single flipped bit put right. Two flipped bits are told apart from one;
// so are most errors of more. Without valid_i nothing is said of errors and the data pass as they are, which is what the simulator wants.
module twill_secded_decode #(
  parameter int unsigned DataBits = 64,
  localparam int unsigned CheckBits = twill_secded_pkg::check_bits(DataBits)
) (
  input  logic                 valid_i,
  input  logic [DataBits-1:0]  data_i,
  input  logic [CheckBits-1:0] check_i,
  output logic [DataBits-1:0]  data_o,
  output logic                 corrected_o,   // one bit, of data or check, was wrong
  output logic                 double_o       // data_o is wrong: more were
);
  localparam logic [CheckBits*DataBits-1:0] Rows = DataBits == 64 ? (CheckBits*DataBits)'(twill_secded_pkg::Rows64)
                                                                  : (CheckBits*DataBits)'(twill_secded_pkg::Rows32);
  logic [CheckBits-1:0] check, syndrome;
  logic [DataBits-1:0]  wrong;

  twill_secded_encode #(.DataBits(DataBits)) u_encode (.data_i, .check_o(check));

  always_comb begin
    syndrome = '0;
    wrong = '0;
    data_o = data_i;
    corrected_o = 1'b0;
    double_o = 1'b0;
    if (valid_i) begin
      syndrome = check ^ check_i;
      if (syndrome != '0) begin
        wrong = '1;
        for (int unsigned r = 0; r < CheckBits; r++) wrong = wrong & (syndrome[r] ? Rows[r*DataBits +: DataBits] : ~Rows[r*DataBits +: DataBits]);
        data_o = data_i ^ wrong;
        corrected_o = wrong != '0 || (syndrome & (syndrome - 1'b1)) == '0;
        double_o = !corrected_o;
      end
    end
  end
endmodule
