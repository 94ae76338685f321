// SPDX-License-Identifier: Apache-2.0
// The walk of ADD and MUL: word by word over the runs, phase_o saying what the beat is: 0 read the first operand, 1 read the
// second, 2 the scaled sum goes round again (ADD only; nothing is read).
//
// MUL takes two beats a word, the second writes. ADD takes three: the sum of a word leaves the lanes 3 cycles after its second
// operand entered, so its third beat stands behind the operands of the next word:
//     a0 b0   a1 b1 s0   a2 b2 s1   -  -  s2        (- : blank_o, a beat that does nothing)
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken.
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
  logic        valid_q, blank_q, owed_q, add;
  logic [1:0]  phase_q;
  logic [23:0] a_q, b_q, out_q;            // of the word being read
  logic [23:0] a_run_q, b_run_q, out_run_q;
  logic [15:0] left_q, runs_q;             // bytes of the run from here on; runs after this one
  logic [23:0] owed_addr_q;                // of the word whose sum is still to go round
  logic [6:0]  owed_lanes_q;
  logic [6:0]  lanes;
  logic        final_word;

  assign add          = command_i.opcode == twill_pkg::OpAdd;
  assign lanes        = left_q < 16'(Word) ? left_q[6:0] : 7'(Word);
  assign final_word   = left_q <= 16'(Word) & runs_q == 16'd0;
  assign valid_o      = valid_q;
  assign phase_o      = phase_q;
  assign blank_o      = blank_q & ~phase_q[1];
  assign read_addr_o  = phase_q[0] ? b_q : a_q;
  assign read_lanes_o = lanes;
  assign out_addr_o   = add ? owed_addr_q : out_q;
  assign out_lanes_o  = add ? owed_lanes_q : lanes;
  assign last_o       = add ? blank_q & phase_q[1] : final_word & phase_q[0];

  logic round_end;                         // the last beat of this word's round
  assign round_end = phase_q == 2'd2 | (phase_q == 2'd1 & ~owed_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (start_i) begin
      valid_q   <= 1'b1;
      blank_q   <= 1'b0;
      owed_q    <= 1'b0;
      phase_q   <= 2'd0;
      a_q       <= command_i.a_base;
      b_q       <= command_i.b_base;
      out_q     <= command_i.out_base;
      a_run_q   <= command_i.a_base;
      b_run_q   <= command_i.b_base;
      out_run_q <= command_i.out_base;
      left_q    <= command_i.run;
      runs_q    <= command_i.count - 16'd1;
    end else if (advance_i) begin
      phase_q <= round_end ? 2'd0 : phase_q + 2'd1;
      if (last_o) begin
        valid_q <= 1'b0;
      end else if (round_end) begin
        owed_q       <= add;
        owed_addr_q  <= out_q;
        owed_lanes_q <= lanes;
        if (final_word) begin
          blank_q <= 1'b1;
        end else if (left_q > 16'(Word)) begin
          a_q    <= a_q + 24'(Word);
          b_q    <= b_q + 24'(Word);
          out_q  <= out_q + 24'(Word);
          left_q <= left_q - 16'(Word);
        end else begin
          a_q       <= a_run_q + command_i.a_pitch;
          b_q       <= b_run_q + command_i.b_pitch;
          out_q     <= out_run_q + command_i.out_pitch;
          a_run_q   <= a_run_q + command_i.a_pitch;
          b_run_q   <= b_run_q + command_i.b_pitch;
          out_run_q <= out_run_q + command_i.out_pitch;
          left_q    <= command_i.run;
          runs_q    <= runs_q - 16'd1;
        end
      end
    end
  end
endmodule
