// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// Decides which commands may run and sends each to the queue it names, in order, one a cycle.
//
// A command is checked in the cycle it is taken (valid_i and ready_o) and pushed into its queue in the next, or as soon as the queue
// has room. The first command that may not run stops the decoder until reset: error_o holds with what, where and which.
module twill_decode (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         run_i,

  // fetch
  input  logic         valid_i,
  input  logic [511:0] cmd_i,
  input  logic [31:0]  index_i,
  output logic         ready_o,

  // queues
  output logic [4:0]   push_o,
  output logic [511:0] cmd_o,
  output logic [31:0]  index_o,
  input  logic [4:0]   full_i,

  output logic         busy_o,       // holds a command

  // error
  output logic         error_o,
  output logic [4:0]   error_code_o,
  output logic [2:0]   error_queue_o
);
  logic       valid_q;
  logic [4:0] code_q, route_q;
  logic       pushed;

  `TWILL_STALL(stall_push)
  `TWILL_STALL(stall_take)

  always_comb begin
    push_o = 5'd0;
    error_o = 1'b0;
    if (valid_q) begin
      error_o = code_q != 5'd0;
      if (code_q == 5'd0) push_o = route_q & ~full_i & ~{5{stall_push}};
    end
  end
  assign pushed = push_o != 5'd0;
  assign ready_o = run_i && (!valid_q || pushed) && !stall_take;

  // The check is wide: it runs only in the cycle a command is taken.
  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      cmd_o <= cmd_i;
      index_o <= index_i;
      route_q <= 5'd1 << cmd_i[10:8];
      code_q <= twill_pkg::check_command(cmd_i);
      valid_q <= 1'b1;
    end else if (pushed) begin
      valid_q <= 1'b0;
    end
    if (!rst_ni) valid_q <= 1'b0;
  end

  assign busy_o = valid_q;
  assign error_code_o = code_q;
  assign error_queue_o = cmd_o[10:8];

  `TWILL_ASSERT_ONEHOT0(OneQueue, push_o)
  `TWILL_ASSERT_ROOM(QueueRoom, push_o != '0, (push_o & full_i) == '0)
  `TWILL_ASSERT_STABLE(Kept, valid_q, push_o != '0, {cmd_o, index_o})
endmodule
