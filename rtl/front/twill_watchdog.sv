// SPDX-License-Identifier: Apache-2.0
// Raises error_o when nothing has moved for limit_i cycles while there is work to do; while a queue waits for another chip
// (remote_i), for remote_limit_i cycles. And when one queue has stood while others work, though it waits for no semaphore, for a span of
// limit_i cycles, or for whatever it waits for wait_limit_i cycles, in whole spans. A limit of 0 turns it off.
//
// Of a single queue one bit is kept: it has moved in this span, or it has stood. At the end of a span the queues are asked (ask_o) what
// those that have stood wait for, and in the next cycle the answer (semaphore_i) is judged.
module twill_watchdog (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        run_i,
  input  logic [15:0] elapsed_i,     // cycles this edge stands for
  input  logic [31:0] limit_i,
  input  logic [31:0] remote_limit_i,
  input  logic [31:0] wait_limit_i,
  input  logic        waiting_i,     // a queue is not empty, commands are still to be fetched or records to be acknowledged
  input  logic        remote_i,      // one of them waits for another chip
  input  logic        progress_i,    // something moves or computes in this cycle
  input  logic [9:0]  state_i,       // twill_pkg::state_e of the five queues
  output logic        ask_o,
  input  logic [4:0]  semaphore_i,   // a cycle after ask_o: the queues that wait for a semaphore
  output logic        error_o,
  output logic [4:0]  suspects_o,    // the queues that may be to blame
  output logic        far_o          // it will not bark within two catch-ups of SleepMax cycles and a few more
);
  localparam logic [32:0] Far = 33'd8300;

  // ---- the whole chip
  logic [31:0] still_q, limit;
  logic        all_still;
  assign limit = remote_i ? remote_limit_i : limit_i;

  always_comb begin
    all_still = 1'b0;
    if (!progress_i) all_still = limit != '0 && still_q >= limit;
  end

  always_ff @(posedge clk_i) begin
    if (!progress_i && rst_ni) begin
      still_q <= !waiting_i || !run_i ? '0 : still_q + {16'd0, elapsed_i};
    end else begin
      still_q <= '0;
    end
  end

  // ---- one queue. Of a state the upper bit says that it stands: starved or blocked.
  logic [9:0]  stood_q, long_stood_q;          // in all of this span so far; in all spans that long_age_q counts
  logic [31:0] age_q, long_age_q;
  logic        judge_q;
  logic [4:0]  suspects_q, long_suspects_q, stuck;

  function automatic logic [4:0] standing(input logic [9:0] states);
    standing = {states[9], states[7], states[5], states[3], states[1]};
  endfunction

  always_ff @(posedge clk_i) begin
    stood_q <= stood_q & state_i;
    age_q <= age_q + {16'd0, elapsed_i};
    if (age_q >= limit_i || !waiting_i || !run_i || !rst_ni) begin : span
      logic [9:0] stood, long_stood;
      logic       over, long_over;
      stood = stood_q & state_i;
      long_stood = long_stood_q & stood;
      over = waiting_i && run_i && rst_ni && limit_i != '0;
      long_over = over && wait_limit_i != '0 && long_age_q >= wait_limit_i - (wait_limit_i < limit_i ? wait_limit_i : limit_i);
      stood_q <= '1;
      age_q <= '0;
      long_stood_q <= over && !long_over ? long_stood : '1;
      long_age_q <= over && !long_over ? long_age_q + limit_i : '0;
      suspects_q <= standing(stood);
      long_suspects_q <= long_over ? standing(long_stood) : '0;
      ask_o <= over && standing(stood) != '0;
    end
    if (ask_o || judge_q || !rst_ni) begin
      ask_o <= 1'b0;
      judge_q <= ask_o && rst_ni;
    end
  end

  always_comb begin
    stuck = '0;
    if (judge_q) stuck = standing(state_i) & ((suspects_q & ~semaphore_i) | long_suspects_q);
  end

  assign error_o = all_still || stuck != '0;
  assign suspects_o = all_still ? '1 : stuck;

  // What moves does not sleep: then it need not be known.
  always_ff @(posedge clk_i) begin
    if (!progress_i)
      far_o <= !waiting_i || ((limit == '0 || {1'b0, still_q} + Far < {1'b0, limit}) && (limit_i == '0 || {1'b0, age_q} + Far < {1'b0, limit_i}));
  end
endmodule
