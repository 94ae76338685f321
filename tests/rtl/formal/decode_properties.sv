// SPDX-License-Identifier: Apache-2.0
// twill_decode pushes a command if and only if the check (command_check.sv proves it) has nothing against it: once, unchanged, in order,
// into the queue it names when that has room. For any other it says what is wrong with it and pushes nothing more until a reset. The
// covers: a command can go into every queue, two in two cycles, and be refused.
module decode_properties (
  input logic         clk_i,
  input logic         rst_ni,
  input logic         run,
  input logic         valid,
  input logic [511:0] cmd_in,
  input logic [31:0]  index_in,
  input logic         ready,
  input logic [4:0]   push,
  input logic [511:0] cmd,
  input logic [31:0]  index,
  input logic [4:0]   full,
  input logic         busy,
  input logic         error,
  input logic [4:0]   error_code,
  input logic [2:0]   error_queue,
  input logic [4:0]   code,
  input logic [4:0]   route
);
  logic [4:0] expected;
  assign expected = cmd[36:32];         // which stand for the check's answer

  logic         known_q = 1'b0;
  logic         held_q, failed_q;      // a command is inside; one that must not run was
  logic [511:0] cmd_q;
  logic [31:0]  index_q;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    if (valid && ready) begin
      cmd_q <= cmd_in;
      index_q <= index_in;
    end
    held_q <= rst_ni && ((valid && ready) || (held_q && push == '0));
    failed_q <= rst_ni && (failed_q || error);
  end

  always_comb begin
    assume (known_q || !rst_ni);
    if (cmd_in[36:32] == '0) assume (cmd_in[10:8] < 3'd5);     // command_check proves it
    if (known_q) begin
      if (held_q && expected == '0) assert (cmd[10:8] < 3'd5);
      assert (busy == held_q);
      if (held_q) assert (cmd == cmd_q && index == index_q && code == expected && route == 5'd1 << cmd[10:8]);
      if (push != '0) begin
        assert (held_q && expected == '0);
        assert (push == 5'd1 << cmd[10:8]);
        assert ((push & full) == '0);
        assert (!failed_q && !error);
      end
      // A defined command goes as soon as its queue has room.
      if (held_q && expected == '0) assert (push != '0 || full[cmd[10:8]]);
      assert (error == (held_q && expected != '0));
      if (error) assert (error_code == expected && error_queue == cmd[10:8]);
      if (failed_q) assert (held_q && error && !ready);
      if (ready) assert (run && (!held_q || push != '0));
    end
  end

  for (genvar q = 0; q < 5; q++) begin : gen_queues
    always_comb cover (known_q && rst_ni && push[q]);
  end
  always_comb begin
    cover (known_q && rst_ni && push != '0 && ready && valid);
    cover (known_q && rst_ni && error);
  end
endmodule

bind twill_decode decode_properties i_properties (
  .clk_i, .rst_ni, .run(run_i), .valid(valid_i), .cmd_in(cmd_i), .index_in(index_i), .ready(ready_o), .push(push_o), .cmd(cmd_o),
  .index(index_o), .full(full_i), .busy(busy_o), .error(error_o), .error_code(error_code_o), .error_queue(error_queue_o),
  .code(code_q), .route(route_q));
