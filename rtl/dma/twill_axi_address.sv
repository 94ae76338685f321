// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// An address channel of the memory port: the burst shown at the pins and one behind it, both registers. A burst accepted in
// cycle t is at the pins from t + 1 on. in_ready_o depends on no pin.
module twill_axi_address #(
  parameter int unsigned IdBits = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // the next burst
  input  logic        in_valid_i,
  input  logic [IdBits-1:0] in_id_i,
  input  logic [39:0] in_addr_i,
  input  logic [4:0]  in_beats_i,   // 1 to 16
  output logic        in_ready_o,
  // AXI4
  output logic [IdBits-1:0] id_o,
  output logic [39:0] addr_o,
  output logic [7:0]  len_o,
  output logic        valid_o,
  input  logic        ready_i
);
  logic [IdBits-1:0] next_id_q;     // behind the pins while in_ready_o is low
  logic [39:0] next_addr_q;
  logic [3:0]  next_len_q, len_q;
  assign len_o = {4'd0, len_q};

  // Registers are read before they are written: the simulator then needs no copies of them.
  task automatic move;
    logic room;
    room = in_ready_o;
    if (!valid_o || ready_i) begin
      valid_o <= in_valid_i || !room;
      in_ready_o <= 1'b1;
      if (!room) begin
        id_o <= next_id_q;
        addr_o <= next_addr_q;
        len_q <= next_len_q;
      end else if (in_valid_i) begin
        id_o <= in_id_i;
        addr_o <= in_addr_i;
        len_q <= 4'(in_beats_i - 5'd1);
      end
    end else if (in_valid_i && room) begin
      in_ready_o <= 1'b0;
      next_id_q <= in_id_i;
      next_addr_q <= in_addr_i;
      next_len_q <= 4'(in_beats_i - 5'd1);
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (in_valid_i || valid_o) move();
    if (!rst_ni) begin
      valid_o <= 1'b0;
      in_ready_o <= 1'b1;
    end
  end

  `TWILL_ASSERT_STABLE(Address, valid_o, ready_i, {id_o, addr_o, len_o})
  `TWILL_ASSUME(Beats, !in_valid_i || (in_beats_i != 5'd0 && in_beats_i <= 5'(twill_pkg::MaxBurstBeats)))
endmodule
