// SPDX-License-Identifier: Apache-2.0
// What each queue stands waiting for: looked at in the cycle after ask_i, when the queues have said which slots they wait on, and told from
// the next cycle on until it is asked again. For the watchdog; a chip that works is not asked.
//
// What is asked for and not granted comes first, then a semaphore that is at 0, then what memory owes. Fetch and records count where all
// queues are empty.
module twill_waits (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        ask_i,
  input  logic [29:0] slot_i,          // a cycle after ask_i: the slot each queue waits on or may wait on
  input  logic [31:0] positive_i,      // semaphores above 0
  input  logic [4:0]  awake_i,         // queues that are not empty
  input  logic [9:0]  state_i,         // twill_pkg::state_e of each: only those that stand wait
  input  logic        mark_owed_i,     // records are not acknowledged: a MARK may wait for its own to be taken

  // asked for, and granted
  input  logic [4:0]  scratchpad_i,    // by engine: some request for a word is not granted
  input  logic [4:0]  accumulators_i,
  input  logic        receive_scratchpad_i,
  input  logic        receive_accumulators_i,
  input  logic        credit_i,        // a flit waits for a credit
  input  logic        receive_i,       // messages of other chips are not done
  input  logic        fetch_i,         // a command is to come

  // memory port: an address or data is not taken; what was asked for is owed
  input  logic        read_address_i,
  input  logic        read_owed_i,
  input  logic        write_address_i,
  input  logic        write_data_i,
  input  logic        write_owed_i,

  output logic        asked_o,         // the inputs are looked at
  output logic [31:0] waits_o,         // twill_pkg::wait_e: five queues, fetch, records, messages
  output logic [4:0]  semaphore_o
);
  logic asked_q;
  always_ff @(posedge clk_i) asked_q <= ask_i && rst_ni;

  assign asked_o = asked_q;

  task automatic look;
    logic [3:0]  reads, writes, own;
    logic [5:0]  slot;
    logic [31:0] waits;
    waits = '0;
    reads = read_owed_i ? twill_pkg::WaitReadData : read_address_i ? twill_pkg::WaitReadAddress : twill_pkg::WaitNothing;
    writes = write_address_i ? twill_pkg::WaitWriteAddress : write_data_i ? twill_pkg::WaitWriteData
           : write_owed_i ? twill_pkg::WaitWriteResponse : twill_pkg::WaitNothing;
    for (int unsigned q = 0; q < 5; q++) begin
      slot = slot_i[q*6 +: 6];
      own = q == 32'(twill_pkg::QueueLoad) ? reads : q == 32'(twill_pkg::QueueStore) ? writes : twill_pkg::WaitNothing;
      if (mark_owed_i && own == twill_pkg::WaitNothing) own = writes;
      if (q == 32'(twill_pkg::QueueNetwork) && credit_i) own = twill_pkg::WaitCredit;
      if (slot[5] && !positive_i[slot[4:0]]) own = twill_pkg::WaitSemaphore;
      if (accumulators_i[q]) own = twill_pkg::WaitAccumulators;
      if (scratchpad_i[q]) own = twill_pkg::WaitScratchpad;
      if (awake_i[q] && state_i[q*2 + 1]) waits[q*4 +: 4] = own;
      semaphore_o[q] <= waits[q*4 +: 4] == twill_pkg::WaitSemaphore;
    end
    if (awake_i == '0) begin
      if (fetch_i) waits[23:20] = reads;
      if (mark_owed_i) waits[27:24] = writes;
    end
    if (receive_i) waits[31:28] = receive_scratchpad_i ? twill_pkg::WaitScratchpad : receive_accumulators_i ? twill_pkg::WaitAccumulators : writes;
    waits_o <= waits;
  endtask

  always_ff @(posedge clk_i) if (asked_q) look();
endmodule
