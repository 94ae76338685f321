// SPDX-License-Identifier: Apache-2.0
// twill_semaphores loses no token and invents none. It says so of one semaphore, which may be any: its count is what the host wrote,
// or zero after a reset, and every give and take since; takes are answered only from tokens that are there, one a cycle; a give beyond the
// maximum is dropped and reported, with the first giver of which that is true, in the next cycle.
module semaphores_properties #(
  parameter int unsigned Givers = 9
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic [4:0]          queue_take,
  input logic [24:0]         queue_sem,
  input logic [4:0]          queue_ok,
  input logic                array_take,
  input logic [4:0]          array_sem,
  input logic                array_ok,
  input logic                post_take,
  input logic [4:0]          post_sem,
  input logic                post_ok,
  input logic [Givers-1:0]   give,
  input logic [Givers*5-1:0] give_sem,
  input logic                overflow,
  input logic [Givers-1:0]   overflow_giver,
  input logic                write,
  input logic [4:0]          write_sem,
  input logic [7:0]          write_value,
  input logic [twill_pkg::Semaphores*8-1:0] counts,
  input logic [twill_pkg::Semaphores-1:0]   positive
);
  localparam int unsigned N = twill_pkg::Semaphores;
  logic [4:0] sem;
  assign sem = $anyconst;
  function automatic logic named(input logic [4:0] s);   // fewer of them are proven than five bits can name
    named = 32'(s) < N;
  endfunction

  logic       known_q = 1'b0;
  logic [7:0] count, count_q;
  logic       some;
  always_comb begin                   // solvers do not like wide shifts
    count = '0;
    some = 1'b0;
    for (int unsigned i = 0; i < N; i++) begin
      if (sem == 5'(i)) begin
        count = counts[i*8 +: 8];
        some = positive[i];
      end
    end
  end

  logic [7:0]        next;
  logic [3:0]        takes;
  logic [Givers-1:0] beyond;          // gives to it that do not fit
  always_comb begin
    takes = 4'(array_take && array_sem == sem) + 4'(post_take && post_sem == sem);
    for (int unsigned q = 0; q < 5; q++) takes = takes + 4'(queue_ok[q] && queue_sem[q*5 +: 5] == sem);
    next = count_q - 8'(takes);
    beyond = '0;
    for (int unsigned g = 0; g < Givers; g++) begin
      if (give[g] && give_sem[g*5 +: 5] == sem) begin
        if (next == 8'(twill_pkg::SemaphoreMax)) beyond[g] = 1'b1;
        else next = next + 8'd1;
      end
    end
    if (write && write_sem == sem) next = write_value;
  end

  logic [Givers-1:0] beyond_q;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    count_q <= rst_ni ? next : 8'd0;
    beyond_q <= rst_ni ? beyond : '0;
  end

  always_comb begin
    assume (known_q || !rst_ni);
    assume (named(sem) && named(array_sem) && named(post_sem) && named(write_sem));
    for (int unsigned q = 0; q < 5; q++) assume (named(queue_sem[q*5 +: 5]));
    for (int unsigned g = 0; g < Givers; g++) assume (named(give_sem[g*5 +: 5]));
    // An engine takes when it is told it may.
    if (array_take) assume (array_ok);
    if (post_take) assume (post_ok);
    if (known_q) begin
      assert (count == count_q && some == (count != '0));
      assert (takes <= 4'd1);
      assert (takes == '0 || count_q != '0);
      assert ((queue_ok & ~queue_take) == '0);
      if (array_sem == sem && array_ok) assert (count_q != '0);
      if (post_sem == sem && post_ok) assert (count_q != '0);
      // A queue that asks alone for a token that is there gets it.
      if (queue_take[4] && queue_sem[24:20] == sem && count_q != '0 && takes == '0) assert (queue_ok[4]);
      // Reported is a give that was lost, and every one that was, at least by the first of its cycle.
      if (beyond_q != '0) assert (overflow);
      if (overflow) begin
        assert (overflow_giver != '0 && (overflow_giver & (overflow_giver - 1'b1)) == '0);
        assert ((beyond_q & (overflow_giver - 1'b1)) == '0);     // none of this semaphore was before it
      end
    end
  end
endmodule

bind twill_semaphores semaphores_properties #(.Givers(Givers)) i_properties (
  .clk_i, .rst_ni, .queue_take(queue_take_i), .queue_sem(queue_sem_i), .queue_ok(queue_ok_o),
  .array_take(array_take_i), .array_sem(array_sem_i), .array_ok(array_ok_o), .post_take(post_take_i), .post_sem(post_sem_i), .post_ok(post_ok_o),
  .give(give_i), .give_sem(give_sem_i), .overflow(overflow_o), .overflow_giver(overflow_giver_o),
  .write(write_i), .write_sem(write_sem_i), .write_value(write_value_i),
  .counts({count[3], count[2], count[1], count[0]}), .positive(positive_q));
