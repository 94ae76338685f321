// SPDX-License-Identifier: Apache-2.0
// Hsiao's codes: single errors corrected, double errors detected. 64 data bits take 8 check bits, 32 take 7 (words of the scratchpad
// are no longer where Word is 4).
//
// Each bit of a code word has a column of as many bits as there are check bits; the columns of the bits that are set sum to 0 (XOR).
// A check bit's column has a single 1. A data bit's has an odd number, at least three, and all columns differ. So one flipped bit leaves its own
// column, and two an even number of ones, which is no column.
//   64: the 56 columns with three ones in ascending order, then 8'b0001_1111 and its seven rotations to the left: 26 ones in each row.
//   32: the columns with three ones in ascending order without 7'b000_0111, 7'b011_1000 and 7'b100_0011: 13 or 14 ones in each row.
// A row says which data bits a check bit is the sum of.
package twill_secded_pkg;
  function automatic int unsigned check_bits(input int unsigned data_bits);
    check_bits = data_bits == 64 ? 8 : 7;
  endfunction

  localparam logic [8*64-1:0] Rows64 = {
    64'hf8fffff800000000, 64'h7cfc0007fff00000, 64'h3e83e007c00ffc00, 64'h1f421e043c0f03f0,
    64'h8f2111c22388e38e, 64'hc710893112649a6d, 64'he30844a88952555b, 64'hf104225844b12cb7};

  localparam logic [7*32-1:0] Rows32 = {
    32'hfffc0000, 32'hf803fe00, 32'h878381f8, 32'h447071c7, 32'h224e4d36, 32'h11292aad, 32'h0894965b};
endpackage
