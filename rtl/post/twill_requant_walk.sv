// SPDX-License-Identifier: Apache-2.0
// The walk of REQUANT: one accumulator word a beat, tile by tile, row by row, with the place of its result.
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken by advance_i.
// All outputs are registers or a few gates behind one. Tiles start on a bank boundary, so a word at the start of a bank is
// the first of a tile in it.
module twill_requant_walk #(
  parameter int unsigned Word = 16,
  parameter int unsigned AccWords = 1024
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,
  input  twill_pkg::requant_t  command_i,

  output logic                 valid_o,
  input  logic                 advance_i,
  output logic [11:0]          acc_addr_o,
  output logic [23:0]          out_addr_o,
  output logic [6:0]           lanes_o,      // bytes written, 0 to Word
  output logic                 fresh_o,      // first word of a tile
  output logic                 enter_o,      // first word of a tile in a bank
  output logic                 leave_o,      // last word of a tile in a bank
  output logic                 last_o        // last word of the command
);
  localparam int unsigned AddrBits = $clog2(AccWords);
  localparam int unsigned BankBits = AddrBits - 2;

  logic                valid_q, fresh_q, tile_end_q, last_q;
  logic [AddrBits-1:0] acc_q;
  logic [11:0]         x_q, y_q;             // columns and rows left after this one
  logic [15:0]         n_q;                  // tiles left after this one
  logic [23:0]         out_q, row_q, tile_q; // address of the word, its row, its tile
  logic [41:0]         at_q, tile_at_q;      // position in the output row
  logic [6:0]          lanes_q;

  assign valid_o    = valid_q;
  assign acc_addr_o = 12'(acc_q);
  assign out_addr_o = out_q;
  assign lanes_o    = lanes_q;
  assign fresh_o    = fresh_q;
  assign enter_o    = acc_q[BankBits-1:0] == '0;
  assign leave_o    = tile_end_q | (&acc_q[BankBits-1:0]);
  assign last_o     = last_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (start_i || advance_i) begin : step
      logic [11:0] x, y;
      logic [15:0] n;
      logic [41:0] at, room;
      logic [6:0]  limit;
      x = x_q;
      y = y_q;
      n = n_q;
      at = at_q;
      if (start_i) begin
        x = command_i.out_w - 12'd1;
        y = command_i.out_h - 12'd1;
        n = command_i.tiles - 16'd1;
        at = 42'd0;
        acc_q     <= command_i.acc_base[AddrBits-1:0];
        out_q     <= command_i.out_base;
        row_q     <= command_i.out_base;
        tile_q    <= command_i.out_base;
        tile_at_q <= 42'd0;
      end else if (x != 12'd0) begin
        x = x - 12'd1;
        at = at + 42'(command_i.pix_step);
        acc_q <= acc_q + 1'b1;
        out_q <= out_q + 24'(command_i.pix_step);
      end else begin
        x = command_i.out_w - 12'd1;
        if (y != 12'd0) begin
          y = y - 12'd1;
          at = tile_at_q;
          acc_q <= acc_q + 1'b1;
          out_q <= row_q + command_i.row_step;
          row_q <= row_q + command_i.row_step;
        end else begin
          y = command_i.out_h - 12'd1;
          n = n - 16'd1;
          at = tile_at_q + 42'(command_i.n_step);
          acc_q     <= {acc_q[AddrBits-1:BankBits] + 2'd1, {BankBits{1'b0}}};
          out_q     <= tile_q + command_i.n_step;
          row_q     <= tile_q + command_i.n_step;
          tile_q    <= tile_q + command_i.n_step;
          tile_at_q <= at;
        end
      end
      limit = n == 16'd0 ? command_i.last_lanes[6:0] : 7'(Word);
      room = 42'(command_i.row_bytes) - at;          // negative when the word lies beyond the row
      x_q     <= x;
      y_q     <= y;
      n_q     <= n;
      at_q    <= at;
      lanes_q <= room[41] ? 7'd0 : room < 42'(limit) ? room[6:0] : limit;
      fresh_q <= start_i | (x_q == 12'd0 & y_q == 12'd0);
      tile_end_q <= x == 12'd0 & y == 12'd0;
      last_q  <= x == 12'd0 & y == 12'd0 & n == 16'd0;
      valid_q <= start_i | ~last_q;
    end
  end
endmodule
