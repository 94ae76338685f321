// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// A first-in first-out buffer of Depth (a power of two) entries. What is pushed in cycle t can be popped from t + 1 on.
// All outputs are registers: a full buffer takes nothing even in a cycle in which it is popped, which keeps long ready chains
// out of the chip, and the entry shown is a copy of the store's, so that a buffer in which nothing moves costs the simulator
// one test.
module twill_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // in
  input  logic             in_valid_i,
  input  logic [Width-1:0] in_data_i,
  output logic             in_ready_o,
  // out
  output logic             out_valid_o,
  output logic [Width-1:0] out_data_o,
  input  logic             out_ready_i
);
  localparam int unsigned PointerBits = $clog2(Depth);

  if (Depth < 2 || Depth != (1 << PointerBits)) begin : gen_bad_depth
    $error("twill_fifo: Depth must be a power of two, 2 or more");
  end

  logic [Width-1:0]       store [Depth];
  logic [PointerBits-1:0] head_q, tail_q;

  task automatic move;
    logic push, pop;
    logic [PointerBits-1:0] head, tail;
    logic [Width-1:0]       entry;
    push = in_valid_i && in_ready_o;
    pop = out_valid_o && out_ready_i;
    if (push || pop) begin
      head = head_q + PointerBits'(pop);
      tail = tail_q + PointerBits'(push);
      entry = in_data_i;
      // The entry at the head may be the one that is being pushed.
      if (pop || !out_valid_o) out_data_o <= head == tail_q ? entry : store[head];
      if (push) store[tail_q] = entry;
      if (push != pop) begin
        out_valid_o <= push || head != tail;
        in_ready_o <= pop || head != tail;
      end
      head_q <= head;
      tail_q <= tail;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (in_valid_i || out_valid_o) move();
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
      out_valid_o <= 1'b0;
      in_ready_o <= 1'b1;
    end
  end

  `TWILL_ASSERT(Pointers, out_valid_o && in_ready_o ? head_q != tail_q : head_q == tail_q && (out_valid_o || in_ready_o))
endmodule
