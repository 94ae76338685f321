// SPDX-License-Identifier: Apache-2.0
// Fetches the parameter records of REQUANT: sixteen words a tile, the next tile's behind the current one, and those of the
// next command behind the last tile of the current command.
//
// start_i begins a command: kept_i says that its first tile uses the records that are there. ready_o: the records of the next tile will
// have reached the lanes by the time a beat fired in this cycle does. take_i: that beat fires (the first word of a tile). bad_o: those
// records lie outside the scratchpad (at addr_o), and will not be read.
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
  input  logic        take_i,

  output logic        req_o,
  output logic [23:0] addr_o,
  input  logic        gnt_i,
  output logic        arrive_o
);
  localparam int unsigned SetBytes = Word * twill_pkg::ParameterBytes;
  localparam int unsigned SetWords = twill_pkg::ParameterBytes;

  logic        kept;                 // the next set to take is already in the lanes
  logic        full;                 // a set has been asked for to the last word
  logic        bad;
  logic [15:0] left;                 // sets of the command that are still to be taken and not kept
  logic [23:0] next;                 // where the first of them lies
  logic [23:0] addr;
  logic [4:0]  words;                // still to be read of the set under way
  logic        arrive_q;

  logic        owed_q;               // sets of the command are left

  logic work;                        // something may change in this cycle
  assign work = start_i | take_i | gnt_i | (~ready_o & (owed_q | peek_i) & ~hold_i);

  always_ff @(posedge clk_i) begin
    arrive_q <= gnt_i;
    arrive_o <= arrive_q;
    if (!rst_ni) begin
      kept = 1'b0;
      full = 1'b0;
      bad = 1'b0;
      left = 16'd0;
      words = 5'd0;
      owed_q  <= 1'b0;
      ready_o <= 1'b0;
      bad_o   <= 1'b0;
      req_o   <= 1'b0;
      arrive_q <= 1'b0;
      arrive_o <= 1'b0;
    end else if (work) begin
      if (gnt_i) begin
        addr = addr + 24'(Word);
        words = words - 5'd1;
        full = words == 5'd0;
      end else if (!(kept || full || bad || hold_i || start_i || words != 5'd0) && (left != 16'd0 || peek_i)) begin
        addr = left != 16'd0 ? next : peek_base_i;
        if (addr > 24'(ScratchpadBytes - SetBytes)) bad = 1'b1;
        else words = 5'(SetWords);
      end
      if (take_i && kept) begin
        kept = 1'b0;
      end else if (take_i) begin
        full = 1'b0;
        left = left - 16'd1;
        next = next + 24'(SetBytes);
      end
      if (start_i) begin
        kept = kept_i;
        left = kept_i ? tiles_i - 16'd1 : tiles_i;
        next = kept_i ? base_i + 24'(SetBytes) : base_i;
      end
      owed_q  <= left != 16'd0;
      ready_o <= kept | full;
      bad_o   <= bad & ~kept;
      req_o   <= words != 5'd0;
      addr_o  <= addr;
    end
  end
endmodule
