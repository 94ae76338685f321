// SPDX-License-Identifier: Apache-2.0
// Raises error_o for a cycle when nothing has moved for limit_i cycles while some queue is not empty. A limit of 0 turns it off.
//
// It blames the oldest command that is not complete: what everything else waits for in the end.
module twill_watchdog (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         run_i,
  input  logic [31:0]  limit_i,
  input  logic         progress_i,      // anything taken, moved, computed or done in this cycle

  // queues
  input  logic [4:0]   empty_i,
  input  logic [159:0] index_i,         // of the oldest command of each, 32 bits each
  input  logic [29:0]  slot_i,          // what it waits on, 6 bits each

  output logic         error_o,
  output logic [2:0]   error_queue_o,
  output logic [31:0]  error_info_o     // 31..24 queues that are not empty, 5..0 the slot
);
  logic [31:0] still_q, distance;
  logic [2:0]  queue;
  logic        expired, found;

  assign expired = limit_i != '0 && still_q >= limit_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      still_q <= '0;
      error_o <= 1'b0;
      error_queue_o <= '0;
      error_info_o <= '0;
    end else begin
      still_q <= (progress_i || !run_i || empty_i == '1 || expired) ? 32'd0 : still_q + 32'd1;
      error_o <= expired;
      if (expired) begin
        found = 1'b0;
        queue = 3'd0;
        for (int unsigned q = 0; q < 5; q++) begin
          distance = index_i[q*32 +: 32] - index_i[queue*32 +: 32];  // negative: older, also where the index wraps
          if (!empty_i[q] && (!found || distance[31])) queue = 3'(q);
          found = found || !empty_i[q];
        end
        error_queue_o <= queue;
        error_info_o <= {3'd0, ~empty_i, 18'd0, slot_i[queue*6 +: 6]};
      end
    end
  end
endmodule
