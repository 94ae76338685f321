// SPDX-License-Identifier: Apache-2.0
// The weight-stationary array, Word x Word, int8 x int8 -> int32, in a style that simulates fast. twill_mesh is the same
// machine as a textbook draws it, and is proven equal to this one (tests/rtl/formal); read that one first.
//
// Row 0 is the bottom, where sums leave; row r of a weight tile meets byte r of the operand word. A step (step_i) is a move:
//   CONV       operand_i enters from the right, byte of row r delayed by Word-1-r steps; operands move left, sums move down, both one
//              element a step. first_i travels with its operand: where it meets an element, the shadow weight takes over.
//              Columns leave at different times and are de-skewed: sums of a word are complete 2*Word - 1 steps after it.
//   DEPTHWISE  the word (one byte a column) meets all rows at once: row r takes tap number tap_i[2r +: 2] of {lines_i, operand_i}.
//              With first_i all shadow weights take over and all sums start from zero. The bottom row is complete one step later.
// take_i: sums_o takes the complete sums, straight from the bottom row when bottom_i (DEPTHWISE), else de-skewed. In CONV it comes with the
// step 2*Word - 1 after the operand's, in DEPTHWISE in the cycle after its step.
// Nothing is reset: whatever flags are in the array at the start run ahead of the first real one and only swap weights nobody uses yet.
// weight_valid_i: weight_i becomes shadow row weight_row_i, after this cycle's step.
//
// The state lives in flat arrays updated in place by ascending loops, which the compiler vectorizes; it is read in this
// block only and leaves by `<=` before it is updated (hence BLKSEQ is off). Triangles (skew, de-skew) are chains of length 1, 2, 3, ... end to end: chain k
// starts at k(k-1)/2, and all of them move with one shift.
module twill_array #(
    parameter int unsigned Word = 16
) (
    input  logic clk_i,

    input  logic                step_i,
    input  logic                depthwise_i,
    input  logic                first_i,
    input  logic [Word*8-1:0]   operand_i,
    input  logic [3*Word*8-1:0] lines_i,
    input  logic [2*Word-1:0]   tap_i,

    input  logic                    weight_valid_i,
    input  logic [$clog2(Word)-1:0] weight_row_i,
    input  logic [Word*8-1:0]       weight_i,

    input  logic               take_i,
    input  logic               bottom_i,
    output logic [Word*32-1:0] sums_o
`ifdef FORMAL
    ,
    output logic [Word*Word*(8+8+8+1+32+20)-1:0] state_o  // every register, for the comparison
`endif
);
  // verilator lint_off BLKSEQ
  localparam int unsigned N = Word * Word;
  localparam int unsigned T = Word * Word / 2;  // a triangle, rounded up to a power of two

  logic signed [7:0] operand[N];
  logic signed [7:0] weight[N];
  logic signed [7:0] shadow[N];
  logic first[N];
  logic signed [31:0] sum[N];
  logic [7:0] skew[T];     // chain k: operand byte of row Word-1-k
  logic [31:0] deskew[T];  // chain k: sums of column k
  logic [7:0] entering[Word];
  logic [$clog2(2*Word)-1:0] wave;  // steps until the last `first` has left the array

  task automatic enter;
    for (int unsigned r = 0; r < Word - 1; r++) entering[r] = skew[(Word-1-r)*(Word-2-r)/2];
    entering[Word-1] = operand_i[(Word-1)*8+:8];
    for (int unsigned i = 0; i < T - 1; i++) skew[i] = skew[i+1];
    for (int unsigned r = 0; r < Word - 1; r++) skew[(Word-1-r)*(Word-r)/2-1] = operand_i[r*8+:8];
  endtask

  task automatic move_operands;
    for (int unsigned i = 0; i < N - 1; i++) operand[i] = operand[i+1];
    for (int unsigned r = 0; r < Word; r++) operand[r*Word+Word-1] = entering[r];
  endtask

  task automatic move_first;
    for (int unsigned i = 0; i < N - 1; i++) first[i] = first[i+1];
    for (int unsigned r = 0; r < Word - 1; r++) first[r*Word+Word-1] = first[(r+1)*Word+Word-2];  // down the right edge
    first[N-1] = first_i;
  endtask

  task automatic swap;  // a mask, not a choice: it vectorizes
    for (int unsigned i = 0; i < N; i++) weight[i] = (weight[i] & ~{8{first[i]}}) | (shadow[i] & {8{first[i]}});
  endtask

  task automatic swap_all;
    for (int unsigned i = 0; i < N; i++) weight[i] = shadow[i];
  endtask

  task automatic broadcast;
    for (int unsigned r = 0; r < Word; r++) begin
      if (tap_i[r*2+:2] == 2'd0) for (int unsigned c = 0; c < Word; c++) operand[r*Word+c] = operand_i[c*8+:8];
      if (tap_i[r*2+:2] == 2'd1) for (int unsigned c = 0; c < Word; c++) operand[r*Word+c] = lines_i[c*8+:8];
      if (tap_i[r*2+:2] == 2'd2) for (int unsigned c = 0; c < Word; c++) operand[r*Word+c] = lines_i[(Word+c)*8+:8];
      if (tap_i[r*2+:2] == 2'd3) for (int unsigned c = 0; c < Word; c++) operand[r*Word+c] = lines_i[(2*Word+c)*8+:8];
    end
  endtask

  task automatic multiply_add;  // to the sums from above
    for (int unsigned i = 0; i < N - Word; i++) sum[i] = sum[i+Word] + 32'(operand[i]) * 32'(weight[i]);
    for (int unsigned i = N - Word; i < N; i++) sum[i] = 32'(operand[i]) * 32'(weight[i]);
  endtask

  task automatic multiply;
    for (int unsigned i = 0; i < N; i++) sum[i] = 32'(operand[i]) * 32'(weight[i]);
  endtask

  task automatic move_sums;  // into the de-skew
    for (int unsigned i = 0; i < T - 1; i++) deskew[i] = deskew[i+1];
    for (int unsigned c = 1; c < Word; c++) deskew[c*(c+1)/2-1] = sum[c];
  endtask

  task automatic load_shadow;
    for (int unsigned c = 0; c < Word; c++) shadow[{weight_row_i, ($clog2(Word))'(c)}] = weight_i[c*8+:8];
  endtask

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      if (bottom_i) begin
        for (int unsigned c = 0; c < Word; c++) sums_o[c*32+:32] <= sum[c];
      end else begin
        sums_o[31:0] <= sum[0];
        for (int unsigned c = 1; c < Word; c++) sums_o[c*32+:32] <= deskew[c*(c-1)/2];
      end
    end
    if (step_i) begin
      if (depthwise_i) begin
        broadcast();
        if (first_i) swap_all();
      end else begin
        move_sums();
        enter();
        move_operands();
        if (first_i || wave != '0) begin
          move_first();
          swap();
          wave = first_i ? ($clog2(2*Word))'(2*Word-1) : wave - 1'b1;
        end
      end
      if (depthwise_i && first_i) multiply();
      else multiply_add();
    end
    if (weight_valid_i) load_shadow();
  end
  // verilator lint_on BLKSEQ

`ifdef FORMAL
  // operands, weights, shadow weights, sums, `first` flags, skew, de-skew
  for (genvar i = 0; i < N; i++) begin : gen_state
    assign state_o[i*8+:8] = operand[i];
    assign state_o[(N+i)*8+:8] = weight[i];
    assign state_o[(2*N+i)*8+:8] = shadow[i];
    assign state_o[24*N+i*32+:32] = sum[i];
    assign state_o[56*N+i] = first[i];
    always_comb begin  // why the flags may rest when wave is 0
      if ($initstate) assume (!first[i] || 32'(wave) >= 1 + i / Word + i % Word);
      assert (!first[i] || 32'(wave) >= 1 + i / Word + i % Word);
    end
  end
  for (genvar i = 0; i < T; i++) begin : gen_triangles
    assign state_o[57*N+i*8+:8] = i < Word * (Word - 1) / 2 ? skew[i] : '0;
    assign state_o[61*N+i*32+:32] = i < Word * (Word - 1) / 2 ? deskew[i] : '0;
  end
`endif
endmodule
