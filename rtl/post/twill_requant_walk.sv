// SPDX-License-Identifier: Apache-2.0
// The walk of REQUANT: one accumulator word a beat, tile by tile, row by row, with the place of its result.
//
// start_i loads the command (which must then hold still); valid_o stands from the next cycle until last_o has been taken by advance_i.
// All outputs are registers; the state behind them is private to the block and updated in place. Tiles start on a bank boundary,
// so a word at the start of a bank is the first of a tile in it.
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
  output logic                 take_o,       // first word of a tile in a bank: goes with the semaphore of tile_wait, if there is one
  output logic                 give_o,       // last word of a tile in a bank: signals that of tile_signal, if there is one
  output logic                 last_o        // last word of the command
);
  localparam int unsigned AddrBits = $clog2(AccWords);
  localparam int unsigned BankBits = AddrBits - 2;

  logic [AddrBits-1:0] acc;
  logic [11:0]         x, y;                 // columns and rows left after this one
  logic [15:0]         n;                    // tiles left after this one
  logic [23:0]         out, row, tile;       // address of the word, its row, its tile
  logic [41:0]         at, tile_at;          // position in the output row, of the word and of the tile's first
  logic [41:0]         room;                 // bytes of the row from the word on; negative beyond its end
  logic [6:0]          limit;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
    end else if (start_i || advance_i) begin
      fresh_o <= start_i | (x == 12'd0 & y == 12'd0);
      valid_o <= start_i | ~last_o;
      if (start_i) begin
        x = command_i.out_w - 12'd1;
        y = command_i.out_h - 12'd1;
        n = command_i.tiles - 16'd1;
        acc = command_i.acc_base[AddrBits-1:0];
        tile = command_i.out_base;
        row = tile;
        out = tile;
        tile_at = 42'd0;
        at = 42'd0;
      end else if (x != 12'd0) begin
        x = x - 12'd1;
        acc = acc + 1'b1;
        out = out + 24'(command_i.pix_step);
        at = at + 42'(command_i.pix_step);
      end else if (y != 12'd0) begin
        x = command_i.out_w - 12'd1;
        y = y - 12'd1;
        acc = acc + 1'b1;
        row = row + command_i.row_step;
        out = row;
        at = tile_at;
      end else begin
        x = command_i.out_w - 12'd1;
        y = command_i.out_h - 12'd1;
        n = n - 16'd1;
        acc = {acc[AddrBits-1:BankBits] + 2'd1, {BankBits{1'b0}}};
        tile = tile + command_i.n_step;
        row = tile;
        out = tile;
        tile_at = tile_at + 42'(command_i.n_step);
        at = tile_at;
      end
      limit = n == 16'd0 ? command_i.last_lanes[6:0] : 7'(Word);
      room = 42'(command_i.row_bytes) - at;
      acc_addr_o <= 12'(acc);
      out_addr_o <= out;
      lanes_o    <= room[41] ? 7'd0 : room < 42'(limit) ? room[6:0] : limit;
      take_o     <= command_i.tile_wait[5] & acc[BankBits-1:0] == '0;
      give_o     <= command_i.tile_signal[5] & ((x == 12'd0 & y == 12'd0) | (&acc[BankBits-1:0]));
      last_o     <= x == 12'd0 & y == 12'd0 & n == 16'd0;
    end
  end
endmodule
