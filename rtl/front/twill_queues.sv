// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The five in-order command queues, by queue_e: in each, QueueDepth commands behind a head that takes its waits and then goes to
// the engine.
//
// Waits: take_o, take_sem_o hold until take_ok_i takes the token; slots are taken in order, one a cycle, while the engine still runs
// earlier commands. Engine: cmd_valid_o, *_cmd_o, cmd_ready_i, and one done_i a command, in order; up to Accepted commands may be
// inside. NOP and MARK are answered here, as soon as everything earlier is done; a MARK is complete when mark_ready_i takes it.
// The signals of a complete command leave at give_o, one a cycle, the first in the cycle of done_i.
// Paused or stopped (run_i low) the queues offer and take nothing; what the engines have accepted goes on.
// Latency: push to cmd_valid_o 3 cycles, and one more for each wait; command to command 2.
//
// In most cycles a queue only waits, and the simulator pays for five of them in every cycle. So whatever a wait depends on is decided once
// and kept in one bit, the bits of all queues lie side by side, and a few operations on five bits tell which queues stir. Only those
// do anything else.
//
// With Ecc the commands behind the heads lie in memories of code words (twill_queue_ecc) and are put right in the head's first cycle. A head with
// a code word that is lost goes nowhere.
module twill_queues #(
  parameter int unsigned Accepted = 8,
  parameter bit          Ecc = 1'b0
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         run_i,
  input  logic [31:0]  remote_i,         // semaphores that other chips signal

  // decoder
  input  logic [4:0]   push_i,           // at most one
  input  logic [511:0] cmd_i,
  input  logic [31:0]  index_i,
  output logic [4:0]   full_o,

  // semaphores
  output logic [4:0]   take_o,
  output logic [24:0]  take_sem_o,
  input  logic [4:0]   take_ok_i,
  output logic [4:0]   give_o,
  output logic [24:0]  give_sem_o,
  output logic [159:0] given_index_o,    // a cycle after give_o: the command that gave

  // engines
  output logic [4:0]   cmd_valid_o,
  output logic [511:0] load_cmd_o,
  output logic [511:0] array_cmd_o,
  output logic [511:0] post_cmd_o,
  output logic [511:0] store_cmd_o,
  output logic [511:0] network_cmd_o,
  input  logic [4:0]   cmd_ready_i,
  input  logic [4:0]   done_i,
  input  logic [9:0]   engine_state_i,

  // mark unit
  output logic [4:0]   mark_valid_o,
  output logic [159:0] mark_tag_o,
  output logic [4:0]   mark_irq_o,
  input  logic [4:0]   mark_ready_i,

  // what is going on
  output logic [4:0]   awake_o,          // something is here or in the engine
  output logic [4:0]   complete_o,       // pulse: a command is complete and its last signal leaves
  output logic [9:0]   state_o,          // twill_pkg::state_e of queue and engine together
  output logic         stir_o,           // something moves
  output logic [4:0]   remote_o,         // the head, or the engine within a command, may wait for another chip

  // whom to blame: in the cycle after blame_i the oldest command that is not done, and the slot it waits on or may wait on in the engine
  input  logic         blame_i,
  output logic [159:0] blamed_index_o,
  output logic [29:0]  blamed_slot_o,
  input  logic         blame_head_i,     // blame the head, which is lost
  input  logic         blame_late_i,     // the oldest that was not done three cycles ago, else the last: what its engine read then was lost

  // with Ecc; else 0
  output logic [5:0]   corrected_o,      // code words
  output logic [4:0]   double_o,         // pulse: the head is lost, for want of the code word at address_o
  output logic [23:0]  address_o,        // 128 bytes an entry: the command, then its index
  output logic         nameless_o        // not even its index is known
);
  localparam int unsigned PtrBits = $clog2(twill_pkg::QueueDepth);
  localparam int unsigned AcceptedBits = $clog2(Accepted);
  localparam int unsigned Entry = 32 + 6 + 18;       // index, tile_wait, three signals
  localparam logic [9:0] Low = 10'b01_01_01_01_01;   // the lower bit of each state

  logic [4:0] full_q;                                // of the commands behind the head
  logic [4:0] behind_q;                              // there are such
  logic [4:0] head_valid_q;
  logic [4:0] decide_q, wait_q, go_q, nop_q, mark_q; // what the head does: at most one of these
  logic [4:0] room_q, clear_q;                       // the engine's place for one more command; none of its commands is outstanding
  logic [4:0] ended_q;                               // the oldest command that left the head is done
  logic [4:0] give_any_q, give_final_q;              // it has signals left; no more than one
  logic [9:0] own_state_q;                           // where the engine is idle
  logic [4:0] taken, answer, leave, load, active, stir, wake;
  logic [4:0] lost;                                  // what the head shows in its first cycle cannot be put right
  logic [9:0] idle;

  // ---- the heads offer
  assign take_o = wait_q & {5{run_i}};
  assign cmd_valid_o = go_q & room_q & {5{run_i}};
  assign mark_valid_o = mark_q & clear_q & {5{run_i}};
  assign taken = take_o & take_ok_i;
  assign answer = (nop_q & clear_q & {5{run_i}}) | (mark_valid_o & mark_ready_i);
  assign leave = (cmd_valid_o & cmd_ready_i) | answer;
  assign load = behind_q & (leave | ~head_valid_q);
  assign full_o = full_q;

  // ---- what left signals
  assign active = ended_q | done_i;
  assign give_o = active & give_any_q;
  assign complete_o = active & give_final_q;

  assign stir = push_i | decide_q | taken | load | leave | active;
  assign stir_o = stir != '0;
  assign wake = stir | {5{blame_i || !rst_ni}};

  // ---- errors: of heads in their first cycle. Of several that are lost at once the first is named.
  logic [19:0]  corrected;
  logic [119:0] addresses;
  logic [4:0]   nameless;

  if (Ecc) begin : gen_errors
    always_comb begin
      corrected_o = '0;
      double_o = '0;
      address_o = '0;
      nameless_o = 1'b0;
      if (decide_q != '0) begin
        for (int unsigned q = 0; q < 5; q++) begin
          corrected_o = corrected_o + 6'(corrected[q*4 +: 4]);
          if (decide_q[q] && lost[q] && double_o == '0) begin
            double_o = 5'd1 << q;
            address_o = addresses[q*24 +: 24];
            nameless_o = nameless[q];
          end
        end
      end
    end
  end else begin : gen_no_errors
    assign corrected_o = '0;
    assign double_o = '0;
    assign address_o = '0;
    assign nameless_o = 1'b0;
  end

  // ---- status. A working engine says more than a waiting head.
  assign idle = ~(engine_state_i | (engine_state_i >> 1)) & Low;
  assign state_o = engine_state_i | (own_state_q & (idle | (idle << 1)));

  for (genvar q = 0; q < 5; q++) begin : gen_queue
    // Semaphores a wait on which means blocked: tokens from queues further down (src * 5 + dst with src beyond this one) and the
    // free accumulator banks; a wait on any other means starved.
    localparam logic [31:0] BlockedSemaphores =
        (32'h01ff_ffff & ~((32'd1 << (5 * (q + 1))) - 32'd1)) | (32'd1 << 26);

    logic [543:0]            ram [twill_pkg::QueueDepth];
    logic [PtrBits-1:0]      write_q, read_q;
    logic [PtrBits:0]        count_q;
    logic [543:0]            head_q, head;
    logic [2:0]              left_q;                 // slots not yet looked at
    logic [5:0]              slot_q;                 // the one it waits on
    logic [Entry-1:0]        entries [Accepted];     // commands that left the head, until their signals are out
    logic [AcceptedBits-1:0] entry_write_q, entry_read_q;
    logic [AcceptedBits:0]   accepted_q, outstanding_q;   // of these all, and those the engine has not done
    logic [Entry-1:0]        oldest_q;
    logic [2:0]              gives_q;                // its signals that are not out
    logic [4:0]              inside_q;               // commands pushed and not complete
    logic                    tile_remote_q;          // of those in the engine one waits for another chip, tile by tile
    logic [AcceptedBits-1:0] undone_late;            // of the entries the oldest that was not done three cycles ago, else the last then

    if (Ecc) begin : gen_ecc
      logic [543:0]              fixed;
      logic [3*AcceptedBits-1:0] undone_q;

      twill_queue_ecc #(.Depth(twill_pkg::QueueDepth)) u_memory (
        .clk_i, .push_i(push_i[q]), .write_i(write_q), .entry_i({index_i, cmd_i}), .load_i(load[q]), .read_i(read_q),
        .entry_o(fixed), .corrected_o(corrected[q*4 +: 4]), .double_o(lost[q]), .address_o(addresses[q*24 +: 24]), .nameless_o(nameless[q]));

      always_ff @(posedge clk_i) undone_q <= {undone_q[2*AcceptedBits-1:0], entry_write_q - (outstanding_q == '0 ? AcceptedBits'(1) : outstanding_q[AcceptedBits-1:0])};
      assign undone_late = undone_q[2*AcceptedBits +: AcceptedBits];
      assign head = decide_q[q] ? fixed : head_q;
    end else begin : gen_plain
      assign head = head_q;
      assign undone_late = '0;
      assign lost[q] = 1'b0;
      assign corrected[q*4 +: 4] = '0;
      assign addresses[q*24 +: 24] = '0;
      assign nameless[q] = 1'b0;
    end

    // `ram` and `entries` belong to this block and are written in place, after their reads.
    // verilator lint_off BLKSEQ
    always_ff @(posedge clk_i) begin
      if (wake[q]) begin
        if (blame_i) begin : blamed
          logic [Entry-1:0] entry;
          logic             in_engine;
          entry = entries[Ecc && blame_late_i ? undone_late : entry_write_q - outstanding_q[AcceptedBits-1:0]];
          in_engine = outstanding_q != '0;
          if (Ecc) in_engine = (in_engine && !blame_head_i) || blame_late_i;
          blamed_index_o[q*32 +: 32] <= in_engine ? entry[55:24] : head_q[543:512];
          blamed_slot_o[q*6 +: 6] <= in_engine ? entry[23:18] : wait_q[q] ? slot_q : 6'd0;
        end

        if (stir[q]) begin : moves
          logic [AcceptedBits:0] accepted, outstanding;
          logic [Entry-1:0]      entry;
          logic [2:0]            gives, waits;
          logic [5:0]            slot;
          logic [PtrBits:0]      count;
          logic [4:0]            inside_n;
          logic                  waiting, marking, tile_remote;

          // What left signals.
          accepted = accepted_q - (AcceptedBits + 1)'(complete_o[q]);
          outstanding = outstanding_q + (AcceptedBits + 1)'(leave[q] && !answer[q]) - (AcceptedBits + 1)'(done_i[q]);
          entry = oldest_q;
          gives = active[q] ? gives_q & (gives_q - 3'd1) : gives_q;
          if (accepted == '0) entry = {head_q[543:512], head_q[55:50], head_q[49:32]};
          else if (complete_o[q]) entry = entries[entry_read_q + 1'b1];
          if (accepted == '0 || complete_o[q]) gives = {entry[17], entry[11], entry[5]};
          accepted = accepted + (AcceptedBits + 1)'(leave[q]);
          given_index_o[q*32 +: 32] <= oldest_q[55:24];
          if (leave[q]) entries[entry_write_q] = {head_q[543:512], head_q[55:50], head_q[49:32]};
          entry_write_q <= entry_write_q + AcceptedBits'(leave[q]);
          entry_read_q <= entry_read_q + AcceptedBits'(complete_o[q]);
          accepted_q <= accepted;
          outstanding_q <= outstanding;
          oldest_q <= entry;
          gives_q <= gives;
          room_q[q] <= !accepted[AcceptedBits];
          clear_q[q] <= !accepted[AcceptedBits] && outstanding == '0;
          ended_q[q] <= accepted != outstanding;
          give_any_q[q] <= gives != '0;
          give_final_q[q] <= (gives & (gives - 3'd1)) == '0;
          give_sem_o[q*5 +: 5] <= gives[0] ? entry[4:0] : gives[1] ? entry[10:6] : entry[16:12];

          // What the head does next.
          waiting = wait_q[q] && !taken[q];
          marking = mark_q[q] && !leave[q];
          slot = slot_q;
          if (decide_q[q] || taken[q]) begin
            waits = {head[29], head[23], head[17]} & left_q;
            waiting = waits != '0 && !lost[q];
            marking = waits == '0 && head[7:0] == twill_pkg::OpMark && !lost[q];
            slot = waits[0] ? head[17:12] : waits[1] ? head[23:18] : head[29:24];
            left_q <= waits & (waits - 3'd1);
            slot_q <= slot;
            take_sem_o[q*5 +: 5] <= slot[4:0];
            mark_tag_o[q*32 +: 32] <= head[95:64];
            mark_irq_o[q] <= head[96];
            decide_q[q] <= 1'b0;
            nop_q[q] <= waits == '0 && head[7:0] == twill_pkg::OpNop && !lost[q];
            go_q[q] <= waits == '0 && head[7:0] != twill_pkg::OpNop && head[7:0] != twill_pkg::OpMark && !lost[q];
          end else if (load[q] || leave[q]) begin
            left_q <= 3'b111;
            head_valid_q[q] <= load[q];
            decide_q[q] <= load[q];
            nop_q[q] <= 1'b0;
            go_q[q] <= 1'b0;
          end
          wait_q[q] <= waiting;
          mark_q[q] <= marking;

          tile_remote = (tile_remote_q && outstanding != '0) || (leave[q] && head_q[55] && remote_i[head_q[54:50]]);
          tile_remote_q <= tile_remote;
          remote_o[q] <= (waiting && remote_i[slot[4:0]]) || tile_remote;

          // What is behind it.
          count = count_q + (PtrBits + 1)'(push_i[q]) - (PtrBits + 1)'(load[q]);
          if (Ecc && decide_q[q]) head_q <= head;
          if (!Ecc && load[q]) head_q <= ram[read_q];
          if (!Ecc && push_i[q]) ram[write_q] = {index_i, cmd_i};
          write_q <= write_q + PtrBits'(push_i[q]);
          read_q <= read_q + PtrBits'(load[q]);
          count_q <= count;
          full_q[q] <= count[PtrBits];
          behind_q[q] <= count != '0;

          inside_n = inside_q + 5'(push_i[q]) - 5'(complete_o[q]);
          inside_q <= inside_n;
          awake_o[q] <= inside_n != '0;
          if (inside_n == '0) own_state_q[q*2 +: 2] <= twill_pkg::StateIdle;
          else if (outstanding != '0) own_state_q[q*2 +: 2] <= twill_pkg::StateStarved;  // the engine waits for memory to answer
          else if (waiting) own_state_q[q*2 +: 2] <= BlockedSemaphores[slot[4:0]] && !remote_i[slot[4:0]] ? twill_pkg::StateBlocked : twill_pkg::StateStarved;
          else if (marking) own_state_q[q*2 +: 2] <= twill_pkg::StateBlocked;            // the mark unit is busy
          else own_state_q[q*2 +: 2] <= twill_pkg::StateBusy;                            // commands move
        end

        if (!rst_ni) begin
          write_q <= '0;
          read_q <= '0;
          count_q <= '0;
          left_q <= '0;
          slot_q <= '0;
          entry_write_q <= '0;
          entry_read_q <= '0;
          accepted_q <= '0;
          outstanding_q <= '0;
          gives_q <= '0;
          inside_q <= '0;
          tile_remote_q <= 1'b0;
          remote_o[q] <= 1'b0;
          full_q[q] <= 1'b0;
          behind_q[q] <= 1'b0;
          head_valid_q[q] <= 1'b0;
          decide_q[q] <= 1'b0;
          wait_q[q] <= 1'b0;
          go_q[q] <= 1'b0;
          nop_q[q] <= 1'b0;
          mark_q[q] <= 1'b0;
          room_q[q] <= 1'b1;
          clear_q[q] <= 1'b1;
          ended_q[q] <= 1'b0;
          give_any_q[q] <= 1'b0;
          give_final_q[q] <= 1'b1;
          awake_o[q] <= 1'b0;
          own_state_q[q*2 +: 2] <= twill_pkg::StateIdle;
        end
      end
    end
    // verilator lint_on BLKSEQ

    `TWILL_ASSERT_COUNT(Bounds, count_q, twill_pkg::QueueDepth)
    `TWILL_ASSERT_COUNT(AcceptedBounds, accepted_q, Accepted)
    `TWILL_ASSERT(DoneOnce, !done_i[q] || outstanding_q != '0)
    `TWILL_ASSERT(Outstanding, outstanding_q <= accepted_q)
    `TWILL_ASSERT(NoneLost, 32'(inside_q) == 32'(count_q) + 32'(head_valid_q[q]) + 32'(accepted_q))
    `TWILL_ASSERT_ONEHOT0(HeadDoes, {decide_q[q], wait_q[q], go_q[q], nop_q[q], mark_q[q]})
    `TWILL_ASSERT_STABLE(Offer, go_q[q], leave[q], head_q)
    `TWILL_ASSERT_STABLE(Wait, wait_q[q], taken[q], slot_q)
  end

  assign load_cmd_o = gen_queue[0].head_q[511:0];
  assign array_cmd_o = gen_queue[1].head_q[511:0];
  assign post_cmd_o = gen_queue[2].head_q[511:0];
  assign store_cmd_o = gen_queue[3].head_q[511:0];
  assign network_cmd_o = gen_queue[4].head_q[511:0];

  `TWILL_ASSERT_ONEHOT0(OneQueue, push_i)
  `TWILL_ASSERT_ROOM(Room, push_i != '0, (push_i & full_q) == '0)
endmodule
