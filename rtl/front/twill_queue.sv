// SPDX-License-Identifier: Apache-2.0
// One in-order command queue: QueueDepth commands behind a head that takes its waits and then goes to the engine.
//
// Waits: take_o, take_sem_o hold until take_ok_i takes the token; slots are taken in order, one a cycle, while the engine still runs
// earlier commands. Engine: cmd_valid_o, cmd_o, cmd_ready_i, and one done_i a command, in order; up to Accepted commands may be
// inside. NOP and MARK are answered here, as soon as everything earlier is done; a MARK is complete when mark_ready_i takes it.
// The signals of a complete command leave at give_o, one a cycle, the first in the cycle of done_i.
// A paused or stopped queue (run_i low) offers and takes nothing; what the engine has accepted goes on.
// Latency: push to cmd_valid_o 3 cycles, and one more for each wait; command to command 2.
//
// The simulator pays for five of these in every cycle, and in most of them a queue only waits. So whatever a wait depends on is decided
// once and kept in a register of one bit, and everything else rests until something stirs. Registers are read before they are
// written, or the simulator keeps a second copy.
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
  output logic [31:0]  give_index_o,     // of the command that gives

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
  output logic         awake_o,          // something is here or in the engine
  output logic         complete_o,       // pulse: a command is complete and its last signal leaves
  output logic [1:0]   state_o,          // twill_pkg::state_e of queue and engine together

  // whom to blame: in the cycle after blame_i the oldest command that is not done, and the slot it waits on or may wait on in the engine
  input  logic         blame_i,
  output logic [31:0]  blamed_index_o,
  output logic [5:0]   blamed_slot_o
);
  localparam int unsigned PtrBits = $clog2(twill_pkg::QueueDepth);
  localparam int unsigned AcceptedBits = $clog2(Accepted);
  localparam int unsigned Entry = 32 + 6 + 18;       // index, tile_wait, three signals

  // Semaphores a wait on which means blocked: tokens from queues further down (src * 5 + dst with src beyond this one) and the
  // free accumulator banks; a wait on any other means starved.
  localparam logic [31:0] BlockedSemaphores =
      (32'h01ff_ffff & ~((32'd1 << (5 * (Index + 1))) - 32'd1)) | (32'd1 << 26);

  logic [543:0]            ram [twill_pkg::QueueDepth];    // commands behind the head
  logic [PtrBits-1:0]      write_q, read_q;
  logic [PtrBits:0]        count_q;
  logic                    behind_q;                       // count_q is not zero

  logic [543:0]            head_q;
  logic                    head_valid_q;
  logic                    decide_q, wait_q, go_q, nop_q, mark_q;  // what the head does: at most one
  logic [2:0]              left_q;                         // slots not yet looked at
  logic [5:0]              slot_q;                         // the one it waits on
  logic                    wait_blocked_q;                 // and whether that means blocked
  logic                    load, taken, leave, answer;

  logic [Entry-1:0]        entries [Accepted];             // commands that left the head, until their signals are out
  logic [AcceptedBits-1:0] entry_write_q, entry_read_q;
  logic [AcceptedBits:0]   accepted_q, outstanding_q;      // of these all, and those the engine has not done
  logic                    room_q, clear_q;                // for one more; and none is outstanding
  logic                    ended_q;                        // the oldest of them is done
  logic [Entry-1:0]        oldest_q;
  logic [2:0]              gives_q;                        // its signals that are not out
  logic [4:0]              give_sem_q;                     // the next of them
  logic                    give_any_q, give_final_q;       // there is one; there are no more after it
  logic                    active;                         // the oldest is done and signals
  logic [4:0]              inside_q;                       // commands pushed and not complete
  logic                    awake_q, stir;

  assign full_o = count_q[PtrBits];
  assign awake_o = awake_q;
  assign cmd_o = head_q[511:0];
  assign mark_tag_o = head_q[95:64];
  assign mark_irq_o = head_q[96];

  // ---- the head offers
  assign take_o = wait_q & run_i;
  assign take_sem_o = slot_q[4:0];
  assign taken = take_o & take_ok_i;
  assign cmd_valid_o = go_q & run_i & room_q;
  assign mark_valid_o = mark_q & run_i & clear_q;
  assign answer = (nop_q & run_i & clear_q) | (mark_valid_o & mark_ready_i);
  assign leave = (cmd_valid_o & cmd_ready_i) | answer;
  assign load = behind_q & (leave | ~head_valid_q);

  // ---- what left signals
  assign active = ended_q | done_i;
  assign give_o = active & give_any_q;
  assign give_sem_o = give_sem_q;
  assign give_index_o = oldest_q[55:24];
  assign complete_o = active & give_final_q;

  assign stir = push_i | decide_q | taken | load | leave | active;

  always_ff @(posedge clk_i) begin
    if (stir) begin
      if (leave | active) begin : signals
        logic [AcceptedBits:0] accepted, outstanding;
        logic [Entry-1:0]      entry;
        logic [2:0]            gives;
        accepted = accepted_q - (AcceptedBits + 1)'(complete_o);
        outstanding = outstanding_q + (AcceptedBits + 1)'(leave && !answer) - (AcceptedBits + 1)'(done_i);
        entry = oldest_q;
        gives = gives_q;
        if (active) gives = gives_q & (gives_q - 3'd1);
        if (accepted == '0) entry = {head_q[543:512], head_q[55:50], head_q[49:32]};
        else if (complete_o) entry = entries[entry_read_q + 1'b1];
        if (accepted == '0 || complete_o) gives = {entry[17], entry[11], entry[5]};
        accepted = accepted + (AcceptedBits + 1)'(leave);
        if (leave) entries[entry_write_q] <= {head_q[543:512], head_q[55:50], head_q[49:32]};
        entry_write_q <= entry_write_q + AcceptedBits'(leave);
        entry_read_q <= entry_read_q + AcceptedBits'(complete_o);
        accepted_q <= accepted;
        outstanding_q <= outstanding;
        room_q <= !accepted[AcceptedBits];
        clear_q <= !accepted[AcceptedBits] && outstanding == '0;
        ended_q <= accepted != outstanding;
        oldest_q <= entry;
        gives_q <= gives;
        give_sem_q <= gives[0] ? entry[4:0] : gives[1] ? entry[10:6] : entry[16:12];
        give_any_q <= gives != '0;
        give_final_q <= (gives & (gives - 3'd1)) == '0;
      end

      if (push_i | complete_o) begin : population
        logic [4:0] count;
        count = inside_q + 5'(push_i) - 5'(complete_o);
        inside_q <= count;
        awake_q <= count != '0;
      end

      if (decide_q | taken) begin : decision
        logic [2:0] waits;
        logic [5:0] slot;
        waits = {head_q[29], head_q[23], head_q[17]} & left_q;
        slot = waits[0] ? head_q[17:12] : waits[1] ? head_q[23:18] : head_q[29:24];
        decide_q <= 1'b0;
        wait_q <= waits != '0;
        nop_q <= waits == '0 && head_q[7:0] == twill_pkg::OpNop;
        mark_q <= waits == '0 && head_q[7:0] == twill_pkg::OpMark;
        go_q <= waits == '0 && head_q[7:0] != twill_pkg::OpNop && head_q[7:0] != twill_pkg::OpMark;
        slot_q <= slot;
        wait_blocked_q <= BlockedSemaphores[slot[4:0]];
        left_q <= waits & (waits - 3'd1);
      end else if (load | leave) begin
        head_valid_q <= load;
        decide_q <= load;
        left_q <= 3'b111;
        go_q <= 1'b0;
        nop_q <= 1'b0;
        mark_q <= 1'b0;
      end

      if (push_i | load) begin : behind
        logic [PtrBits:0] count;
        count = count_q + (PtrBits + 1)'(push_i) - (PtrBits + 1)'(load);
        if (load) head_q <= ram[read_q];
        if (push_i) ram[write_q] <= {index_i, cmd_i};
        write_q <= write_q + PtrBits'(push_i);
        read_q <= read_q + PtrBits'(load);
        count_q <= count;
        behind_q <= count != '0;
      end
    end
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      count_q <= '0;
      behind_q <= 1'b0;
      head_valid_q <= 1'b0;
      decide_q <= 1'b0;
      wait_q <= 1'b0;
      go_q <= 1'b0;
      nop_q <= 1'b0;
      mark_q <= 1'b0;
      left_q <= '0;
      slot_q <= '0;
      entry_write_q <= '0;
      entry_read_q <= '0;
      accepted_q <= '0;
      outstanding_q <= '0;
      room_q <= 1'b1;
      clear_q <= 1'b1;
      ended_q <= 1'b0;
      gives_q <= '0;
      give_any_q <= 1'b0;
      give_final_q <= 1'b1;
      inside_q <= '0;
      awake_q <= 1'b0;
    end
  end

  // ---- status. A working engine says more than a waiting head.
  always_comb begin
    state_o = engine_state_i;
    if (awake_q && engine_state_i == twill_pkg::StateIdle) begin
      if (outstanding_q != '0) state_o = twill_pkg::StateStarved;  // the engine waits for memory to answer
      else if (wait_q) state_o = wait_blocked_q ? twill_pkg::StateBlocked : twill_pkg::StateStarved;
      else if (mark_q) state_o = twill_pkg::StateBlocked;          // the mark unit is busy
      else state_o = twill_pkg::StateBusy;                         // commands move
    end
  end

  always_ff @(posedge clk_i) begin
    if (blame_i) begin : blamed
      logic [Entry-1:0] undone;
      undone = entries[entry_write_q - outstanding_q[AcceptedBits-1:0]];
      blamed_index_o <= outstanding_q != '0 ? undone[55:24] : head_q[543:512];
      blamed_slot_o <= outstanding_q != '0 ? undone[23:18] : wait_q ? slot_q : 6'd0;
    end
  end
endmodule
