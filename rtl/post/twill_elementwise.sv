// SPDX-License-Identifier: Apache-2.0
// The walk of ADD and MUL: word by word over the runs, phase_o saying what the beat is: 0 read the first operand, 1 read the
// second, 2 the scaled sum goes round again (ADD only; nothing is read).
//
// MUL takes two beats a word, the second writes. ADD takes three: the sum of a word leaves the lanes 3 cycles after its second
// operand entered, so its third beat stands behind the operands of the next word:
//     a0 b0   a1 b1 s0   a2 b2 s1   - s2            (- : blank_o, a beat that does nothing; a sole word needs two)
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken.
// All outputs are registers; the state behind them is private to the block and updated in place.
module twill_elementwise #(
  parameter int unsigned Word = 16
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             start_i,
  input  twill_pkg::add_t  command_i,      // MUL has the fields used here in the same places

  output logic             valid_o,
  input  logic             advance_i,
  output logic [1:0]       phase_o,
  output logic             blank_o,
  output logic [23:0]      read_addr_o,
  output logic [6:0]       read_lanes_o,
  output logic [23:0]      out_addr_o,
  output logic [6:0]       out_lanes_o,
  output logic             last_o
);
  logic        add, blank, owed;           // owed: the word before still has its third beat to come
  logic [1:0]  phase;
  logic [23:0] a, b, out;                  // of the word being read
  logic [23:0] a_run, b_run, out_run;
  logic [15:0] left, runs;                 // bytes of the run from here on; runs after this one
  logic [6:0]  lanes;
  logic        final_word;
  logic [23:0] owed_addr;
  logic [6:0]  owed_lanes;

  task automatic next_word;
    if (left > 16'(Word)) begin
      a = a + 24'(Word);
      b = b + 24'(Word);
      out = out + 24'(Word);
      left = left - 16'(Word);
    end else begin
      a_run = a_run + command_i.a_pitch;
      b_run = b_run + command_i.b_pitch;
      out_run = out_run + command_i.out_pitch;
      a = a_run;
      b = b_run;
      out = out_run;
      left = command_i.run;
      runs = runs - 16'd1;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
    end else if (start_i || advance_i) begin
      valid_o <= start_i | ~last_o;
      if (start_i) begin
        add = command_i.opcode == twill_pkg::OpAdd;
        blank = 1'b0;
        owed = 1'b0;
        phase = 2'd0;
        a = command_i.a_base;
        b = command_i.b_base;
        out = command_i.out_base;
        a_run = a;
        b_run = b;
        out_run = out;
        left = command_i.run;
        runs = command_i.count - 16'd1;
      end else if (phase == 2'd2 || (phase == 2'd1 && !owed)) begin   // the round of this word is over
        phase = {1'b0, final_word & owed};
        owed = add;
        owed_addr = out;
        owed_lanes = lanes;
        if (final_word) blank = 1'b1;
        else next_word();
      end else begin
        phase = phase + 2'd1;
      end
      lanes = left < 16'(Word) ? left[6:0] : 7'(Word);
      final_word = left <= 16'(Word) & runs == 16'd0;
      phase_o      <= phase;
      blank_o      <= blank & ~phase[1];
      read_addr_o  <= phase[0] ? b : a;
      read_lanes_o <= lanes;
      out_addr_o   <= add ? owed_addr : out;
      out_lanes_o  <= add ? owed_lanes : lanes;
      last_o       <= add ? blank & phase[1] : final_word & phase[0];
    end
  end
endmodule
