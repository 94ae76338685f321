// SPDX-License-Identifier: Apache-2.0
// The operand stream of a depthwise pass again, one, two and three stream rows (less the kernel's width) later: up to four kernel
// rows work on one stream.
//
//   valid_i, word_i: a stream word. In the next cycle, and until the next word, line_o holds the stream words delay_i,
//   2*delay_i and 3*delay_i words before it. Time is counted in words: nothing moves without one.
//
// Three memories of line_buffer_words words, one read and one write port each, chained. A later buffer stores what the one before
// showed for the previous word, so it delays by delay_i - 1 only; where that is nothing (delay_i = 1), the shown word is passed on.
// With delay_i = 0 the lines mean nothing: every kernel row takes the stream itself.
module twill_line_buffers #(
    parameter int unsigned Word = 16
) (
    input  logic                clk_i,
    input  logic                valid_i,
    input  logic [Word*8-1:0]   word_i,
    input  logic [8:0]          delay_i,  // 0 to line_buffer_words
    output logic [3*Word*8-1:0] line_o
);
  localparam int unsigned Depth = twill_pkg::LineBufferWords;
  localparam int unsigned PointerBits = $clog2(Depth);
  localparam int unsigned Bits = Word * 8;

  logic [Bits-1:0] line0[Depth];
  logic [Bits-1:0] line1[Depth];
  logic [Bits-1:0] line2[Depth];
  logic [Bits-1:0] read0_q, read1_q, read2_q;
  logic [Bits-1:0] shown0_q, shown1_q;  // of the previous word, for delay_i = 1
  logic direct_q;
  logic [Bits-1:0] tap1, tap2;
  logic [PointerBits-1:0] pointer_q, from, from_later;

  assign from = pointer_q - PointerBits'(delay_i);
  assign from_later = from + 1'b1;
  assign tap1 = direct_q ? shown0_q : read1_q;
  assign tap2 = direct_q ? shown1_q : read2_q;
  assign line_o = {tap2, tap1, read0_q};

  // Not reset: what a pass finds in here only reaches sums that are dropped.
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      pointer_q <= pointer_q + 1'b1;
      direct_q <= delay_i == 9'd1;
      line0[pointer_q] <= word_i;
      line1[pointer_q] <= read0_q;
      line2[pointer_q] <= tap1;
      read0_q <= line0[from];
      read1_q <= line1[from_later];
      read2_q <= line2[from_later];
      shown0_q <= read0_q;
      shown1_q <= tap1;
    end
  end
endmodule
