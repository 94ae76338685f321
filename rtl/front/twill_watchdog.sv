// SPDX-License-Identifier: Apache-2.0
// Raises error_o when nothing has moved for limit_i cycles while there is work to do; while a queue waits for another chip
// (remote_i), for remote_limit_i cycles. And when one queue has stood while others work, though it waits for no semaphore, for a span of
// limit_i cycles, or for whatever it waits for wait_limit_i cycles, in whole spans. A limit of 0 turns it off. While run_i is low all begins anew.
//
// Of a single queue one bit is kept: it has moved in this span, or it has stood. At the end of a span the queues are asked (ask_o) what
// those that have stood wait for, for Looks cycles, each answered two cycles later (semaphore_i). Only a queue that waits for no semaphore in any
// of them, and stands all the while, is stuck: where two queues want one token, the one that does not get it sees it for a cycle.
// So a chip that works pays for a counter and ten bits.
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
  input  logic [4:0]  semaphore_i,   // two cycles after each of ask_o: the queues that wait for a semaphore
  output logic        error_o,       // until run_i is low
  output logic [4:0]  suspects_o,    // the queues that may be to blame
  output logic        far_o          // it will not bark within two catch-ups of SleepMax cycles and a few more
);
  localparam logic [32:0] Far = 33'd8300;
  localparam int unsigned Looks = 8;

  // All of this is one block's, which changes it in place: the simulator keeps no second copy. Of a state the upper bit says that it stands:
  // starved or blocked.
  logic [31:0] still;                    // cycles since anything moved
  logic [31:0] age, long_age;            // of this span; of the whole spans before it
  logic [9:0]  stood, long_stood;        // the state in every cycle of those
  logic [4:0]  suspects, long_suspects;  // of the queues that stood those asked about; those for which no wait is an excuse
  logic [Looks+1:0] asking;              // one hot: asked Looks times, looked at, answered; the first answer comes in the third cycle

  function automatic logic [4:0] standing(input logic [9:0] states);
    standing = {states[9], states[7], states[5], states[3], states[1]};
  endfunction

  // verilator lint_off BLKSEQ
  task automatic end_span;
    logic long_over;
    long_over = wait_limit_i != '0 && long_age >= wait_limit_i - (wait_limit_i < limit_i ? wait_limit_i : limit_i);
    long_stood = long_stood & stood;
    if (limit_i != '0 && standing(stood) != '0 && asking == '0) begin
      suspects = standing(stood);
      long_suspects = long_over ? standing(long_stood) : '0;
      asking = (Looks + 2)'(1);
      ask_o <= 1'b1;
    end
    if (long_over) long_stood = '1;
    long_age = long_over ? '0 : long_age + limit_i;
    stood = '1;
    age = '0;
  endtask

  task automatic ask;
    suspects = suspects & standing(state_i);
    long_suspects = long_suspects & standing(state_i);
    if (asking[1:0] == '0) suspects = suspects & ~semaphore_i;
    if (asking[Looks+1] && (suspects | long_suspects) != '0) begin
      error_o <= 1'b1;
      suspects_o <= suspects | long_suspects;
    end
    ask_o <= asking[Looks-2:0] != '0;
    asking = asking << 1;
  endtask

  task automatic stand_still;
    logic [31:0] limit;
    limit = remote_i ? remote_limit_i : limit_i;
    still = waiting_i ? still + {16'd0, elapsed_i} : '0;
    far_o <= !waiting_i || ((limit == '0 || {1'b0, still} + Far < {1'b0, limit}) && (limit_i == '0 || {1'b0, age} + Far < {1'b0, limit_i}));
    if (limit != '0 && still >= limit) begin
      error_o <= 1'b1;
      suspects_o <= '1;
    end
  endtask

  task automatic begin_anew;
    still = '0;
    age = '0;
    long_age = '0;
    stood = '1;
    long_stood = '1;
    asking = '0;
    ask_o <= 1'b0;
    error_o <= 1'b0;
  endtask

  always_ff @(posedge clk_i) begin
    if (asking != '0) ask();
    stood = stood & state_i;
    age = age + {16'd0, elapsed_i};
    if (age >= limit_i) end_span();
    if (progress_i) still = '0;
    else stand_still();                  // what moves does not sleep: far_o need not be known
    if (!run_i || !rst_ni) begin_anew();
  end
  // verilator lint_on BLKSEQ
endmodule
