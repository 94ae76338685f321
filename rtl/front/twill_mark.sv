// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// Takes MARK records and writes them to the ring in DRAM, in the order they were taken.
//
// A record is taken in the cycle ready_o answers a queue's valid_i (the lowest queue first, one at a time): snapshot_o tells the counters
// to latch it. It is offered to the write client from the next cycle on (mark_valid_o until mark_ready_i). Memory acknowledges records in order
// (mark_done_i); count_o counts them, and the interrupt of a record fires then.
module twill_mark #(
  parameter int unsigned InFlight = 8    // records sent and not acknowledged
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // ring, from the registers
  input  logic [39:0]  ring_i,
  input  logic [16:0]  ring_mask_i,      // records in the ring less one
  output logic [31:0]  count_o,
  output logic         irq_o,            // pulse

  // queues
  input  logic [4:0]   valid_i,
  input  logic [159:0] tag_i,            // 32 bits each
  input  logic [4:0]   irq_i,
  output logic [4:0]   ready_o,

  // counters
  output logic         snapshot_o,
  output logic [2:0]   snapshot_queue_o,
  output logic [31:0]  snapshot_tag_o,
  output logic [31:0]  sequence_o,       // records taken before this one

  // write client; its data is the latched record
  output logic         mark_valid_o,
  output logic [39:0]  mark_addr_o,
  input  logic         mark_ready_i,
  input  logic         mark_done_i
);
  localparam int unsigned FlightBits = $clog2(InFlight);

  // ---- which queue is taken
  logic free;
  always_comb begin
    ready_o = 5'd0;
    snapshot_o = 1'b0;
    snapshot_queue_o = 3'd0;
    snapshot_tag_o = 32'd0;
    if (valid_i != 5'd0 && free) begin
      ready_o = valid_i & (~valid_i + 5'd1);
      snapshot_o = 1'b1;
      snapshot_queue_o = valid_i[0] ? 3'd0 : valid_i[1] ? 3'd1 : valid_i[2] ? 3'd2 : valid_i[3] ? 3'd3 : 3'd4;
      snapshot_tag_o = tag_i[snapshot_queue_o*32 +: 32];
    end
  end

  // ---- the record on its way out, and the interrupt bits of those not acknowledged
  logic [31:0]         taken_q, done_q;
  logic [InFlight-1:0] irq_q;

  assign free = !mark_valid_o && (taken_q - done_q < InFlight);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mark_valid_o <= 1'b0;
      mark_addr_o <= '0;
      taken_q <= '0;
      done_q <= '0;
      irq_q <= '0;
      irq_o <= 1'b0;
    end else begin
      if (mark_ready_i) mark_valid_o <= 1'b0;
      if (snapshot_o) begin
        mark_valid_o <= 1'b1;
        mark_addr_o <= ring_i + {16'd0, taken_q[16:0] & ring_mask_i, 7'd0};
        irq_q[taken_q[FlightBits-1:0]] <= irq_i[snapshot_queue_o];
        taken_q <= taken_q + 32'd1;
      end
      irq_o <= mark_done_i && irq_q[done_q[FlightBits-1:0]];
      if (mark_done_i) done_q <= done_q + 32'd1;
    end
  end

  assign sequence_o = taken_q;
  assign count_o = done_q;

  `TWILL_ASSERT_STABLE(Record, mark_valid_o, mark_ready_i, mark_addr_o)
  `TWILL_ASSERT_COUNT(InFlightBounds, taken_q - done_q, InFlight)
endmodule
