// SPDX-License-Identifier: Apache-2.0
// Fetches the parameter records of REQUANT: sixteen words a tile, the next tile's behind the current one, and those of the
// next command behind the last tile of the current command.
//
// start_i begins a command: kept_i says that its first tile uses the records that are there. ready_o: the records of the next tile will
// have reached the lanes by the time a beat fired in this cycle does. take_i: that beat fires (the first word of a tile). bad_o: those
// records lie outside the scratchpad, and will not be read.
// A command still waiting in front of the engine is named by peek_i, peek_base_i (a REQUANT that loads its records); its
// fetch may start early, when every set of the current command has been taken. hold_i forbids fetching while a command
// runs whose writes could still change the records.
//
// Scratchpad reads: req, addr -> gnt; two cycles after a grant arrive_o says that the read data is a word of records.
module twill_parameters #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,
  input  logic        kept_i,
  input  logic [15:0] tiles_i,
  input  logic [23:0] base_i,
  input  logic        peek_i,
  input  logic [23:0] peek_base_i,
  input  logic        hold_i,

  output logic        ready_o,
  output logic        bad_o,
  output logic [23:0] bad_addr_o,
  input  logic        take_i,

  output logic        req_o,
  output logic [23:0] addr_o,
  input  logic        gnt_i,
  output logic        arrive_o
);
  localparam int unsigned SetBytes = Word * twill_pkg::ParameterBytes;
  localparam int unsigned SetWords = twill_pkg::ParameterBytes;

  logic        kept_q;               // the next set to take is already in the lanes
  logic        full_q;               // a set has been asked for to the last word
  logic        bad_q;
  logic [15:0] left_q;               // sets of the command that are still to be fetched or taken
  logic [23:0] next_q;               // where the first of them lies
  logic [4:0]  words_q;              // still to be read of the set under way
  logic [23:0] addr_q;
  logic        arrive_q, arrive_q2;

  assign ready_o    = kept_q | full_q;
  assign bad_o      = bad_q & ~kept_q;
  assign bad_addr_o = addr_q;
  assign req_o      = words_q != 5'd0;
  assign addr_o     = addr_q;
  assign arrive_o   = arrive_q2;

  logic want;
  assign want = ~kept_q & ~full_q & ~bad_q & ~req_o & ~hold_i & ~start_i & (left_q != 16'd0 | peek_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      kept_q    <= 1'b0;
      full_q    <= 1'b0;
      bad_q     <= 1'b0;
      left_q    <= 16'd0;
      words_q   <= 5'd0;
      arrive_q  <= 1'b0;
      arrive_q2 <= 1'b0;
    end else begin
      arrive_q  <= gnt_i;
      arrive_q2 <= arrive_q;
      if (start_i) begin
        kept_q <= kept_i;
        left_q <= kept_i ? tiles_i - 16'd1 : tiles_i;
        next_q <= kept_i ? base_i + 24'(SetBytes) : base_i;
      end
      if (take_i) begin
        kept_q <= 1'b0;
        if (!kept_q) begin
          full_q <= 1'b0;
          left_q <= left_q - 16'd1;
          next_q <= next_q + 24'(SetBytes);
        end
      end
      if (want) begin : ask
        logic [23:0] base;
        base = left_q != 16'd0 ? next_q : peek_base_i;
        addr_q <= base;
        if (base > 24'(ScratchpadBytes - SetBytes)) bad_q <= 1'b1;
        else words_q <= 5'(SetWords);
      end
      if (gnt_i) begin
        addr_q  <= addr_q + 24'(Word);
        words_q <= words_q - 5'd1;
        full_q  <= words_q == 5'd1;
      end
    end
  end
endmodule
