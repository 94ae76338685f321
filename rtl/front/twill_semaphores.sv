// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The 32 counting semaphores. Every take and give of a cycle counts, also of the same semaphore; a give is seen one cycle later.
//
// Takes: the engines' tile waits come first: ok says the count is above zero, take takes. Where both name the same semaphore they
// are answered in turn; were one's ok to follow the other's take, a path would lead from one engine's memory grants to
// the other's requests and back. Then come the queues in order: each is answered if no earlier taker of this cycle wants the same
// semaphore, which costs the later one a cycle and keeps the logic flat.
// Gives beyond SemaphoreMax raise overflow_o for a cycle with the giver; the count stays at the maximum.
// A write by the host wins over takes and gives of the same cycle.
module twill_semaphores #(
  parameter int unsigned Givers = 9
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                odd_i,            // this edge stands for an odd number of cycles

  // waits of the five queues
  input  logic [4:0]          queue_take_i,
  input  logic [24:0]         queue_sem_i,      // 5 bits each
  output logic [4:0]          queue_ok_o,       // taken in this cycle

  // tile waits of array and post
  input  logic                array_take_i,
  input  logic [4:0]          array_sem_i,
  output logic                array_ok_o,
  input  logic                post_take_i,
  input  logic [4:0]          post_sem_i,
  output logic                post_ok_o,

  // signals
  input  logic [Givers-1:0]   give_i,
  input  logic [Givers*5-1:0] give_sem_i,
  output logic                overflow_o,
  output logic [Givers-1:0]   overflow_giver_o, // one hot: the first of them

  // host
  input  logic                write_i,
  input  logic [4:0]          write_sem_i,
  input  logic [7:0]          write_value_i,
  input  logic [4:0]          read_sem_i,
  output logic [7:0]          read_value_o,     // one cycle after read_sem_i

  output logic [31:0]         positive_o        // those above 0
);
  localparam int unsigned N = twill_pkg::Semaphores;

  logic [7:0]   count [N];
  logic [N-1:0] positive_q;

  assign positive_o = positive_q;

  // ---- takes
  logic [N-1:0] by_array, by_post;
  logic         same, turn_q;
  assign same = array_sem_i == post_sem_i;
  `TWILL_STALL(stall_array)
  `TWILL_STALL(stall_post)
  `TWILL_STALL(stall_queues)
  assign array_ok_o = positive_q[array_sem_i] && !(same && turn_q) && !stall_array;
  assign post_ok_o = positive_q[post_sem_i] && !(same && !turn_q) && !stall_post;
  assign by_array = {31'd0, array_take_i} << array_sem_i;
  assign by_post = {31'd0, post_take_i} << post_sem_i;

  always_ff @(posedge clk_i) begin
    if (same || !rst_ni) turn_q <= rst_ni && (turn_q ^ odd_i);
  end

  // Most cycles no queue finds a token: then there is nothing to settle between them.
  logic [4:0]   hit;
  logic [N-1:0] free;
  always_comb begin
    hit = '0;
    if (queue_take_i != '0 && !stall_queues)
      hit = queue_take_i & {positive_q[queue_sem_i[24:20]], positive_q[queue_sem_i[19:15]], positive_q[queue_sem_i[14:10]],
                            positive_q[queue_sem_i[9:5]], positive_q[queue_sem_i[4:0]]};
  end
  always_comb begin
    queue_ok_o = '0;
    free = '0;
    if (hit != '0) begin
      free = positive_q & ~by_array & ~by_post;
      queue_ok_o[0] = hit[0] && free[queue_sem_i[4:0]];
      if (hit[0]) free[queue_sem_i[4:0]] = 1'b0;
      queue_ok_o[1] = hit[1] && free[queue_sem_i[9:5]];
      if (hit[1]) free[queue_sem_i[9:5]] = 1'b0;
      queue_ok_o[2] = hit[2] && free[queue_sem_i[14:10]];
      if (hit[2]) free[queue_sem_i[14:10]] = 1'b0;
      queue_ok_o[3] = hit[3] && free[queue_sem_i[19:15]];
      if (hit[3]) free[queue_sem_i[19:15]] = 1'b0;
      queue_ok_o[4] = hit[4] && free[queue_sem_i[24:20]];
    end
  end

  // ---- counting, in the cycles in which something happens. No two takes of a cycle name the same semaphore.
  logic [N-1:0]      taken;
  logic              active;
  logic [8:0]        sum;      // scratch of the loops below
  logic              over;

  always_comb begin
    taken = '0;
    if (active) begin
      taken = by_array | by_post;
      for (int unsigned q = 0; q < 5; q++) if (queue_ok_o[q]) taken[queue_sem_i[q*5 +: 5]] = 1'b1;
    end
  end
  assign active = array_take_i || post_take_i || queue_ok_o != '0 || give_i != '0 || write_i;

  // verilator lint_off BLKSEQ
  // The counts are this block's own and change in place, giver after giver; what others see leaves by <=.
  always_ff @(posedge clk_i) begin
    read_value_o <= count[read_sem_i];
    if (!rst_ni) begin
      for (int unsigned i = 0; i < N; i++) count[i] = 8'd0;
      positive_q <= '0;
      overflow_o <= 1'b0;
      overflow_giver_o <= '0;
    end else begin
      overflow_o <= 1'b0;
      if (active) begin
        for (int unsigned i = 0; i < N; i++) count[i] = count[i] - {7'd0, taken[i]};
        over = 1'b0;
        for (int unsigned g = 0; g < Givers; g++) begin
          sum = {1'b0, count[give_sem_i[g*5 +: 5]]} + {8'd0, give_i[g]};
          if (sum > 9'(twill_pkg::SemaphoreMax)) begin
            if (!over) overflow_giver_o <= Givers'(1) << g;
            over = 1'b1;
          end else begin
            count[give_sem_i[g*5 +: 5]] = sum[7:0];
          end
        end
        if (write_i) count[write_sem_i] = write_value_i;
        overflow_o <= over;
        for (int unsigned i = 0; i < N; i++) positive_q[i] <= count[i] != 8'd0;
      end
    end
  end
  // verilator lint_on BLKSEQ

  `TWILL_ASSUME(ArrayMay, !array_take_i || array_ok_o)
  `TWILL_ASSUME(PostMay, !post_take_i || post_ok_o)
  `TWILL_ASSERT(TakesAsked, (queue_ok_o & ~queue_take_i) == '0)
  `TWILL_ASSERT_ONEHOT0(OneGiver, overflow_giver_o)
endmodule
