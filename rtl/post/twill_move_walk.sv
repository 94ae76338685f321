// SPDX-License-Identifier: Apache-2.0
// The walk of MOVE and LOOKUP: runs of bytes in pieces of at most a word, repeated by four counts, source and destination with
// strides of their own. A LOOKUP is a walk with one count; unless keep_table its beats are preceded by those that read the table.
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken.
// table_o: the beat reads table row row_o and writes nothing. All outputs are registers; the state behind them is private to the block
// and updated in place.
module twill_move_walk #(
  parameter int unsigned Word = 16
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                start_i,
  input  logic [511:0]        command_i,

  output logic                valid_o,
  input  logic                advance_i,
  output logic                table_o,
  output logic [5:0]          row_o,
  output logic [23:0]         read_addr_o,
  output logic [23:0]         out_addr_o,
  output logic [6:0]          lanes_o,
  output logic                last_o
);
  localparam int unsigned Rows = 256 / Word;

  twill_pkg::move_t   move;
  twill_pkg::lookup_t look;
  assign move = command_i;
  assign look = command_i;

  logic        is_lookup, reading_table;
  logic [5:0]  row;
  logic [23:0] table_addr;
  logic [15:0] run, left;                  // bytes of a run; of this one from here on
  logic [15:0] n0, n1, n2, n3;             // repetitions left after this one
  logic [23:0] in, out;                    // of the piece
  logic [23:0] in0, in1, in2, in3, out0, out1, out2, out3;   // of the run and of the loops around it

  task automatic begin_walk;
    is_lookup = move.opcode == twill_pkg::OpLookup;
    reading_table = is_lookup & ~look.keep_table;
    row = 6'd0;
    table_addr = look.table_base;
    run = is_lookup ? look.run : move.run;
    left = run;
    n0 = (is_lookup ? look.count : move.count0) - 16'd1;
    n1 = is_lookup ? 16'd0 : move.count1 - 16'd1;
    n2 = is_lookup ? 16'd0 : move.count2 - 16'd1;
    n3 = is_lookup ? 16'd0 : move.count3 - 16'd1;
    in = move.in_base;
    in0 = in;
    in1 = in;
    in2 = in;
    in3 = in;
    out = move.out_base;
    out0 = out;
    out1 = out;
    out2 = out;
    out3 = out;
  endtask

  task automatic next_run;
    left = run;
    if (n0 != 16'd0) begin
      n0 = n0 - 16'd1;
      in0 = in0 + (is_lookup ? look.in_pitch : move.in_stride0);
      out0 = out0 + (is_lookup ? look.out_pitch : move.out_stride0);
    end else begin
      n0 = move.count0 - 16'd1;
      if (n1 != 16'd0) begin
        n1 = n1 - 16'd1;
        in1 = in1 + move.in_stride1;
        out1 = out1 + move.out_stride1;
      end else begin
        n1 = move.count1 - 16'd1;
        if (n2 != 16'd0) begin
          n2 = n2 - 16'd1;
          in2 = in2 + move.in_stride2;
          out2 = out2 + move.out_stride2;
        end else begin
          n2 = move.count2 - 16'd1;
          n3 = n3 - 16'd1;
          in3 = in3 + move.in_stride3;
          out3 = out3 + move.out_stride3;
          in2 = in3;
          out2 = out3;
        end
        in1 = in2;
        out1 = out2;
      end
      in0 = in1;
      out0 = out1;
    end
    in = in0;
    out = out0;
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
    end else if (start_i || advance_i) begin
      valid_o <= start_i | ~last_o;
      if (start_i) begin
        begin_walk();
      end else if (reading_table) begin
        reading_table = row != 6'(Rows - 1);
        row = row + 6'd1;
        table_addr = table_addr + 24'(Word);
      end else if (left > 16'(Word)) begin
        left = left - 16'(Word);
        in = in + 24'(Word);
        out = out + 24'(Word);
      end else begin
        next_run();
      end
      table_o     <= reading_table;
      row_o       <= row;
      read_addr_o <= reading_table ? table_addr : in;
      out_addr_o  <= out;
      lanes_o     <= reading_table | left >= 16'(Word) ? 7'(Word) : left[6:0];
      last_o      <= ~reading_table & left <= 16'(Word) & n0 == 16'd0 & n1 == 16'd0 & n2 == 16'd0 & n3 == 16'd0;
    end
  end
endmodule
