// SPDX-License-Identifier: Apache-2.0
// Where results wait for the scratchpad's write port, in order. The lanes cannot stall, so the engine reserves a place before
// it fires a beat: at most Depth results may be between reserve_i and their writing (room_o says there is one more place).
//
// expect_i, when the beat fires, says where its result will go; the results follow in the same order (result_valid_i) and are
// offered to the write port in the cycle they come. A result of no bytes writes nothing. done_o, a cycle after the last result
// of a command was written. drained_o: nothing was reserved in this cycle and the one before, so that a read now sees every write.
module twill_result_queue #(
  parameter int unsigned Word = 16,
  parameter int unsigned Depth = 8
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  output logic              room_o,
  input  logic              reserve_i,
  input  logic              expect_i,
  input  logic [23:0]       addr_i,
  input  logic [6:0]        lanes_i,
  input  logic              last_i,

  input  logic              result_valid_i,
  input  logic [Word*8-1:0] result_i,

  output logic              wr_req_o,
  output logic [23:0]       wr_addr_o,
  output logic [Word*8-1:0] wr_data_o,
  output logic [Word-1:0]   wr_be_o,
  input  logic              wr_gnt_i,

  output logic              done_o,
  output logic              drained_o
);
  localparam int unsigned IndexBits = $clog2(Depth);

  logic [31:0]          place_q [Depth];   // {last, lanes, address}
  logic [Word*8-1:0]    data_q [Depth];
  logic [IndexBits-1:0] expect_q, write_q, read_q;
  logic [IndexBits:0]   reserved_q, held_q;   // places taken; of them results that wait in data_q
  logic                 done_q, drained_q;

  logic [31:0] place;
  logic        have, pop, keep;            // a result is there, goes, has to wait

  assign have = held_q != '0 | result_valid_i;
  always_comb begin
    place     = 32'd0;
    wr_req_o  = 1'b0;
    wr_addr_o = 24'd0;
    wr_data_o = '0;
    wr_be_o   = '0;
    if (have) begin
      place     = place_q[read_q];
      wr_req_o  = place[30:24] != 7'd0;
      wr_addr_o = place[23:0];
      wr_data_o = held_q != '0 ? data_q[read_q] : result_i;
      wr_be_o   = ~({Word{1'b1}} << place[30:24]);
    end
  end
  assign pop       = have & (wr_gnt_i | ~wr_req_o);
  assign keep      = result_valid_i & ~(pop & held_q == '0);
  assign room_o    = reserved_q != (IndexBits+1)'(Depth);
  assign done_o    = done_q;
  assign drained_o = drained_q & reserved_q == '0;

  always_ff @(posedge clk_i) begin
    done_q    <= pop & place[31];
    drained_q <= reserved_q == '0;
    if (expect_i) begin
      place_q[expect_q] <= {last_i, lanes_i, addr_i};
      expect_q <= expect_q + 1'b1;
    end
    if (have) begin
      if (keep) data_q[write_q] <= result_i;
      write_q <= write_q + IndexBits'(result_valid_i);
      read_q  <= read_q + IndexBits'(pop);
      held_q  <= held_q + (IndexBits+1)'(result_valid_i) - (IndexBits+1)'(pop);
    end
    if (reserve_i | pop) reserved_q <= reserved_q + (IndexBits+1)'(reserve_i) - (IndexBits+1)'(pop);
    if (!rst_ni) begin
      expect_q   <= '0;
      write_q    <= '0;
      read_q     <= '0;
      reserved_q <= '0;
      held_q     <= '0;
      done_q     <= 1'b0;
      drained_q  <= 1'b1;
    end
  end
endmodule
