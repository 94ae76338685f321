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
// What the head does is decided once, in decide_q's cycle, and kept in one-hot registers; all logic sleeps while the queue is empty.
// The simulator pays for five of these in every cycle.
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
  output logic         awake_o,          // something is here, in the engine, or was in the cycle before
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

  logic [543:0]            head_q;
  logic                    head_valid_q, awake_q;
  logic                    decide_q, wait_q, go_q, nop_q, mark_q;  // what the head does: at most one
  logic [2:0]              left_q, waits;                  // slots not yet looked at; of these the enabled ones
  logic [5:0]              slot_q, slot;                   // the one it waits on
  logic                    load, taken, leave, answer;

  logic [Entry-1:0]        entries [Accepted];             // commands that left the head, until their signals are out
  logic [Entry-1:0]        entry, undone;
  logic [AcceptedBits-1:0] entry_write_q, entry_read_q;
  logic [AcceptedBits:0]   accepted_q, outstanding_q;      // of these all, and those the engine has not done
  logic [2:0]              given_q, gives, rest;
  logic                    active;                         // the oldest of them is done: it signals

  assign full_o = count_q[PtrBits];
  assign awake_o = awake_q;
  assign cmd_o = head_q[511:0];
  assign mark_tag_o = head_q[95:64];
  assign mark_irq_o = head_q[96];
  assign take_sem_o = slot_q[4:0];

  // ---- the head offers
  always_comb begin
    take_o = 1'b0;
    cmd_valid_o = 1'b0;
    mark_valid_o = 1'b0;
    if (awake_q && run_i) begin
      take_o = wait_q;
      cmd_valid_o = go_q && !accepted_q[AcceptedBits];
      mark_valid_o = mark_q && outstanding_q == '0 && !accepted_q[AcceptedBits];
    end
  end

  always_comb begin
    answer = 1'b0;
    leave = 1'b0;
    load = 1'b0;
    taken = 1'b0;
    if (awake_q) begin
      answer = (nop_q && run_i && outstanding_q == '0 && !accepted_q[AcceptedBits]) || (mark_valid_o && mark_ready_i);
      leave = (cmd_valid_o && cmd_ready_i) || answer;
      load = (!head_valid_q || leave) && count_q != '0;
      taken = take_o && take_ok_i;
    end
  end

  // ---- what left signals
  always_comb begin
    active = awake_q && (accepted_q != outstanding_q || done_i);
    entry = '0;
    gives = '0;
    rest = '0;
    give_o = 1'b0;
    give_sem_o = '0;
    give_index_o = '0;
    complete_o = 1'b0;
    if (active) begin
      entry = entries[entry_read_q];
      gives = {entry[17], entry[11], entry[5]} & ~given_q;
      rest = gives & (gives - 3'd1);
      give_o = gives != '0;
      give_sem_o = gives[0] ? entry[4:0] : gives[1] ? entry[10:6] : entry[16:12];
      give_index_o = entry[55:24];
      complete_o = rest == '0;
    end
  end

  // ---- what the head does next, in the cycles it is decided
  always_comb begin
    waits = '0;
    slot = '0;
    if (decide_q || taken) begin
      waits = {head_q[29], head_q[23], head_q[17]} & left_q;
      slot = waits[0] ? head_q[17:12] : waits[1] ? head_q[23:18] : head_q[29:24];
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i || awake_q) begin
      if (load) head_q <= ram[read_q];
      if (push_i) ram[write_q] <= {index_i, cmd_i};
      if (leave) entries[entry_write_q] <= {head_q[543:512], head_q[55:50], head_q[49:32]};

      if (push_i || load) begin
        write_q <= write_q + PtrBits'(push_i);
        read_q <= read_q + PtrBits'(load);
        count_q <= count_q + (PtrBits + 1)'(push_i) - (PtrBits + 1)'(load);
      end

      if (decide_q || taken) begin
        decide_q <= 1'b0;
        wait_q <= waits != '0;
        nop_q <= waits == '0 && head_q[7:0] == twill_pkg::OpNop;
        mark_q <= waits == '0 && head_q[7:0] == twill_pkg::OpMark;
        go_q <= waits == '0 && head_q[7:0] != twill_pkg::OpNop && head_q[7:0] != twill_pkg::OpMark;
        slot_q <= slot;
        left_q <= waits & (waits - 3'd1);
      end
      if (load || leave) begin
        head_valid_q <= load;
        decide_q <= load;
        left_q <= 3'b111;
        go_q <= 1'b0;
        nop_q <= 1'b0;
        mark_q <= 1'b0;
      end

      if (leave || done_i || active) begin
        entry_write_q <= entry_write_q + AcceptedBits'(leave);
        entry_read_q <= entry_read_q + AcceptedBits'(complete_o);
        accepted_q <= accepted_q + (AcceptedBits + 1)'(leave) - (AcceptedBits + 1)'(complete_o);
        outstanding_q <= outstanding_q + (AcceptedBits + 1)'(leave && !answer) - (AcceptedBits + 1)'(done_i);
        if (active) given_q <= complete_o ? '0 : given_q | (gives & ~rest);
      end

      awake_q <= push_i || count_q != '0 || head_valid_q || accepted_q != '0;
    end
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      count_q <= '0;
      head_valid_q <= 1'b0;
      awake_q <= 1'b0;
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
      given_q <= '0;
    end
  end

  // ---- status. A working engine says more than a waiting head.
  always_comb begin
    state_o = engine_state_i;
    if (awake_q && engine_state_i == twill_pkg::StateIdle) begin
      if (outstanding_q != '0) state_o = twill_pkg::StateStarved;  // the engine waits for memory to answer
      else if (wait_q) state_o = BlockedSemaphores[slot_q[4:0]] ? twill_pkg::StateBlocked : twill_pkg::StateStarved;
      else if (mark_q) state_o = twill_pkg::StateBlocked;          // the mark unit is busy
      else state_o = twill_pkg::StateBusy;                         // commands move
    end
  end

  always_comb begin
    undone = '0;
    if (blame_i) undone = entries[entry_write_q - outstanding_q[AcceptedBits-1:0]];
  end
  always_ff @(posedge clk_i) begin
    if (blame_i) begin
      blamed_index_o <= outstanding_q != '0 ? undone[55:24] : head_q[543:512];
      blamed_slot_o <= outstanding_q != '0 ? undone[23:18] : wait_q ? slot_q : 6'd0;
    end
  end
endmodule
