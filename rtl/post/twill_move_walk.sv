// SPDX-License-Identifier: Apache-2.0
// The walk of MOVE and LOOKUP: runs of bytes in pieces of at most a word, repeated by four counts, source and destination with
// strides of their own. A LOOKUP is a walk with one count; unless keep_table its beats are preceded by those that read the table.
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken.
// table_o: the beat reads table row row_o and writes nothing.
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
  logic               is_lookup;
  assign move = command_i;
  assign look = command_i;
  assign is_lookup = move.opcode == twill_pkg::OpLookup;

  logic        valid_q, table_q;
  logic [5:0]  row_q;
  logic [23:0] table_addr_q;
  logic [15:0] run, left_q;                // bytes of the run from here on
  logic [15:0] n0_q, n1_q, n2_q, n3_q;     // repetitions left after this one
  logic [23:0] in_q, out_q;                // of the piece
  logic [23:0] in0_q, in1_q, in2_q, in3_q, out0_q, out1_q, out2_q, out3_q;   // of the run and of the loops around it

  assign run         = is_lookup ? look.run : move.run;
  assign valid_o     = valid_q;
  assign table_o     = table_q;
  assign row_o       = row_q;
  assign read_addr_o = table_q ? table_addr_q : in_q;
  assign out_addr_o  = out_q;
  assign lanes_o     = table_q | left_q >= 16'(Word) ? 7'(Word) : left_q[6:0];
  assign last_o      = ~table_q & left_q <= 16'(Word) & n0_q == 16'd0 & n1_q == 16'd0 & n2_q == 16'd0 & n3_q == 16'd0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (start_i) begin
      valid_q <= 1'b1;
      table_q <= is_lookup & ~look.keep_table;
      row_q   <= 6'd0;
      table_addr_q <= look.table_base;
      left_q  <= run;
      n0_q    <= (is_lookup ? look.count : move.count0) - 16'd1;
      n1_q    <= is_lookup ? 16'd0 : move.count1 - 16'd1;
      n2_q    <= is_lookup ? 16'd0 : move.count2 - 16'd1;
      n3_q    <= is_lookup ? 16'd0 : move.count3 - 16'd1;
      in_q    <= move.in_base;
      in0_q   <= move.in_base;
      in1_q   <= move.in_base;
      in2_q   <= move.in_base;
      in3_q   <= move.in_base;
      out_q   <= move.out_base;
      out0_q  <= move.out_base;
      out1_q  <= move.out_base;
      out2_q  <= move.out_base;
      out3_q  <= move.out_base;
    end else if (advance_i) begin
      if (table_q) begin
        table_q <= row_q != 6'(Rows - 1);
        row_q   <= row_q + 6'd1;
        table_addr_q <= table_addr_q + 24'(Word);
      end else if (last_o) begin
        valid_q <= 1'b0;
      end else if (left_q > 16'(Word)) begin
        left_q <= left_q - 16'(Word);
        in_q   <= in_q + 24'(Word);
        out_q  <= out_q + 24'(Word);
      end else begin : next_run
        logic [23:0] from, to;
        left_q <= run;
        if (n0_q != 16'd0) begin
          n0_q <= n0_q - 16'd1;
          from = in0_q + (is_lookup ? look.in_pitch : move.in_stride0);
          to = out0_q + (is_lookup ? look.out_pitch : move.out_stride0);
        end else begin
          n0_q <= move.count0 - 16'd1;
          if (n1_q != 16'd0) begin
            n1_q <= n1_q - 16'd1;
            from = in1_q + move.in_stride1;
            to = out1_q + move.out_stride1;
          end else begin
            n1_q <= move.count1 - 16'd1;
            if (n2_q != 16'd0) begin
              n2_q <= n2_q - 16'd1;
              from = in2_q + move.in_stride2;
              to = out2_q + move.out_stride2;
            end else begin
              n2_q <= move.count2 - 16'd1;
              n3_q <= n3_q - 16'd1;
              from = in3_q + move.in_stride3;
              to = out3_q + move.out_stride3;
              in3_q  <= from;
              out3_q <= to;
            end
            in2_q  <= from;
            out2_q <= to;
          end
          in1_q  <= from;
          out1_q <= to;
        end
        in_q   <= from;
        out_q  <= to;
        in0_q  <= from;
        out0_q <= to;
      end
    end
  end
endmodule
