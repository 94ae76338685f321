// SPDX-License-Identifier: Apache-2.0
// The walk of POOL: for every output pixel, word of channels, and tap of the window inside the image, one beat.
//
// Two steps, one ahead of the other so that windows follow without a gap: the first clips the next window to the image (first
// tap, rows and columns of taps), the second walks its taps for each word of channels. A row of windows costs the first step one
// cycle more, which windows of two beats or more hide.
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
  logic               row_due_q, row_valid_q;        // a row of windows is to be clipped; is clipped
  logic               next_valid_q;                  // a window is clipped
  logic signed [21:0] y_q, x_q;                      // image row and column of the window's corner
  logic [11:0]        oy_q, ox_q;                    // windows left after this one
  logic [23:0]        out_row_q, out_pix_q;
  logic [23:0]        row_addr_q;                    // image row of the first tap
  logic [7:0]         rows_q;
  logic               rows_none_q;
  logic [23:0]        next_addr_q, next_out_q;
  logic [7:0]         next_rows_q, next_cols_q;
  logic               next_last_q, empty_q;

  // Second step: the window being walked.
  logic               valid_q, first_q, window_last_q;
  logic [7:0]         rows_all_q, cols_all_q;        // of the window
  logic [7:0]         ky_q, kx_q;                    // taps left after this one
  logic [15:0]        taps_q;
  logic [15:0]        channels_q;                    // bytes of the pixel from this word on
  logic [23:0]        tap_q, tap_row_q, tap_word_q;  // address of the tap, of its row, of the word's first tap
  logic [23:0]        out_q;

  logic window_end, load;
  assign window_end = final_o & channels_q <= 16'(Word);
  assign load = next_valid_q & (~valid_q | (advance_i & window_end));

  assign valid_o     = valid_q;
  assign read_addr_o = tap_q;
  assign out_addr_o  = out_q;
  assign lanes_o     = channels_q < 16'(Word) ? channels_q[6:0] : 7'(Word);
  assign first_o     = first_q;
  assign final_o     = ky_q == 8'd0 & kx_q == 8'd0;
  assign last_o      = window_end & window_last_q;
  assign taps_o      = taps_q;
  assign empty_o     = empty_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_due_q    <= 1'b0;
      row_valid_q  <= 1'b0;
      next_valid_q <= 1'b0;
      empty_q      <= 1'b0;
    end else begin
      if (start_i) begin
        row_due_q   <= 1'b1;
        row_valid_q <= 1'b0;
        y_q         <= 22'($signed(command_i.y_start));
        oy_q        <= command_i.out_h - 12'd1;
        out_row_q   <= command_i.out_base;
      end
      if (load) next_valid_q <= 1'b0;
      if (row_due_q) begin : clip_row
        logic signed [21:0] first, bound;
        first = y_q[21] ? 22'sd0 : y_q;
        bound = y_q + 22'($signed({1'b0, command_i.kernel_y}));
        if (bound > 22'($signed({1'b0, command_i.in_rows}))) bound = 22'($signed({1'b0, command_i.in_rows}));
        rows_none_q <= bound <= first;
        rows_q      <= 8'(bound - first);
        row_addr_q  <= command_i.in_base + 24'(first[11:0]) * 24'(command_i.in_row_pitch);
        row_due_q   <= 1'b0;
        row_valid_q <= 1'b1;
        x_q         <= 22'($signed(command_i.x_start));
        ox_q        <= command_i.out_w - 12'd1;
        out_pix_q   <= out_row_q;
      end
      if (row_valid_q & (~next_valid_q | load)) begin : clip_window
        logic signed [21:0] first, bound;
        first = x_q[21] ? 22'sd0 : x_q;
        bound = x_q + 22'($signed({1'b0, command_i.kernel_x}));
        if (bound > 22'($signed({1'b0, command_i.in_cols}))) bound = 22'($signed({1'b0, command_i.in_cols}));
        empty_q      <= rows_none_q | bound <= first;
        next_valid_q <= ~(rows_none_q | bound <= first);
        next_addr_q  <= row_addr_q + 24'(first[11:0]) * 24'(command_i.in_pix_pitch);
        next_rows_q  <= rows_q;
        next_cols_q  <= 8'(bound - first);
        next_out_q   <= out_pix_q;
        next_last_q  <= ox_q == 12'd0 & oy_q == 12'd0;
        x_q          <= x_q + 22'($signed({1'b0, command_i.stride_x}));
        ox_q         <= ox_q - 12'd1;
        out_pix_q    <= out_pix_q + 24'(command_i.out_pix_pitch);
        if (ox_q == 12'd0) begin
          row_valid_q <= 1'b0;
          row_due_q   <= oy_q != 12'd0;
          y_q         <= y_q + 22'($signed({1'b0, command_i.stride_y}));
          oy_q        <= oy_q - 12'd1;
          out_row_q   <= out_row_q + 24'(command_i.out_row_pitch);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (load) begin
      valid_q       <= 1'b1;
      first_q       <= 1'b1;
      window_last_q <= next_last_q;
      rows_all_q    <= next_rows_q - 8'd1;
      cols_all_q    <= next_cols_q - 8'd1;
      ky_q          <= next_rows_q - 8'd1;
      kx_q          <= next_cols_q - 8'd1;
      taps_q        <= 16'(next_rows_q) * 16'(next_cols_q);
      channels_q    <= command_i.channels;
      tap_q         <= next_addr_q;
      tap_row_q     <= next_addr_q;
      tap_word_q    <= next_addr_q;
      out_q         <= next_out_q;
    end else if (advance_i) begin
      first_q <= final_o;
      if (kx_q != 8'd0) begin
        kx_q  <= kx_q - 8'd1;
        tap_q <= tap_q + 24'(command_i.in_pix_pitch);
      end else begin
        kx_q <= cols_all_q;
        if (ky_q != 8'd0) begin
          ky_q      <= ky_q - 8'd1;
          tap_q     <= tap_row_q + 24'(command_i.in_row_pitch);
          tap_row_q <= tap_row_q + 24'(command_i.in_row_pitch);
        end else begin
          ky_q       <= rows_all_q;
          tap_q      <= tap_word_q + 24'(Word);
          tap_row_q  <= tap_word_q + 24'(Word);
          tap_word_q <= tap_word_q + 24'(Word);
          out_q      <= out_q + 24'(Word);
          channels_q <= channels_q - 16'(Word);
          if (window_end) valid_q <= 1'b0;
        end
      end
    end
  end
endmodule
