// SPDX-License-Identifier: Apache-2.0
// One in-order command queue: QueueDepth commands behind a head that takes its waits and then goes to the engine.
//
// Waits: take_o, take_sem_o hold until take_ok_i takes the token; slots are taken in order, one a cycle, while the engine still runs
// earlier commands. Engine: cmd_valid_o, cmd_o, cmd_ready_i, and one done_i a command, in order; up to Accepted commands may be
// inside. NOP and MARK are answered here, as soon as everything earlier is done; a MARK is complete when mark_ready_i takes it.
// The signals of a complete command leave at give_o, one a cycle, the first in the cycle of done_i.
// A paused or stopped queue (run_i low) offers and takes nothing; what the engine has accepted goes on.
module twill_queue #(
  parameter int unsigned Index = 0,      // twill_pkg::queue_e
  parameter int unsigned Accepted = 8
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         run_i,

  // decoder
  input  logic         push_i,
  input  logic [511:0] cmd_i,
  input  logic [31:0]  index_i,
  output logic         full_o,

  // semaphores
  output logic         take_o,
  output logic [4:0]   take_sem_o,
  input  logic         take_ok_i,
  output logic         give_o,
  output logic [4:0]   give_sem_o,

  // engine
  output logic         cmd_valid_o,
  output logic [511:0] cmd_o,
  input  logic         cmd_ready_i,
  input  logic         done_i,
  input  logic [1:0]   engine_state_i,

  // mark unit
  output logic         mark_valid_o,
  output logic [31:0]  mark_tag_o,
  output logic         mark_irq_o,
  input  logic         mark_ready_i,

  // what is going on
  output logic         empty_o,          // nothing here, in the engine or waiting to be signalled
  output logic         complete_o,       // pulse: a command is complete and its last signal leaves
  output logic [1:0]   state_o,          // twill_pkg::state_e of queue and engine together
  output logic [31:0]  oldest_index_o,   // of the oldest command not complete (while not empty)
  output logic [5:0]   oldest_slot_o     // the semaphore slot it waits on, or may wait on inside the engine
);
  localparam int unsigned PtrBits = $clog2(twill_pkg::QueueDepth);
  localparam int unsigned AcceptedBits = $clog2(Accepted);

  // Semaphores a wait on which means blocked: tokens from queues further down (src * 5 + dst with src beyond this one) and the
  // free accumulator banks; a wait on any other means starved.
  localparam logic [31:0] BlockedSemaphores =
      (32'h01ff_ffff & ~((32'd1 << (5 * (Index + 1))) - 32'd1)) | (32'd1 << 26);

  // ---- commands behind the head
  logic [543:0]       ram [twill_pkg::QueueDepth];
  logic [PtrBits-1:0] write_q, read_q;
  logic [PtrBits:0]   count_q;
  logic               load, leave;

  assign full_o = count_q == (PtrBits + 1)'(twill_pkg::QueueDepth);

  always_ff @(posedge clk_i) if (push_i) ram[write_q] <= {index_i, cmd_i};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      count_q <= '0;
    end else if (push_i || load) begin
      write_q <= write_q + PtrBits'(push_i);
      read_q <= read_q + PtrBits'(load);
      count_q <= count_q + (PtrBits + 1)'(push_i) - (PtrBits + 1)'(load);
    end
  end

  // ---- the head and its waits
  logic [543:0] head_q;
  logic         head_valid_q;
  logic [2:0]   taken_q, waits;
  logic [5:0]   slot;
  logic         is_nop, is_mark, ready, taken;

  assign load = (!head_valid_q || leave) && count_q != '0;
  always_ff @(posedge clk_i) if (load) head_q <= ram[read_q];

  assign waits = {head_q[29], head_q[23], head_q[17]} & ~taken_q;
  assign slot = waits[0] ? head_q[17:12] : waits[1] ? head_q[23:18] : head_q[29:24];
  assign take_o = head_valid_q && run_i && waits != '0;
  assign take_sem_o = slot[4:0];
  assign taken = take_o && take_ok_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      head_valid_q <= 1'b0;
      taken_q <= '0;
    end else if (load || leave) begin
      head_valid_q <= load;
      taken_q <= '0;
    end else if (taken) begin
      taken_q <= taken_q | (waits & (~waits + 3'd1));
    end
  end

  // ---- out of the head: to the engine, or answered here when nothing is outstanding
  logic [AcceptedBits:0] accepted_q, outstanding_q;  // commands that left the head and are not all signalled / not done
  logic                  answer;

  assign is_nop = head_q[7:0] == twill_pkg::OpNop;
  assign is_mark = head_q[7:0] == twill_pkg::OpMark;
  assign ready = head_valid_q && run_i && waits == '0 && accepted_q != (AcceptedBits + 1)'(Accepted);
  assign cmd_o = head_q[511:0];
  assign cmd_valid_o = ready && !is_nop && !is_mark;
  assign mark_valid_o = ready && is_mark && outstanding_q == '0;
  assign mark_tag_o = head_q[95:64];
  assign mark_irq_o = head_q[96];
  assign answer = (ready && is_nop && outstanding_q == '0) || (mark_valid_o && mark_ready_i);
  assign leave = (cmd_valid_o && cmd_ready_i) || answer;

  // ---- signals of the commands that left, in order
  localparam int unsigned Entry = 32 + 6 + 18;       // index, tile_wait, three signals
  logic [Entry-1:0]        entries [Accepted];
  logic [AcceptedBits-1:0] entry_write_q, entry_read_q;
  logic [Entry-1:0]        entry;
  logic [2:0]              given_q, gives, rest;
  logic                    active;

  assign entry = entries[entry_read_q];
  assign active = accepted_q != outstanding_q || done_i;   // the oldest entry is done
  assign gives = {entry[17], entry[11], entry[5]} & ~given_q;
  assign rest = gives & (gives - 3'd1);
  assign give_o = active && gives != '0;
  assign give_sem_o = gives[0] ? entry[4:0] : gives[1] ? entry[10:6] : entry[16:12];
  assign complete_o = active && rest == '0;

  always_ff @(posedge clk_i) if (leave) entries[entry_write_q] <= {head_q[543:512], head_q[55:50], head_q[49:32]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      entry_write_q <= '0;
      entry_read_q <= '0;
      accepted_q <= '0;
      outstanding_q <= '0;
      given_q <= '0;
    end else if (leave || done_i || active) begin
      entry_write_q <= entry_write_q + AcceptedBits'(leave);
      entry_read_q <= entry_read_q + AcceptedBits'(complete_o);
      accepted_q <= accepted_q + (AcceptedBits + 1)'(leave) - (AcceptedBits + 1)'(complete_o);
      outstanding_q <= outstanding_q + (AcceptedBits + 1)'(leave && !answer) - (AcceptedBits + 1)'(done_i);
      if (active) given_q <= complete_o ? '0 : given_q | (gives & ~rest);
    end
  end

  // ---- status
  assign empty_o = count_q == '0 && !head_valid_q && accepted_q == '0;
  assign oldest_index_o = accepted_q != '0 ? entry[55:24] : head_q[543:512];
  assign oldest_slot_o = accepted_q != '0 ? entry[23:18] : waits != '0 ? slot : 6'd0;

  always_comb begin
    if (engine_state_i != twill_pkg::StateIdle) state_o = engine_state_i;
    else if (outstanding_q != '0) state_o = twill_pkg::StateStarved;  // the engine waits for memory to answer
    else if (take_o) state_o = BlockedSemaphores[take_sem_o] ? twill_pkg::StateBlocked : twill_pkg::StateStarved;
    else if (mark_valid_o) state_o = twill_pkg::StateBlocked;
    else if (!empty_o) state_o = twill_pkg::StateBusy;                // commands move
    else state_o = twill_pkg::StateIdle;
  end
endmodule
