// SPDX-License-Identifier: Apache-2.0
// What happens in the chip while commands run: states and waits of queues and engines, who waits for which memory, semaphores, messages, marks,
// errors, resets, sleep.
`include "twill_cover.svh"
module twill_chip_points (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        core_rst_n,
  input logic [15:0] elapsed,
  input logic        asleep,
  // queues
  input logic [4:0]  full,
  input logic [4:0]  awake,
  input logic [9:0]  state,
  input logic [4:0]  cmd_valid,
  input logic [4:0]  cmd_ready,
  input logic [4:0]  mark_valid,
  input logic [4:0]  mark_ready,
  input logic [4:0]  mark_irq,
  input logic [4:0]  waits_remote,
  input logic        run,
  // semaphores
  input logic [4:0]  take,
  input logic [4:0]  took,
  input logic [24:0] take_sem,
  input logic [8:0]  give,
  input logic [44:0] give_sem,
  input logic        overflow,
  input logic [8:0]  overflow_giver,
  input logic        sem_write,
  input logic [1:0]  tile_take,          // post, array
  input logic        tiles_alike,        // array and post wait on the same semaphore
  // memories: who asks, who gets
  input logic [9:0]  sp_req,
  input logic [9:0]  sp_gnt,
  input logic [4:0]  acc_req,
  input logic [4:0]  acc_gnt,
  // memory port: AR, R, AW, W
  input logic [3:0]  axi_valid,
  input logic [3:0]  axi_ready,
  input logic [2:0]  write_req,          // network, store, mark
  // network
  input logic        tx_valid,
  input logic        tx_ready,
  input logic        rx_valid,
  input logic        rx_ready,
  input logic [1:0]  rx_message,
  input logic [1:0]  rx_space,
  input logic        remote_error,
  // errors
  input logic        stopped,
  input logic [4:0]  code,
  input logic [2:0]  queue,
  input logic        blame,
  input logic        error_irq,
  input logic        watchdog_error,
  input logic [31:0] watchdog_limit,
  input logic        bus_error_fetch,
  input logic        bus_error_mark,
  // soft reset
  input logic        soft_reset,
  input logic        memory_busy
);
  for (genvar q = 0; q < 5; q++) begin : gen_queue
    `TWILL_COVER(Full, full[q])
    `TWILL_COVER(Empties, !awake[q] && $past(awake[q]))
    for (genvar s = 0; s < 4; s++) begin : gen_state           // idle, busy, starved, blocked
      `TWILL_COVER(State, state[q*2 +: 2] == 2'(s))
    end
    `TWILL_COVER(EngineWaits, cmd_valid[q] && !cmd_ready[q])
    `TWILL_COVER(Marks, mark_valid[q] && mark_ready[q])
    `TWILL_COVER(MarkInterrupts, mark_valid[q] && mark_ready[q] && mark_irq[q])
    `TWILL_COVER(Waits, take[q] && !took[q])
    `TWILL_COVER(WaitsForOtherChip, waits_remote[q])
    `TWILL_COVER(Paused, !run && awake[q] && !stopped)
    `TWILL_COVER(ErrorOf, error_irq && queue == 3'(q))
  end
  `TWILL_COVER(MarksTogether, (mark_valid & (mark_valid - 1'b1)) != '0)
  `TWILL_COVER(MarkWaits, (mark_valid & ~mark_ready) != '0 && mark_ready == '0)

  // ---- semaphores
  for (genvar g = 0; g < 9; g++) begin : gen_giver              // five queues, tiles of array, post and store, other chips
    `TWILL_COVER(Gives, give[g])
    `TWILL_COVER(Overflows, overflow && overflow_giver[g])
  end
  `TWILL_COVER(TileTakeArray, tile_take[0])
  `TWILL_COVER(TileTakePost, tile_take[1])
  `TWILL_COVER(TilesAlike, tiles_alike)
  `TWILL_COVER(HostWrites, sem_write)
  `TWILL_COVER(TwoQueuesWantOne, take[0] && take[1] && take_sem[4:0] == take_sem[9:5])
  `TWILL_COVER(TwoTakeAtOnce, (took & (took - 1'b1)) != '0)
  `TWILL_COVER(TwoGiveOne, give[0] && give[1] && give_sem[4:0] == give_sem[9:5])

  // ---- memories. The first of the order, the weights, waits for nobody but a stall point, and post's write for little else.
  for (genvar p = 0; p < 10; p++) begin : gen_scratchpad        // weights, post, feeder, store, load, send, add; writes of post, load, network
    `TWILL_COVER(Granted, sp_req[p] && sp_gnt[p])
    if (p != 0) begin : gen_wait
      `TWILL_COVER(Waits, sp_req[p] && !sp_gnt[p])
    end
  end
  for (genvar p = 0; p < 5; p++) begin : gen_accumulators       // post, store, send; writes of load, network
    `TWILL_COVER(Granted, acc_req[p] && acc_gnt[p])
    `TWILL_COVER(Waits, acc_req[p] && !acc_gnt[p])
  end
  for (genvar c = 0; c < 4; c++) begin : gen_channel            // AR, R, AW, W
    `TWILL_COVER(Moves, axi_valid[c] && axi_ready[c])
    `TWILL_COVER(Waits, axi_valid[c] && !axi_ready[c])
  end
  `TWILL_COVER(StoreAndNetworkWrite, write_req[1] && write_req[2])
  `TWILL_COVER(StoreAndMarkWrite, write_req[0] && write_req[1])
  `TWILL_COVER(NetworkAndMarkWrite, write_req[0] && write_req[2])

  // ---- network
  `TWILL_COVER(WaitsForCredit, tx_valid && !tx_ready)
  `TWILL_COVER(MessageWaits, rx_valid && !rx_ready)
  for (genvar s = 0; s < 3; s++) begin : gen_space              // scratchpad, accumulators, DRAM
    `TWILL_COVER(Writes, rx_valid && rx_ready && rx_message == twill_pkg::MessageWrite && rx_space == 2'(s))
    if (s < 2) begin : gen_add
      `TWILL_COVER(Adds, rx_valid && rx_ready && rx_message == twill_pkg::MessageAdd && rx_space == 2'(s))
    end
  end
  `TWILL_COVER(Signals, rx_valid && rx_ready && rx_message == twill_pkg::MessageSignal)
  `TWILL_COVER(MessageRefused, remote_error)

  // ---- errors
  for (genvar e = 1; e < 32'(twill_pkg::ErrorEcc); e++) begin : gen_error   // the last is SEC-DED's, which this machine does not have
    `TWILL_COVER(Raised, error_irq && code == 5'(e))
  end
  `TWILL_COVER(WatchdogOff, watchdog_limit == '0)
  `TWILL_COVER(WatchdogBarks, watchdog_error)
  `TWILL_COVER(FetchRefused, bus_error_fetch)
  `TWILL_COVER(MarkRefused, bus_error_mark)
  `TWILL_COVER(Blames, blame)

  // ---- reset, sleep
  `TWILL_COVER(SoftResetAtRest, soft_reset && !$past(soft_reset) && awake == '0 && !memory_busy)
  `TWILL_COVER(SoftResetAtWork, soft_reset && !$past(soft_reset) && awake != '0)
  `TWILL_COVER(SoftResetWithBursts, soft_reset && !$past(soft_reset) && memory_busy)
  `TWILL_COVER(SoftResetWithMessage, soft_reset && !$past(soft_reset) && tx_valid)
  `TWILL_COVER(SoftResetAfterError, soft_reset && !$past(soft_reset) && stopped)
  `TWILL_COVER(Drains, soft_reset && !core_rst_n && memory_busy)
  `TWILL_COVER(Sleeps, asleep)
  `TWILL_COVER(SleptLong, elapsed > 16'd1)
  `TWILL_COVER(SleepsWithWork, asleep && awake != '0)
endmodule

bind twill_chip twill_chip_points u_points (
  .clk_i, .rst_ni, .core_rst_n, .elapsed(elapsed_i), .asleep(asleep_o),
  .full, .awake, .state, .cmd_valid, .cmd_ready, .mark_valid, .mark_ready, .mark_irq(mark_wants_irq), .waits_remote, .run,
  .take(queue_take), .took(queue_ok), .take_sem(queue_take_sem), .give({remote_give, store_give, post_give, array_give, queue_give}),
  .give_sem({remote_give_sem, store_give_sem, post_give_sem, array_give_sem, queue_give_sem}), .overflow, .overflow_giver, .sem_write,
  .tile_take({post_take, array_take}), .tiles_alike(array_take && array_take_sem == post_take_sem),
  .sp_req({net_wr_req, load_wr_req, post_wr_req, add_rd_req, send_rd_req, load_rd_req, store_rd_req, feeder_req, post_rd_req, weights_req}),
  .sp_gnt({net_wr_gnt, load_wr_gnt, post_wr_gnt, add_rd_gnt, send_rd_gnt, load_rd_gnt, store_rd_gnt, feeder_gnt, post_rd_gnt, weights_gnt}),
  .acc_req({accw_req, dmaw_req, accr_req, dmar_req, post_acc_req}), .acc_gnt({accw_gnt, dmaw_gnt, accr_gnt, dmar_gnt, post_acc_gnt}),
  .axi_valid({m_axi_wvalid, m_axi_awvalid, m_axi_rvalid, m_axi_arvalid}), .axi_ready({m_axi_wready, m_axi_awready, m_axi_rready, m_axi_arready}),
  .write_req({net_write_req, store_write_req, mark_write}), .tx_valid, .tx_ready, .rx_valid, .rx_ready,
  .rx_message(rx_flit[145:144]), .rx_space(rx_flit[147:146]), .remote_error, .stopped, .code(error_code), .queue(error_queue), .blame, .error_irq,
  .watchdog_error, .watchdog_limit, .bus_error_fetch(fetch_data_valid && fetch_error), .bus_error_mark(mark_written && mark_error),
  .soft_reset, .memory_busy);
