// SPDX-License-Identifier: Apache-2.0
// What the parts of the array engine tell one another. CONV and DEPTHWISE are one walk here: a convolution is a depthwise
// stream whose kernel is one row of one tap, as wide as its output.
//
// Positions are two's complement in unsigned fields: additions wrap as they should and one unsigned compare against a bound
// answers "0 <= position < bound".
package twill_array_pkg;
  // Where the first operand word of a pass lies.
  typedef struct packed {
    logic [23:0] address;  // scratchpad address
    logic [31:0] column;   // CONV: byte position in the image row; DEPTHWISE: image column
    logic [23:0] row;      // image row
    logic [15:0] lanes;    // valid bytes from here: what is left of the K run, or of the channels
  } place_t;

  // A command, as the word walk needs it.
  typedef struct packed {
    logic        depthwise;
    logic        accumulate;
    logic [ 5:0] tile_wait;    // semaphore slots
    logic [ 5:0] tile_signal;
    logic [11:0] acc_base;
    logic [ 7:0] zero_point;
    logic [15:0] x_step;       // bytes from word to word
    logic [23:0] y_step;       // bytes from stream row to stream row
    logic [15:0] column_step;  // columns (see place_t) from word to word
    logic [ 7:0] row_step;     // image rows from stream row to stream row
    logic [19:0] bound;        // valid columns are below this
    logic [11:0] in_rows;
    logic [11:0] stream_w;     // words of a stream row
    logic [11:0] out_w;
    logic [11:0] out_h;
    logic [ 2:0] rows;         // kernel rows of a pass
    logic [ 7:0] kernel_w;     // taps of a kernel row
  } walk_t;

  // Where a pass stands in its command and its tile.
  typedef struct packed {
    logic first_of_command;
    logic last_of_command;
    logic first_of_tile;
    logic last_of_tile;
  } rank_t;

  // What becomes of the sums an operand word completes.
  typedef struct packed {
    logic        wanted;   // they are kept
    logic [11:0] address;  // accumulator word
    logic        add;      // to what it holds
    logic        give;     // signal a semaphore when it is written
    logic [ 4:0] sem;
  } sum_t;

  localparam int unsigned SumBits = 1 + 12 + 1 + 1 + 5;  // of sum_t (Yosys refuses $bits and memories of structs)

  // How an operand word meets the array. (With its sum_t it would be one struct of more than 32 bits, which simulates slower.)
  typedef struct packed {
    logic       first;      // of its pass: the next weights take over with it
    logic       depthwise;
    logic [7:0] kernel_w;   // depthwise: array rows a kernel row fills
    logic [8:0] delay;      // depthwise: words from one kernel row's operand to the next one's
  } mode_t;
endpackage
