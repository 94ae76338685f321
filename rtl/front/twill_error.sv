// SPDX-License-Identifier: Apache-2.0
// Latches the first error since reset: what, where, which command. stopped_o holds from the next cycle until reset, irq_o is
// a pulse three cycles after the error, when everything is latched.
//
// Of several in one cycle the decoder's comes first, then a word of memory that is lost, then the engines in queue order, then messages of other chips, then the semaphores, then the watchdog: causes before
// effects. An engine's error belongs to the oldest command of its queue that is not done; the watchdog's to the oldest of its suspects (if all stand still, that for which
// everything else waits in the end), or with all queues empty to the one that is being fetched (fetched_i), its queue unknown. A wait for
// another chip belongs to the oldest command that waits for one. What a message from another chip does wrong is the network queue's, and no command's: its address is 0. The queues are asked for those (blame_o) a cycle after the error, when all has stopped.
module twill_error (
  input  logic         clk_i,
  input  logic         rst_ni,

  // where commands lie in DRAM
  input  logic [39:0]  ring_i,
  input  logic [16:0]  ring_mask_i,

  // sources
  input  logic         decode_i,
  input  logic [4:0]   decode_code_i,
  input  logic [2:0]   decode_queue_i,
  input  logic [31:0]  decode_index_i,
  input  logic [5:0]   ecc_i,            // at most one: load, array, post, store, network queue, a message of another chip read a word that is lost
  input  logic [31:0]  ecc_info_i,
  input  logic         ecc_nameless_i,   // a command, without its index
  input  logic [4:0]   engine_i,         // load, array, post, store, network
  input  logic [24:0]  engine_code_i,    // 5 bits each
  input  logic [159:0] engine_info_i,    // 32 bits each
  input  logic         remote_i,         // a message of another chip
  input  logic [4:0]   remote_code_i,
  input  logic [31:0]  remote_info_i,
  input  logic         overflow_i,
  input  logic [8:0]   overflow_giver_i, // one hot: the queues, then the tile signals of array, post, store, then other chips
  input  logic [159:0] given_index_i,    // command of each queue that gave last, 32 bits each
  input  logic         watchdog_i,
  input  logic [4:0]   suspects_i,       // the queues it may blame
  input  logic [4:0]   waits_remote_i,   // queues that wait for other chips: then the watchdog's error is remote_wait
  input  logic         bus_i,            // the memory answered a command fetch or a record with an error

  // fetch
  input  logic [31:0]  fetched_i,        // of the next command to arrive

  // queues
  output logic         blame_o,
  input  logic [4:0]   awake_i,
  input  logic [159:0] index_i,          // of the command to blame, 32 bits each; the cycle after blame_o
  input  logic [29:0]  slot_i,           // what it waits on, 6 bits each

  // registers
  output logic         stopped_o,
  output logic         irq_o,
  output logic [4:0]   code_o,
  output logic [2:0]   queue_o,
  output logic [39:0]  address_o,
  output logic [31:0]  info_o            // watchdog: 31..24 queues that are not empty, 5..0 the slot; else the engine's
);
  logic [31:0] index_q;                   // of the command, if known from the start
  logic        any, known_q, foreign_q, answered_q;
  logic [4:0]  suspects_q;                // queues the watchdog may blame

  assign any = !stopped_o && (decode_i || ecc_i != '0 || remote_i || engine_i != '0 || overflow_i || watchdog_i || bus_i);

  always_ff @(posedge clk_i) begin
    blame_o <= any;
    answered_q <= blame_o;
    irq_o <= answered_q;
    if (answered_q) begin : find_command
      logic [31:0] index, distance;
      logic [2:0]  oldest;
      logic        found;
      // The queue of the oldest command to blame. Indices wrap: a negative distance is older.
      found = 1'b0;
      oldest = 3'd0;
      for (int unsigned q = 0; q < 5; q++) begin
        distance = index_i[q*32 +: 32] - index_i[oldest*32 +: 32];
        if (suspects_q[q] && awake_i[q] && (!found || distance[31])) oldest = 3'(q);
        found = found || (suspects_q[q] && awake_i[q]);
      end
      if (known_q) index = index_q;
      else if (code_o == twill_pkg::ErrorWatchdog || code_o == twill_pkg::ErrorRemoteWait) index = found ? index_i[oldest*32 +: 32] : fetched_i;
      else index = queue_o < 3'd5 ? index_i[queue_o*32 +: 32] : 32'd0;
      address_o <= foreign_q ? 40'd0 : ring_i + {17'd0, index[16:0] & ring_mask_i, 6'd0};
      if (code_o == twill_pkg::ErrorWatchdog || code_o == twill_pkg::ErrorRemoteWait) begin
        queue_o <= oldest;
        info_o <= {3'd0, awake_i, 18'd0, found ? slot_i[oldest*6 +: 6] : 6'd0};
      end
    end
    if (any) begin : latch_cause
      logic [2:0] engine, overflow_queue;
      logic       own;             // the decoder's or a memory's
      engine = engine_i[0] ? 3'd0 : engine_i[1] ? 3'd1 : engine_i[2] ? 3'd2 : engine_i[3] ? 3'd3 : 3'd4;
      overflow_queue = overflow_giver_i[0] ? 3'd0 : overflow_giver_i[1] || overflow_giver_i[5] ? 3'd1
                     : overflow_giver_i[2] || overflow_giver_i[6] ? 3'd2 : overflow_giver_i[4] || overflow_giver_i[8] ? 3'd4 : 3'd3;
      own = decode_i || ecc_i != '0;
      stopped_o <= 1'b1;
      if (decode_i) begin
        code_o <= decode_code_i;
        queue_o <= decode_queue_i;
      end else if (ecc_i != '0) begin
        code_o <= twill_pkg::ErrorEcc;
        queue_o <= ecc_i[0] ? 3'd0 : ecc_i[1] ? 3'd1 : ecc_i[2] ? 3'd2 : ecc_i[3] ? 3'd3 : 3'd4;
        info_o <= ecc_info_i;
      end else if (engine_i != '0) begin
        code_o <= engine_code_i[engine*5 +: 5];
        queue_o <= engine;
        info_o <= engine_info_i[engine*32 +: 32];
      end else if (remote_i) begin
        code_o <= remote_code_i;
        queue_o <= twill_pkg::QueueNetwork;
        info_o <= remote_info_i;
      end else if (overflow_i) begin
        code_o <= twill_pkg::ErrorSemaphoreOverflow;
        queue_o <= overflow_queue;
      end else begin
        code_o <= !watchdog_i ? twill_pkg::ErrorBus : (waits_remote_i & suspects_i) != '0 ? twill_pkg::ErrorRemoteWait : twill_pkg::ErrorWatchdog;
      end
      suspects_q <= (waits_remote_i & suspects_i) != '0 ? waits_remote_i & suspects_i : suspects_i;
      foreign_q <= (!own && engine_i == '0 && (remote_i || (overflow_i && overflow_giver_i[8]))) || (!decode_i && (ecc_i[5] || ecc_nameless_i));
      known_q <= decode_i || (!own && engine_i == '0 && !remote_i && overflow_i && overflow_giver_i[4:0] != '0);
      index_q <= decode_i ? decode_index_i : given_index_i[overflow_queue*32 +: 32];
    end
    if (!rst_ni) begin
      stopped_o <= 1'b0;
      blame_o <= 1'b0;
      answered_q <= 1'b0;
      irq_o <= 1'b0;
      code_o <= '0;
      queue_o <= '0;
      address_o <= '0;
      info_o <= '0;
      known_q <= 1'b0;
      foreign_q <= 1'b0;
    end
  end
endmodule
