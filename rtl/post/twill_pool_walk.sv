// SPDX-License-Identifier: Apache-2.0
// The walk of POOL: for every output pixel, word of channels, and tap of the window inside the image, one beat.
//
// Two steps, one ahead of the other so that windows follow without a gap: the first clips the next window to the image (first
// tap, rows and columns of taps), the second walks its taps for each word of channels. A row of windows costs the first step one
// cycle more, which windows of two beats or more hide.
// All outputs are registers; the state behind them is private to the block and updated in place.
//
// start_i loads the command (which must then hold still); beats follow until last_o has been taken. taps_o is the number of taps of
// the window in the walk. empty_o: a window has no tap in the image.
module twill_pool_walk #(
  parameter int unsigned Word = 16
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               start_i,
  input  twill_pkg::pool_t   command_i,

  output logic               valid_o,
  input  logic               advance_i,
  output logic [23:0]        read_addr_o,
  output logic [23:0]        out_addr_o,
  output logic [6:0]         lanes_o,
  output logic               first_o,      // first tap of a window
  output logic               final_o,      // last tap of a window: the beat that writes
  output logic               last_o,
  output logic [15:0]        taps_o,
  output logic               empty_o
);
  // First step: the window after the one being walked.
  logic               row_due, row_valid;            // a row of windows is to be clipped; is clipped
  logic               next_valid, next_last;         // a window is clipped; it is the last
  logic signed [21:0] y, x;                          // image row and column of the window's corner
  logic [11:0]        oy, ox;                        // windows left after this one
  logic [23:0]        out_row, out_pix, row_addr, next_addr, next_out;
  logic [7:0]         next_rows, next_cols;          // of taps inside the image
  logic signed [21:0] rows, cols;                    // the same before it is known that there are any
  logic signed [21:0] first_row, first_col;

  // Second step: the window being walked.
  logic        walking, window_last;
  logic        first, final_tap, window_end;
  logic [7:0]  rows_less_1, cols_less_1;             // of the window
  logic [7:0]  ky, kx;                               // taps left after this one
  logic [15:0] channels;                             // bytes of the pixel from this word on
  logic [23:0] tap, tap_row, tap_word;               // address of the tap, of its row, of the word's first tap
  logic [23:0] out;

  task automatic clip_row;
    first_row = y[21] ? 22'sd0 : y;
    rows = y + 22'($signed({1'b0, command_i.kernel_y}));
    if (rows > 22'($signed({1'b0, command_i.in_rows}))) rows = 22'($signed({1'b0, command_i.in_rows}));
    rows = rows - first_row;
    row_addr = command_i.in_base + 24'(first_row[11:0]) * 24'(command_i.in_row_pitch);
    row_due = 1'b0;
    row_valid = 1'b1;
    x = 22'($signed(command_i.x_start));
    ox = command_i.out_w - 12'd1;
    out_pix = out_row;
  endtask

  task automatic clip_window;
    first_col = x[21] ? 22'sd0 : x;
    cols = x + 22'($signed({1'b0, command_i.kernel_x}));
    if (cols > 22'($signed({1'b0, command_i.in_cols}))) cols = 22'($signed({1'b0, command_i.in_cols}));
    cols = cols - first_col;
    next_valid = rows > 22'sd0 & cols > 22'sd0;
    next_addr = row_addr + 24'(first_col[11:0]) * 24'(command_i.in_pix_pitch);
    next_rows = rows[7:0];
    next_cols = cols[7:0];
    next_out = out_pix;
    next_last = ox == 12'd0 & oy == 12'd0;
    x = x + 22'($signed({1'b0, command_i.stride_x}));
    out_pix = out_pix + 24'(command_i.out_pix_pitch);
    if (ox == 12'd0) begin
      row_valid = 1'b0;
      row_due = oy != 12'd0;
      y = y + 22'($signed({1'b0, command_i.stride_y}));
      oy = oy - 12'd1;
      out_row = out_row + 24'(command_i.out_row_pitch);
    end
    ox = ox - 12'd1;
  endtask

  task automatic load_window;
    walking = 1'b1;
    first = 1'b1;
    window_last = next_last;
    rows_less_1 = next_rows - 8'd1;
    cols_less_1 = next_cols - 8'd1;
    ky = rows_less_1;
    kx = cols_less_1;
    channels = command_i.channels;
    tap = next_addr;
    tap_row = next_addr;
    tap_word = next_addr;
    out = next_out;
    next_valid = 1'b0;
  endtask

  task automatic next_tap;
    first = 1'b0;
    if (kx != 8'd0) begin
      kx = kx - 8'd1;
      tap = tap + 24'(command_i.in_pix_pitch);
    end else begin
      kx = cols_less_1;
      if (ky != 8'd0) begin
        ky = ky - 8'd1;
        tap_row = tap_row + 24'(command_i.in_row_pitch);
        tap = tap_row;
      end else begin
        first = 1'b1;
        ky = rows_less_1;
        tap_word = tap_word + 24'(Word);
        tap_row = tap_word;
        tap = tap_word;
        out = out + 24'(Word);
        channels = channels - 16'(Word);
      end
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
      empty_o <= 1'b0;
      row_due = 1'b0;
      row_valid = 1'b0;
      next_valid = 1'b0;
      walking = 1'b0;
    end else if (start_i || advance_i || row_due || row_valid || next_valid) begin
      // The walk first: it takes the window that stood ready.
      if (advance_i && window_end) walking = 1'b0;
      else if (advance_i) next_tap();
      if (next_valid && !walking) begin
        load_window();
        taps_o <= 16'(next_rows) * 16'(next_cols);
      end
      final_tap = ky == 8'd0 & kx == 8'd0;
      window_end = final_tap & channels <= 16'(Word);
      valid_o     <= walking;
      read_addr_o <= tap;
      out_addr_o  <= out;
      lanes_o     <= channels < 16'(Word) ? channels[6:0] : 7'(Word);
      first_o     <= first;
      final_o     <= final_tap;
      last_o      <= window_end & window_last;

      if (start_i) begin
        row_due = 1'b1;
        y = 22'($signed(command_i.y_start));
        oy = command_i.out_h - 12'd1;
        out_row = command_i.out_base;
      end else if (row_valid && !next_valid) begin
        clip_window();
        empty_o <= ~next_valid;
      end else if (row_due) begin
        clip_row();
      end
    end
  end
endmodule
